// SPDX-License-Identifier: Apache-2.0
// Traces that are damaged in any way are told apart with a message, and never do harm.
#include <functional>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/host/digest.h"
#include "src/report/sections.h"
#include "src/report/trace_reader.h"
#include "src/report/walk.h"
#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kProgram = R"(C program
{ int *p = &x; }
P0(int **p, int *y, spinlock_t *l)
{
	spin_lock(l);
	int *r0 = READ_ONCE(*p);
	if (READ_ONCE(*r0) == 0)
		WRITE_ONCE(*y, 1);
	spin_unlock(l);
}
P1(int *y, int *x)
{
	rcu_read_lock();
	int r0 = xchg(y, 2);
	rcu_read_unlock();
	WRITE_ONCE(*x, r0);
}
~exists (1:r0=1)
)";

std::string trace_of(std::string_view text) {
  const auto trace = trace_of(*check(text).result);
  REQUIRE(trace);
  return *trace;
}

TraceError error_of(std::string_view trace) {
  const auto result = read_trace(trace);
  REQUIRE_MESSAGE(std::holds_alternative<TraceError>(result), std::string(trace));
  return std::get<TraceError>(result);
}

// What becomes of a trace: empty if it is replayed, else what is wrong with it.
std::string replayed(std::string_view trace_text, std::string_view program) {
  const auto read = read_trace(trace_text);
  if (const auto* error = std::get_if<TraceError>(&read)) return error->message;
  const auto loaded = load_model("lkmm");
  const Model& model = std::get<Model>(loaded);
  const ModelFacts facts(model);
  auto parsed = parse_litmus("test.litmus", program, {.unroll = std::get<Trace>(read).unroll});
  const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
  const auto result = replay_trace({std::get<Trace>(read), md5(program), model, facts}, test, LitmusNames(test, "test.litmus", program));
  const auto* refusal = std::get_if<Refusal>(&result);
  if (refusal == nullptr) return {};
  CHECK(refusal->line >= 1);
  CHECK_FALSE(refusal->message.empty());
  return refusal->message;
}

TEST_CASE("a trace is replayed, also in another layout") {
  for (const std::string_view program : {kProgram, kStoreBuffering, kMessagePassing, kLoadBuffering, kIndependentReads}) {
    const std::string trace = trace_of(program);
    CHECK(replayed(trace, program).empty());
    CHECK(replayed(Json::parse(trace).dump(), program).empty());
    CHECK(replayed(nlohmann::json::parse(trace).dump(3), program).empty());
  }
  const std::string deadlock = with(kTwoLocks, "(x=2)", "(x=3)");
  CHECK(replayed(trace_of(deadlock), deadlock).empty());
}

TEST_CASE("a trace that is cut off anywhere") {
  const std::string trace = trace_of(kProgram);
  // The last byte is the end of the line.
  for (std::size_t size = 0; size + 1 < trace.size(); ++size) {
    const TraceError error = error_of(std::string_view(trace).substr(0, size));
    CHECK_FALSE(error.message.empty());
    CHECK(error.line >= 1);
    CHECK(error.column >= 1);
  }
}

TEST_CASE("where the text is wrong") {
  CHECK(error_of("").message == "the file is empty");
  const TraceError error = error_of("{\n \"lkmc_trace\": 2,\n ?}");
  CHECK(error.line == 3);
  CHECK(error.column == 2);
  CHECK(error_of("{\"lkmc_trace\": 2,").message == "the trace is cut off here");
}

