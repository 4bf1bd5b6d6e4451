// SPDX-License-Identifier: Apache-2.0
#include "tests/kernel/agreement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <variant>

#include "src/explore/explorer.h"
#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "src/report/litmus_tally.h"
#include "src/report/result.h"
#include "tests/kernel/final_sight.h"

namespace lkmc::kernel_test {
namespace {

const Model& lkmm() {
  static const auto loaded = load_model("lkmm");
  REQUIRE(std::holds_alternative<Model>(loaded));
  return std::get<Model>(loaded);
}

Statistics explore_with(const Program& program, Visitor& visitor, const ExploreOptions& options = {}) {
  static const ModelFacts facts(lkmm());
  Visitor* const visitors[] = {&visitor};
  return explore(program, lkmm(), facts, options, visitors);
}

// `1:r0=0; [x]=2;`
StateText parsed(const std::string& line) {
  StateText state;
  for (std::size_t begin = 0, end = 0; (end = line.find(';', begin)) != std::string::npos; begin = end + 1) {
    std::string one = line.substr(begin, end - begin);
    std::erase_if(one, [](char c) { return c == ' ' || c == '[' || c == ']'; });
    const std::size_t equals = one.find('=');
    state[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return state;
}

class CppRun final : public Visitor {
 public:
  CppRun(const SelfCheckingTest& test, const ValueText& value_text, Checks checks)
      : test_(test), value_text_(value_text), checks_(checks), view_(test) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override {
    if (execution.is_repeat) return true;
    const FinalSight sight = view_->of(execution);
    CHECK(sight.conditions.size() <= 1);
    const bool holds = sight.conditions.empty() ? sight.failures.empty() : sight.conditions.begin()->second;
    ++seen.executions;
    if (holds) ++seen.satisfying;
    StateText state;
    for (const auto& [name, value] : sight.values) state[name] = value_text_(test_, value);
    ++seen.states[state];
    return true;
  }
  void on_deadlock(const Deadlock&) override { seen.deadlock = true; }
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    if (checks_ == Checks::kHold) FAIL_CHECK(failure.message);
    return true;
  }
  void on_restart() override {
    seen = {};
    view_.emplace(test_);
  }
  void on_misbehaviour(ThreadId, SourcePos, const std::string& message) override { FAIL_CHECK(message); }

  Seen seen;

 private:
  const SelfCheckingTest& test_;
  const ValueText& value_text_;
  Checks checks_;
  std::optional<FinalView> view_;
};

}  // namespace

std::string text(const Seen& seen) {
  std::string out = std::to_string(seen.satisfying) + " of " + std::to_string(seen.executions) + '\n';
  if (seen.deadlock) out += "a deadlock\n";
  for (const auto& [state, executions] : seen.states) {
    for (const auto& [name, value] : state) out += name + '=' + value + "; ";
    out += std::to_string(executions) + '\n';
  }
  for (const std::string& flag : seen.flags) out += flag + '\n';
  return out;
}

Seen run_litmus(const std::string& path, const std::string& content) {
  const auto parse = parse_litmus(path, content);
  REQUIRE(std::holds_alternative<std::unique_ptr<LitmusTest>>(parse));
  const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parse);
  LitmusTally tally(test, Keep{});
  const Statistics statistics = explore_with(test, tally);
  CHECK(tally.mistakes().empty());
  Seen seen{.executions = tally.positive() + tally.negative(),
            .satisfying = tally.positive(),
            .deadlock = tally.deadlock().has_value(),
            .states = {},
            .flags = flag_names(lkmm(), statistics.flags)};
  for (const State& state : tally.states()) seen.states[parsed(state.line)] += state.executions;
  return seen;
}

Seen run_cpp(const kernel::Registration& registration, const ValueText& value_text, Checks checks) {
  const kernel::CppTest test(registration);
  REQUIRE_FALSE(test.setup_failure());
  return run_twin(test, value_text, checks);
}

Seen run_twin(const SelfCheckingTest& test, const ValueText& value_text, Checks checks) {
  const auto explored = [&](const ExploreOptions& options) {
    CppRun run(test, value_text, checks);
    const Statistics statistics = explore_with(test, run, options);
    run.seen.flags = flag_names(lkmm(), statistics.flags);
    return run.seen;
  };
  const Seen seen = explored({});
  CHECK(explored({.footprint = false}) == seen);
  return seen;
}

}  // namespace lkmc::kernel_test
