// SPDX-License-Identifier: Apache-2.0
#include "src/report/shards.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "src/report/cpp_names.h"
#include "src/report/expectations.h"
#include "src/report/litmus_tally.h"
#include "src/report/sort_key.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::pair<Interruption, std::string_view> kEndings[] = {{Interruption::kNone, "complete"},
                                                                  {Interruption::kTimeout, "timeout"},
                                                                  {Interruption::kMaxExecutions, "max-executions"},
                                                                  {Interruption::kCancelled, "cancelled"},
                                                                  {Interruption::kUnknownValue, "unknown-value"},
                                                                  {Interruption::kUnforeseen, "unforeseen"},
                                                                  {Interruption::kShard, "shard"}};

Interruption interruption_named(std::string_view name) {
  for (const auto& [interruption, n] : kEndings) {
    if (n == name) return interruption;
  }
  return Interruption::kCancelled;
}

void add_place(SortKey& key, const Names& names, SourcePos pos) { key.add(names.file(pos)).add(pos.line).add(pos.column); }

// Sorts as compare() of witnesses does.
void add_witness(SortKey& key, const Witness& w) {
  key.add(w.size());
  for (int e = 0; e < w.size(); ++e) {
    const Event& event = w.event(e);
    key.add(event.thread).add(event.pos.line).add(event.pos.column).add(static_cast<Word>(event.kind)).add(event.location);
  }
  for (int e = 0; e < w.size(); ++e) {
    if (w.event(e).is_read()) key.add(w.source_of(e));
  }
  for (const BitWord bits : w.co) key.add(static_cast<Word>(bits >> 32)).add(static_cast<Word>(bits & 0xFFFFFFFFU));
  for (const Word value : w.values) key.add(value);
}

// --- reading ------------------------------------------------------------------------------------------------------------

// Names of what was read: threads and locations are numbered as they come.
class ReadNames final : public Names {
 public:
  ReadNames(std::string test_file, bool is_cpp) : test_file_(std::move(test_file)), is_cpp_(is_cpp) {}

  [[nodiscard]] std::string thread(ThreadId thread) const override {
    return thread == kInitThread ? "init" : threads_[static_cast<std::size_t>(thread)];
  }
  [[nodiscard]] std::string location(Location location) const override { return locations_[static_cast<std::size_t>(location)]; }
  [[nodiscard]] std::string value(Word value) const override { return std::to_string(value); }
  [[nodiscard]] std::string place(SourcePos pos) const override {
    return is_cpp_ ? cpp_place(pos, test_file_) : fmt::format("line {}", pos.line);
  }
  [[nodiscard]] std::string file(SourcePos pos) const override { return pos.file != nullptr ? pos.file : ""; }
  [[nodiscard]] std::string_view source_line(SourcePos) const override { return {}; }
  [[nodiscard]] std::string_view source(SourcePos) const override { return {}; }

  [[nodiscard]] ThreadId thread_named(const std::string& name) { return static_cast<ThreadId>(number(threads_, name)); }
  [[nodiscard]] Location location_named(const std::string& name) { return static_cast<Location>(number(locations_, name)); }
  // Keeps the text.
  [[nodiscard]] const char* keep(const std::string& text) { return kept_.insert(text).first->c_str(); }

 private:
  static std::size_t number(std::vector<std::string>& all, const std::string& name) {
    const auto known = std::find(all.begin(), all.end(), name);
    if (known != all.end()) return static_cast<std::size_t>(known - all.begin());
    all.push_back(name);
    return all.size() - 1;
  }

  std::string test_file_;
  bool is_cpp_;
  std::vector<std::string> threads_, locations_;
  std::set<std::string> kept_;
};

SourcePos read_place(ReadNames& names, const Json& json) {
  if (!json.contains("line")) return {};
  return {.line = json.at("line"),
          .column = json.at("column"),
          .file = names.keep(json.at("file")),
          .function = json.contains("function") ? names.keep(json.at("function")) : nullptr};
}

