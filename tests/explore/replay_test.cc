// SPDX-License-Identifier: Apache-2.0
// What the explorer has found can be found again from a record of it, and a record that was altered, or that belongs to
// another program, is told apart at the right place.
#include "src/explore/replay.h"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

// A record of an execution or a deadlock, and its key.
struct Recorded {
  RecordedExecution record;
  std::string key;
  std::vector<Word> registers, memory;
  std::vector<BlockedThread> blocked;
};

std::string key_of(const Assignment& a) { return reference::execution_key(a.skeleton().graph.events, a.rf(), a.co()); }

Recorded recorded(const Assignment& a, Blocking blocking) {
  const Skeleton& s = a.skeleton();
  Recorded r{.record = {.blocking = blocking, .outcomes = {}, .events = {}, .rf = {}, .co = {}},
             .key = key_of(a),
             .registers = {},
             .memory = {},
             .blocked = {}};
  for (const std::vector<Word>& of_thread : s.outcomes) r.record.outcomes.emplace_back(of_thread.begin(), of_thread.end());
  for (int e = 0; e < s.graph.size(); ++e) {
    const Event& event = s.graph.event(e);
    r.record.events.push_back({.kind = event.kind,
                               .tag = event.tag,
                               .thread = event.thread,
                               .location = event.location,
                               .value = event.is_access() ? a.value(e) : std::nullopt});
  }
  for (const int read : s.reads) r.record.rf.emplace_back(a.source(read), read);
  for (std::vector<int> writes : s.writes) {
    const auto before = [&](int x, int y) {
      return (a.co()[static_cast<std::size_t>(x * s.words() + y / kBitsPerWord)] >> (y % kBitsPerWord) & 1) != 0;
    };
    std::sort(writes.begin(), writes.end(), before);
    if (!writes.empty()) r.record.co.push_back(writes);
  }
  return r;
}

class Collector final : public Visitor {
 public:
  bool on_execution(const Execution& execution) override {
    if (execution.is_repeat) return true;
    Recorded& r = all.emplace_back(recorded(execution.assignment, Blocking::kIgnored));
    r.registers.assign(execution.registers.begin(), execution.registers.end());
    r.memory.assign(execution.memory.begin(), execution.memory.end());
    return true;
  }
  void on_restart() override {
    all.clear();
    messages.clear();
  }
  void on_deadlock(const Deadlock& deadlock) override {
    Recorded& r = all.emplace_back(recorded(deadlock.assignment, Blocking::kExplored));
    r.blocked.assign(deadlock.blocked.begin(), deadlock.blocked.end());
  }
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    all.push_back(recorded(failure.assignment, Blocking::kIgnored));
    all.back().record.may_fail = true;
    messages.emplace_back(failure.message);
    return true;
  }
  void on_misbehaviour(ThreadId, SourcePos, const std::string& message) override { FAIL(message); }

  std::vector<Recorded> all;
  std::vector<std::string> messages;
};

// A test, a model, and all that is found of the test under the model.
struct Found {
  explicit Found(std::string_view text, const char* model_name = "lkmm") {
    auto parsed = parse_litmus("test.litmus", text);
    if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) FAIL(diagnostic->message << "\n" << text);
    test = std::move(std::get<std::unique_ptr<LitmusTest>>(parsed));
    const auto loaded = load_model(model_name);
    REQUIRE(std::holds_alternative<Model>(loaded));
    model = std::get<Model>(loaded);
    facts = std::make_unique<ModelFacts>(model);
    Visitor* const visitors[] = {&collector};
    (void)explore(*test, model, *facts, {}, visitors);
  }

  [[nodiscard]] std::variant<Replayed, Divergence> replayed(const RecordedExecution& record) const {
    return replay(*test, model, *facts, record);
  }
  [[nodiscard]] Divergence divergence(const RecordedExecution& record) const {
    const auto result = replayed(record);
    REQUIRE(std::holds_alternative<Divergence>(result));
    return std::get<Divergence>(result);
  }

  std::unique_ptr<LitmusTest> test;
  Model model;
  std::unique_ptr<ModelFacts> facts;
  Collector collector;
};

// Store buffering: events 0 and 1 are the initial writes, 2 and 3 P0's, 4 and 5 P1's.
const std::string kStoreBuffering =
    litmus_text({"WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\n", "WRITE_ONCE(*y, 1);\nint r0 = READ_ONCE(*x);\n"});