TEST_CASE("very many keys and very deep lists are no trace, and end the reading") {
  std::string keys = "{\"lkmc_trace\": 2";
  for (int i = 0; i < 100'000; ++i) keys += ", \"k" + std::to_string(i) + "\": 1";
  for (const std::string& text : {keys + "}", keys, "{\"lkmc_trace\": 2, \"more\": " + keys + "}}", std::string(1'000'000, '['),
                                  std::string(500'000, '[') + std::string(500'000, ']')}) {
    CHECK(error_of(text).message == "this is not a trace of lkmc");
  }
}

TEST_CASE("other files and other versions") {
  for (const char* text : {"{}", "[]", "1", "null", "\"trace\"", "{\"name\": \"x\"}"}) {
    CHECK(error_of(text).message == "this is not a trace of lkmc");
  }
  Json json = Json::parse(trace_of(kProgram));
  json["lkmc_trace"] = kTraceVersion + 1;
  CHECK(error_of(json.dump()).message.find("this lkmc reads version") != std::string::npos);
  json["lkmc_trace"] = 1;
  CHECK(error_of(json.dump()).message.find("cannot be replayed") != std::string::npos);
  for (const Json& version : {Json(-1), Json(0), Json("2"), Json(2.5), Json(nullptr), Json(18446744073709551615U)}) {
    json["lkmc_trace"] = version;
    CHECK(error_of(json.dump()).message.find("lkmc_trace is not") != std::string::npos);
  }
}

// What depends on the compiler.
bool is_free(const std::string& key) { return key == "column" || key == "function"; }

// Calls `f` with the trace after each change of one value, and the path of the value.
void mutate(Json& root, Json& here, const std::string& path, const std::function<void(const Json&, const std::string&)>& f) {
  const Json original = here;
  for (const Json& other : {Json(nullptr), Json(true), Json(-3), Json(77), Json(1e300), Json("frobnicate"), Json::array(), Json::object(),
                            Json::array({Json::array({0, 1, 2})})}) {
    if (other == original) continue;
    here = other;
    f(root, path);
  }
  here = original;
  if (!here.is_structured()) return;
  for (std::size_t i = 0; i < here.size(); ++i) {
    auto child = std::next(here.begin(), static_cast<std::ptrdiff_t>(i));
    const std::string name = here.is_object() ? child.key() : std::to_string(i);
    if (here.is_object() && is_free(name)) continue;
    mutate(root, *child, path + '/' + name, f);
  }
  for (std::size_t i = 0; i < original.size(); ++i) {
    auto gone = std::next(here.begin(), static_cast<std::ptrdiff_t>(i));
    if (here.is_object() && is_free(gone.key())) continue;
    here.erase(gone);
    f(root, path + " without " + std::to_string(i));
    here = original;
  }
}

TEST_CASE("a trace with any value changed or gone does not fit") {
  for (const std::string& program : {std::string(kProgram), with(kTwoLocks, "(x=2)", "(x=3)")}) {
    Json json = Json::parse(trace_of(program));
    std::size_t changes = 0;
    mutate(json, json, "", [&](const Json& changed, const std::string& path) {
      ++changes;
      // These say for which file the trace was made; the command looks at them.
      if (path == "/program/path" || path == "/program/name" || path == "/model" || path == "/unroll") return;
      if (path == "/program/md5") return;
      CAPTURE(path);
      CHECK_FALSE(replayed(changed.dump(), program).empty());
    });
    CHECK(changes > 1000);
  }
}

TEST_CASE("what is not known is ignored") {
  Json json = Json::parse(trace_of(kProgram));
  json["remark"] = "mine";
  json["events"][0]["colour"] = "red";
  CHECK(replayed(json.dump(), kProgram).empty());
}

TEST_CASE("a program that has changed where it does not matter") {
  const std::string trace = trace_of(kProgram);
  CHECK(replayed(trace, with(kProgram, "{ int", "\n\n{ int")).empty());
  CHECK(replayed(trace, with(kProgram, "READ_ONCE(*p)", "rcu_dereference(*p)")).empty());
  CHECK(replayed(trace, with(kProgram, "1:r0=1", "1:r0=0")).find("no violation") != std::string::npos);
  CHECK(replayed(trace, with(kProgram, "spin_lock(l)", "smp_mb();\n\tspin_lock(l)")).find("P0 does a fence (mb) here") == 0);
}

TEST_CASE("sections begin and end with their events") {
  const Checked checked = check(kProgram);
  const Witness& w = *checked.witness();
  const std::vector<Section> sections = sections_of(w);
  REQUIRE(sections.size() == 2);
  CHECK(sections[0].kind == Section::Kind::kLock);
  CHECK(w.event(sections[0].from).kind == EventKind::kLockWrite);
  CHECK(w.event(sections[0].to).kind == EventKind::kUnlock);
  CHECK(sections[1].kind == Section::Kind::kRcu);
  CHECK(w.event(sections[1].from).tag == Tag::kRcuLock);
  CHECK(w.event(sections[1].to).tag == Tag::kRcuUnlock);

  const std::vector<Step> steps = derive_schedule(w);
  const auto open = open_sections(sections, steps);
  REQUIRE(open.size() == steps.size());
  CHECK(open.back().empty());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].write == sections[0].from) CHECK(open[i].front() == 0);
    const bool is_exchange = w.event(steps[i].event).in_rmw;
    if (is_exchange) CHECK(open[i].back() == 1);
  }
}

TEST_CASE("nested RCU sections, and one of SRCU that another thread ends") {
  const Checked nested = check(R"(C nested
{}
P0(int *x)
{
	rcu_read_lock();
	rcu_read_lock();
	WRITE_ONCE(*x, 1);
	rcu_read_unlock();
	rcu_read_unlock();
}
exists (x=1)
)");
  const std::vector<Section> rcu = sections_of(*nested.witness());
  REQUIRE(rcu.size() == 2);
  CHECK(rcu[0].from < rcu[1].from);
  CHECK(rcu[0].to > rcu[1].to);

  const Checked handed = check(R"(C handed
{}
P0(struct srcu_struct *s, int *index, int *flag)
{
	int r0 = srcu_down_read(s);
	WRITE_ONCE(*index, r0);
	smp_store_release(flag, 1);
}
P1(struct srcu_struct *s, int *index, int *flag)
{
	int r0 = smp_load_acquire(flag);
	int r1 = READ_ONCE(*index);
	srcu_up_read(s, r1);
}
filter (1:r0=1)
exists (1:r0=1)
)");
  const Witness& w = *handed.witness();
  const std::vector<Section> srcu = sections_of(w);
  REQUIRE(srcu.size() == 1);
  CHECK(w.event(srcu[0].from).thread == 0);
  REQUIRE(srcu[0].to >= 0);
  CHECK(w.event(srcu[0].to).thread == 1);
}

TEST_CASE("the way of a walk to another process") {
  const auto read = read_trace(trace_of(kProgram));
  const Model model = std::get<Model>(load_model("lkmm"));
  const ModelFacts facts(model);
  auto parsed = parse_litmus("test.litmus", kProgram, {});
  const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
  const auto result = replay_trace({std::get<Trace>(read), md5(kProgram), model, facts}, test, LitmusNames(test, "test.litmus", kProgram));
  REQUIRE(std::holds_alternative<Walk>(result));
  const Walk& walk = std::get<Walk>(result);
  CHECK(walk.is_violation);
  CHECK(walk_json(walk_from(walk_json(walk))) == walk_json(walk));
  CHECK(walk_text(walk_from(walk_json(walk)), Colour::kNever) == walk_text(walk, Colour::kNever));
}

}  // namespace
}  // namespace lkmc::report_test