Event read_access(ReadNames& names, const Json& json, Location location) {
  Event e;
  e.thread = names.thread_named(json.at("thread"));
  e.kind = json.at("kind") == "write" ? EventKind::kWrite : EventKind::kRead;
  e.tag = json.at("marked").get<bool>() ? Tag::kOnce : Tag::kPlain;
  e.location = location;
  e.pos = read_place(names, json);
  return e;
}

BlockedThread read_waiting(ReadNames& names, const Json& json) {
  BlockedThread b{.thread = names.thread_named(json.at("thread")), .pos = read_place(names, json)};
  if (json.contains("lock")) b.lock = names.location_named(json.at("lock"));
  if (json.contains("awaited")) b.awaited = names.keep(json.at("awaited"));
  if (json.contains("behind")) b.behind = names.thread_named(json.at("behind"));
  if (!json.contains("holders")) return b;
  for (const Json& h : json.at("holders")) b.holders.push_back({names.thread_named(h.at("thread")), read_place(names, h)});
  return b;
}

Finding read_finding(ReadNames& names, Finding::Kind kind, const Json& json) {
  Finding f{.kind = kind};
  f.message = json.value("message", "");
  f.pos = read_place(names, json);
  if (json.contains("other")) {
    f.other = json.at("other").at("what").get<std::string>();
    f.other_pos = read_place(names, json.at("other"));
  }
  if (json.contains("accesses")) {
    const Location location = names.location_named(json.at("location"));
    for (const Json& access : json.at("accesses")) f.accesses.push_back(read_access(names, access, location));
  }
  if (json.contains("waiting")) {
    for (const Json& waiting : json.at("waiting")) f.blocked.push_back(read_waiting(names, waiting));
  }
  if (json.contains("schedule")) {
    Told& told = f.told.emplace();
    told.schedule = json.at("schedule").get<std::vector<std::string>>();
    for (const Json& step : json.at("steps")) {
      told.steps.push_back({.thread = step.at("thread"),
                            .place = {},
                            .source = {},
                            .effect = step.at("text"),
                            .remark = step.value("remark", ""),
                            .pos = read_place(names, step)});
    }
  }
  f.execution = json.at("execution").get<std::string>();
  return f;
}

// --- putting together ---------------------------------------------------------------------------------------------------

class Sum final : public Whole {
 public:
  // `parts` are those of one test, of which each shard has one.
  explicit Sum(const std::vector<const PartLine*>& parts)
      : first_(parts.front()->json),
        names_(first_.at("file"), !first_.contains("condition")),
        result_{.file = first_.at("file"),
                .text = {},
                .name = first_.at("name"),
                .line = first_.at("line"),
                .model = first_.at("model"),
                .unroll = first_.at("shard").at("unroll"),
                .program = nullptr,
                .names = names_,
                .statistics = {}} {
    if (first_.contains("condition")) add_condition();
    for (const PartLine* part : parts) add(part->json);
    for (const auto& [order, state] : states_) result_.states.push_back(state);
    const auto move_all = [&](Finding::Kind kind) {
      for (auto& [key, finding] : findings_[kind]) result_.findings.push_back(std::move(finding));
    };
    using enum Finding::Kind;
    for (const auto kind :
         result_.condition ? std::vector{kReached, kViolation, kDeadlock} : std::vector{kViolation, kDeadlock, kRace, kReached}) {
      move_all(kind);
    }
    if (result_.condition) {
      judge_condition(result_);
      return;
    }
    std::vector<Expectation> expected;
    for (const Json& e : first_.at("expectations")) {
      if (const auto expectation = expectation_from(e.at("expected").get<std::string>())) expected.push_back(*expectation);
    }
    judge(expected, result_);
  }

  [[nodiscard]] const Result& result() const override { return result_; }

