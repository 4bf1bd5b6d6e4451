// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/litmus_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <variant>

#include "src/cpp/cpp_test.h"
#include "src/explore/explorer.h"
#include "src/judge/lock_rules.h"
#include "src/model/model.h"
#include "src/report/cpp_tally.h"
#include "tests/kernel/final_sight.h"

namespace lkmc::kernel_test {
namespace {

const kernel::Registration& registration(std::string_view test) {
  const auto all = kernel::registered_tests();
  const auto found = std::find_if(all.begin(), all.end(), [&](const auto* r) { return r->name == test; });
  REQUIRE_MESSAGE(found != all.end(), "no LITMUS of this name: ", std::string(test));
  return **found;
}

const Model& lkmm() {
  static const auto loaded = load_model("lkmm");
  REQUIRE(std::holds_alternative<Model>(loaded));
  return std::get<Model>(loaded);
}

class Recorder final : public Visitor {
 public:
  Recorder(kernel::CppTest& test, Outcome& outcome) : test_(test), outcome_(outcome), view_(test), tally_(test, Keep{}) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override {
    if (!execution.is_repeat) count(execution);
    (void)tally_.on_execution(execution);
    for (const Objection* o : broken_rules(execution.assignment)) outcome_.broken_rules.insert(o->message);
    return true;
  }
  void count(const Execution& execution) {
    ++outcome_.executions;
    std::vector<Word> end(execution.memory.begin(), execution.memory.end());
    end.insert(end.end(), execution.registers.begin(), execution.registers.end());
    ++outcome_.ends[std::move(end)];
    const FinalSight sight = view_->of(execution);
    outcome_.final_failures.insert(sight.failures.begin(), sight.failures.end());
    for (const auto& [name, holds] : sight.conditions) {
      if (holds) ++outcome_.reached[name];
    }
    ++states_[sight.values];
  }
  void on_restart() override {
    outcome_ = {};
    view_.emplace(test_);
    states_.clear();
    tally_.on_restart();
  }
  void on_deadlock(const Deadlock& deadlock) override {
    ++outcome_.deadlocks;
    outcome_.blocked.clear();
    for (const BlockedThread& b : deadlock.blocked) {
      std::string text = test_.thread_name(b.thread) + " waits for ";
      if (b.lock == kNoLocation) text += b.awaited;
      if (b.lock != kNoLocation)
        text += b.behind == kInitThread ? "a lock held by" : "a lock behind " + test_.thread_name(b.behind) + ", held by";
      for (std::size_t i = 0; i < b.holders.size(); ++i) {
        text += (i > 0 ? " and " : " ") + test_.thread_name(b.holders[i].thread);
      }
      outcome_.all_blocked.insert(text);
      outcome_.blocked.push_back(std::move(text));
    }
  }
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    outcome_.failures.insert(failure.message);
    return true;
  }
  void on_misbehaviour(ThreadId, SourcePos, const std::string& message) override { FAIL_CHECK(message); }

  // The tally, which works out finally() once for executions that it cannot tell apart, has counted what was seen here of each.
  void compare_with_tally() const {
    std::map<std::string, std::uint64_t> reached = tally_.reached();
    std::erase_if(reached, [](const auto& condition) { return condition.second == 0; });
    CHECK(reached == outcome_.reached);
    CHECK((tally_.states() == states_));
    for (const std::string& failure : outcome_.final_failures) {
      const auto violations = tally_.violations();
      CHECK(std::any_of(violations.begin(), violations.end(), [&](const Violation* v) { return v->charge.message == failure; }));
    }
  }

 private:
  kernel::CppTest& test_;
  Outcome& outcome_;
  std::optional<FinalView> view_;
  std::map<CppTally::Values, std::uint64_t> states_;
  CppTally tally_;
};

Statistics explore_into(Outcome& outcome, kernel::CppTest& test, const ExploreOptions& options) {
  static const ModelFacts facts(lkmm());
  Recorder recorder(test, outcome);
  Visitor* const visitors[] = {&recorder};
  const Statistics statistics = explore(test, lkmm(), facts, options, visitors);
  recorder.compare_with_tally();
  return statistics;
}

Outcome explore_all(kernel::CppTest& test, const ExploreOptions& options) {
  Outcome outcome;
  const Statistics statistics = explore_into(outcome, test, options);
  for (std::size_t i = 0; i < lkmm().axioms.size(); ++i) {
    if ((statistics.flags >> i & 1) != 0) outcome.flags.insert(lkmm().axioms[i].name);
  }
  outcome.bound_hit = statistics.bound_hit;
  outcome.interruption = statistics.interruption;
  return outcome;
}

}  // namespace

bool Outcome::fails_with(std::string_view part) const {
  return std::any_of(failures.begin(), failures.end(), [&](const std::string& message) { return message.find(part) != std::string::npos; });
}

bool Outcome::breaks_rule(std::string_view part) const {
  return std::any_of(broken_rules.begin(), broken_rules.end(),
                     [&](const std::string& message) { return message.find(part) != std::string::npos; });
}

Outcome run(std::string_view test, int unroll) {
  kernel::CppTest program(registration(test), unroll);
  if (const auto& failure = program.setup_failure()) {
    Outcome outcome;
    outcome.setup_failure = failure->message;
    return outcome;
  }
  return explore_all(program, {});
}

std::pair<Outcome, Outcome> run_with_and_without_footprint(std::string_view test) {
  kernel::CppTest program(registration(test));
  REQUIRE_FALSE(program.setup_failure());
  // The program grows in the first exploration, and the words of pointers mean the same in both.
  Outcome with = explore_all(program, {});
  Outcome without = explore_all(program, {.footprint = false});
  return {std::move(with), std::move(without)};
}

std::pair<std::uint64_t, std::uint64_t> choices_with_and_without_footprint(std::string_view test) {
  kernel::CppTest program(registration(test));
  REQUIRE_FALSE(program.setup_failure());
  Outcome with_it, without_it;
  const std::uint64_t with = explore_into(with_it, program, {}).choices;
  const std::uint64_t without = explore_into(without_it, program, {.footprint = false}).choices;
  return {with, without};
}

}  // namespace lkmc::kernel_test