TEST_CASE("all that is found can be found again") {
  const std::vector<std::vector<std::string>> programs = {
      {"WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\n", "WRITE_ONCE(*y, 1);\nint r0 = READ_ONCE(*x);\n"},
      {"int r0 = READ_ONCE(*x);\nif (r0)\n\tWRITE_ONCE(*y, r0 + 1);\n", "int r1 = READ_ONCE(*y);\nWRITE_ONCE(*x, 1);\n"},
      {"int r0 = *x;\n*y = r0;\n", "int r0 = *y;\n*x = r0;\n"},
      {"int r0 = xchg(x, 1);\n", "int r0 = cmpxchg(x, 0, 2);\n", "int r0 = READ_ONCE(*x);\n"},
      {"spin_lock(l);\nint r0 = READ_ONCE(*x);\nWRITE_ONCE(*x, r0 + 1);\nspin_unlock(l);\n",
       "int r0 = spin_trylock(l);\nif (r0) {\n\tWRITE_ONCE(*x, 5);\n\tspin_unlock(l);\n}\n"},
      {"spin_lock(l);\nspin_lock(m);\nspin_unlock(m);\nspin_unlock(l);\n",
       "spin_lock(m);\nspin_lock(l);\nspin_unlock(l);\nspin_unlock(m);\n"},
      {"while (READ_ONCE(*x) == 0) {}\nWRITE_ONCE(*y, 1);\n", "int r0 = READ_ONCE(*z);\nif (r0)\n\tWRITE_ONCE(*x, 1);\n"},
      // An unlock without a lock, which another thread sees.
      {"spin_unlock(l);\n", "int r0 = spin_is_locked(l);\nspin_lock(l);\nspin_unlock(l);\n"},
      {"rcu_read_lock();\nint r0 = READ_ONCE(*x);\nint r1 = READ_ONCE(*y);\nrcu_read_unlock();\n",
       "WRITE_ONCE(*y, 1);\nsynchronize_rcu();\nWRITE_ONCE(*x, 1);\n"},
      {"int r0 = READ_ONCE(*x);\nif (r0)\n\tr0 = *(x + r0);\n", "WRITE_ONCE(*x, 1);\n"},
      // P0 fails while P1 waits for its lock.
      {"spin_lock(l);\nint r0 = READ_ONCE(*x);\nif (r0 == 1)\n\tr0 = *(x + r0);\nspin_unlock(l);\n",
       "WRITE_ONCE(*x, 1);\nspin_lock(l);\nWRITE_ONCE(*x, 2);\nspin_unlock(l);\n"},
  };
  for (const auto& bodies : programs) {
    for (const char* model : {"lkmm", "tso", "sc"}) {
      const Found found(litmus_text(bodies), model);
      CAPTURE(litmus_text(bodies));
      REQUIRE_FALSE(found.collector.all.empty());
      std::size_t failures = 0;
      for (const Recorded& r : found.collector.all) {
        const auto result = found.replayed(r.record);
        REQUIRE(std::holds_alternative<Replayed>(result));
        const auto& again = std::get<Replayed>(result);
        CHECK(key_of(again.assignment()) == r.key);
        if (!r.memory.empty()) CHECK(again.memory == r.memory);
        failures += again.failures.size();
        if (r.record.blocking == Blocking::kIgnored) continue;
        REQUIRE(again.blocked);
        REQUIRE(again.blocked->size() == r.blocked.size());
        for (std::size_t i = 0; i < r.blocked.size(); ++i) {
          CHECK((*again.blocked)[i].thread == r.blocked[i].thread);
          CHECK((*again.blocked)[i].pos == r.blocked[i].pos);
          CHECK((*again.blocked)[i].lock == r.blocked[i].lock);
        }
      }
      CHECK(failures == found.collector.messages.size());
    }
  }
  CHECK(Found(litmus_text(programs.back())).collector.messages.size() == 1);
}

TEST_CASE("the flags of an execution") {
  const Found found(litmus_text({"*x = 1;\n", "int r0 = READ_ONCE(*x);\n"}));
  for (const Recorded& r : found.collector.all) CHECK(std::get<Replayed>(found.replayed(r.record)).flags != 0);
  const Found marked(litmus_text({"WRITE_ONCE(*x, 1);\n", "int r0 = READ_ONCE(*x);\n"}));
  for (const Recorded& r : marked.collector.all) CHECK(std::get<Replayed>(marked.replayed(r.record)).flags == 0);
}