 private:
  void add_condition() {
    constexpr std::pair<std::string_view, Quantifier> kKinds[] = {
        {"Allowed", Quantifier::kExists}, {"Forbidden", Quantifier::kNotExists}, {"Required", Quantifier::kForall}};
    const std::string kind = first_.at("kind");
    result_.condition.emplace(Condition{.kind = Quantifier::kExists, .text = first_.at("condition"), .positive = 0, .negative = 0});
    for (const auto& [name, quantifier] : kKinds) {
      if (name == kind) result_.condition->kind = quantifier;
    }
    result_.hash = first_.at("shard").at("hash").get<std::string>();
  }

  void add(const Json& part) {
    Statistics& s = result_.statistics;
    const Json& stats = part.at("stats");
    s.executions += part.at("executions").get<std::uint64_t>();
    s.blocked += part.at("blocked").get<std::uint64_t>();
    s.choices += stats.at("choices").get<std::uint64_t>();
    s.dead_ends += stats.at("dead_ends").get<std::uint64_t>();
    s.checks += stats.at("model_checks").get<std::uint64_t>();
    s.skeletons += stats.at("path_combinations").get<std::uint64_t>();
    s.paths += stats.at("fiber_runs").get<std::uint64_t>();
    s.bound_hit = s.bound_hit || part.at("shard").at("bound_hit").get<bool>();
    const Interruption ended = interruption_named(part.at("shard").at("ended").get<std::string>());
    if (s.interruption == Interruption::kNone && ended != Interruption::kShard) s.interruption = ended;
    result_.prepare_seconds += stats.at("prepare_seconds").get<double>();
    result_.explore_seconds += stats.at("explore_seconds").get<double>();

    if (result_.condition) {
      result_.condition->positive += part.at("positive").get<std::uint64_t>();
      result_.condition->negative += part.at("negative").get<std::uint64_t>();
    }
    for (const Json& raised : part.at("flags")) {
      const std::string flag = raised;
      const auto at = std::lower_bound(result_.flags.begin(), result_.flags.end(), flag);
      if (at == result_.flags.end() || *at != flag) result_.flags.insert(at, flag);
    }
    for (const auto& [name, times] : part.at("reached").items()) result_.reached[name] += times.get<std::uint64_t>();
    for (const Json& state : part.at("states")) {
      const std::string line = state.at("state");
      State& sum = states_[std::pair(state.at("order").get<std::string>(), line)];
      sum.line = line;
      sum.executions += state.at("executions").get<std::uint64_t>();
      if (state.contains("positive")) sum.positive = state.at("positive").get<bool>();
    }
    for (const Json& f : part.at("violations")) add(Finding::Kind::kViolation, f);
    for (const Json& f : part.at("witnesses")) add(Finding::Kind::kReached, f);
    for (const Json& f : part.at("races")) add(Finding::Kind::kRace, f);
    if (part.contains("deadlock")) add(Finding::Kind::kDeadlock, part.at("deadlock"));
  }

  void add(Finding::Kind kind, const Json& json) {
    auto& known = findings_[kind];
    const std::string key = json.at("key");
    const auto found = known.find(key);
    if (found != known.end() && found->second.execution <= json.at("execution").get<std::string>()) return;
    known.insert_or_assign(key, read_finding(names_, kind, json));
    if (result_.condition && json.contains("state")) result_.condition->witness_line = json.at("state").get<std::string>();
  }

  const Json& first_;
  ReadNames names_;
  Result result_;
  std::map<std::pair<std::string, std::string>, State> states_;       // by order and line
  std::map<Finding::Kind, std::map<std::string, Finding>> findings_;  // by key
};

std::string place_of(const PartLine& part) { return fmt::format("{}:{}", part.file, part.line); }

std::string test_of(const PartLine& part) {
  const std::string file = part.json.at("file"), name = part.json.at("name");
  return part.json.contains("condition") ? file : file + ':' + name;
}

MergeError refusal(const PartLine& part, const std::string& why) { return {fmt::format("{}:1: error: {}\n", place_of(part), why)}; }

// Why `part` is of something else than `other`; empty if it is not.
std::string difference(const PartLine& part, const PartLine& other) {
  const Json& a = part.json.at("shard");
  const Json& b = other.json.at("shard");
  const auto differs = [&](const char* key) { return a.at(key) != b.at(key); };
  if (differs("of")) return fmt::format("of {} shards, there of {}", a.at("of").get<int>(), b.at("of").get<int>());
  if (differs("lkmc")) return "of another lkmc";
  if (differs("program")) return "of another program";
  if (differs("model")) return "of another model";
  if (differs("unroll")) return fmt::format("with --unroll {}, there {}", a.at("unroll").get<int>(), b.at("unroll").get<int>());
  const bool both_ended = a.at("ended") == "shard" && b.at("ended") == "shard";
  return both_ended && differs("tree") ? "split otherwise" : "";
}

}  // namespace

std::string_view name_of(Interruption interruption) {
  for (const auto& [i, name] : kEndings) {
    if (i == interruption) return name;
  }
  return {};
}

std::string key_of(const Finding& f, const Names& names) {
  SortKey key;
  if (!f.accesses.empty()) {
    for (const Event& e : f.accesses) {
      key.add(e.thread);
      add_place(key, names, e.pos);
      key.add(e.location).add(e.is_write() ? 1 : 0);
    }
  } else if (f.kind != Finding::Kind::kDeadlock) {  // of which one is enough
    add_place(key, names, f.pos);
    key.add(f.message).add(f.end ? 1 : 0);
  }
  return key.text();
}

std::string execution_of(const Finding& f) {
  SortKey key;
  if (f.end) {
    for (const std::uint16_t choice : f.choices) key.add(choice);
  } else if (f.witness != nullptr) {
    add_witness(key, *f.witness);
    for (const BlockedThread& b : f.blocked) key.add(b.thread).add(b.pos.line).add(b.pos.column);
  }
  return key.text();
}

std::variant<std::vector<std::unique_ptr<Whole>>, MergeError> merge_parts(const std::vector<PartLine>& parts) {
  std::vector<std::vector<const PartLine*>> tests;
  std::vector<std::unique_ptr<Whole>> wholes;
  const PartLine* at = nullptr;
  try {
    for (const PartLine& part : parts) {
      at = &part;
      auto test = std::find_if(tests.begin(), tests.end(), [&](const auto& known) { return test_of(*known.front()) == test_of(part); });
      if (test == tests.end()) {
        tests.emplace_back();
        test = std::prev(tests.end());
      }
      for (const PartLine* other : *test) {
        if (const std::string why = difference(part, *other); !why.empty()) {
          return refusal(part, fmt::format("this part of {} is {} ({})", test_of(part), why, place_of(*other)));
        }
        if (other->json.at("shard").at("index") == part.json.at("shard").at("index")) {
          return refusal(part, fmt::format("shard {}/{} of {} is there already ({})", part.json.at("shard").at("index").get<int>(),
                                           part.json.at("shard").at("of").get<int>(), test_of(part), place_of(*other)));
        }
      }
      test->push_back(&part);
    }
    for (auto& test : tests) {
      at = test.front();
      const int count = at->json.at("shard").at("of");
      const auto index_of = [](const PartLine* part) { return part->json.at("shard").at("index").get<int>(); };
      std::ranges::sort(test, {}, index_of);
      for (int index = 1; index <= count; ++index) {
        if (static_cast<std::size_t>(index) <= test.size() && index_of(test[static_cast<std::size_t>(index) - 1]) == index) continue;
        return MergeError{fmt::format("lkmc: error: shard {}/{} of {} is missing\n", index, count, test_of(*at))};
      }
      wholes.push_back(std::make_unique<Sum>(test));
    }
  } catch (const Json::exception&) {
    return refusal(*at, "this is not the result of a shard (lkmc check --shard)");
  }
  return wholes;
}

}  // namespace lkmc