TEST_CASE("a record of another program ends at the first other event") {
  const Found found(kStoreBuffering);
  const RecordedExecution& record = found.collector.all[0].record;
  const auto with = [](const char* p0, const char* p1) { return Found(litmus_text({p0, p1})); };

  const Divergence other = with("WRITE_ONCE(*x, 1);\nint r0 = smp_load_acquire(y);\n", "WRITE_ONCE(*y, 1);\n").divergence(record);
  CHECK(other.kind == Divergence::Kind::kEvent);
  CHECK(other.event == 3);
  CHECK(other.thread == 0);
  REQUIRE(other.actual);
  CHECK(other.actual->tag == Tag::kAcquire);
  CHECK(other.pos.line == other.actual->pos.line);

  const Divergence ends = with("WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\n", "WRITE_ONCE(*y, 1);\n").divergence(record);
  CHECK(ends.kind == Divergence::Kind::kEnds);
  CHECK(ends.event == 5);
  CHECK(ends.thread == 1);

  const Divergence more =
      with("WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\nsmp_mb();\n", "WRITE_ONCE(*y, 1);\nint r0 = READ_ONCE(*x);\n").divergence(record);
  CHECK(more.kind == Divergence::Kind::kMore);
  CHECK(more.actual->kind == EventKind::kFence);

  const Divergence decision =
      with("WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\nif (r0)\n\tsmp_mb();\n", "WRITE_ONCE(*y, 1);\nint r0 = READ_ONCE(*x);\n")
          .divergence(record);
  CHECK(decision.kind == Divergence::Kind::kDecision);
  CHECK(decision.thread == 0);

  const Divergence value =
      with("WRITE_ONCE(*x, 1);\nint r0 = READ_ONCE(*y);\n", "WRITE_ONCE(*y, 7);\nint r0 = READ_ONCE(*x);\n").divergence(record);
  CHECK(value.kind == Divergence::Kind::kValue);
  CHECK(value.event == 4);
  CHECK(value.value == 7);

  CHECK(Found(litmus_text({"WRITE_ONCE(*x, 1);\n"})).divergence(record).kind == Divergence::Kind::kThreads);
}

TEST_CASE("an altered record") {
  const Found found(kStoreBuffering);
  for (const Recorded& r : found.collector.all) {
    // Each event in turn is another one.
    for (std::size_t e = 2; e < r.record.events.size(); ++e) {
      RecordedExecution record = r.record;
      record.events[e].tag = Tag::kRelease;
      const Divergence d = found.divergence(record);
      CHECK(d.kind == Divergence::Kind::kEvent);
      CHECK(d.event == static_cast<int>(e));
    }
    for (std::size_t e = 0; e < r.record.events.size(); ++e) {
      RecordedExecution record = r.record;
      record.events[e].location = std::nullopt;
      CHECK(found.divergence(record).event == static_cast<int>(e));
      record = r.record;
      record.events[e].value = 17;
      const Divergence d = found.divergence(record);
      CHECK(d.kind == Divergence::Kind::kValue);
      CHECK(d.event == static_cast<int>(e));
    }
    // Each read reads from each other event.
    for (std::size_t i = 0; i < r.record.rf.size(); ++i) {
      for (int e = 0; e < static_cast<int>(r.record.events.size()); ++e) {
        RecordedExecution record = r.record;
        if (record.rf[i].first == e) continue;
        record.rf[i].first = e;
        CHECK(std::holds_alternative<Divergence>(found.replayed(record)));
      }
      RecordedExecution record = r.record;
      record.rf.erase(record.rf.begin() + static_cast<std::ptrdiff_t>(i));
      CHECK(found.divergence(record).kind == Divergence::Kind::kUnordered);
      record = r.record;
      record.rf.push_back(record.rf[i]);
      CHECK(found.divergence(record).kind == Divergence::Kind::kSource);
    }
    RecordedExecution record = r.record;
    std::swap(record.co[0][0], record.co[0][1]);
    CHECK(found.divergence(record).kind == Divergence::Kind::kOrder);
    record = r.record;
    record.outcomes[0].emplace_back(1);
    CHECK(found.divergence(record).kind == Divergence::Kind::kDecision);
  }
}

TEST_CASE("outcomes that a decision does not have") {
  const Found found(
      litmus_text({"int r0 = READ_ONCE(*x);\nif (r0)\n\tWRITE_ONCE(*y, 1);\n", "int r0 = spin_trylock(l);\nif (r0)\n\tspin_unlock(l);\n"}));
  for (const Recorded& r : found.collector.all) {
    for (std::size_t t = 0; t < r.record.outcomes.size(); ++t) {
      REQUIRE(r.record.outcomes[t].size() == 1);
      for (const auto& wrong : {std::optional<Word>(2), std::optional<Word>(-1), std::optional<Word>()}) {
        RecordedExecution record = r.record;
        record.outcomes[t][0] = wrong;
        const Divergence d = found.divergence(record);
        CHECK(d.kind == Divergence::Kind::kDecision);
        CHECK(d.thread == static_cast<ThreadId>(t));
      }
    }
  }
}

TEST_CASE("what another model forbids") {
  const Found weak(kStoreBuffering, "lkmm");
  const Found strong(kStoreBuffering, "sc");
  std::size_t forbidden = 0;
  for (const Recorded& r : weak.collector.all) {
    const auto result = strong.replayed(r.record);
    if (const auto* divergence = std::get_if<Divergence>(&result)) {
      CHECK(divergence->kind == Divergence::Kind::kForbidden);
      ++forbidden;
    }
  }
  CHECK(forbidden == 1);
}

}  // namespace
}  // namespace lkmc::explore_test
