// SPDX-License-Identifier: Apache-2.0
#include "tests/explore/differential.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <span>
#include <sstream>
#include <utility>
#include <variant>

#include "tests/explore/evaluation.h"
#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

using reference::Outcome;
using reference::TestProgram;

// Rounds of loops that leave a trace are few, for each is a multiple of the paths.
constexpr LitmusOptions kLimits{.unroll = 2};

std::string flag_names(const Model& model, std::uint64_t flags) {
  std::string names;
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    if (flags >> i & 1) names += ' ' + model.axioms[i].name;
  }
  return names.empty() ? " none" : names;
}

std::string state_lines(const LitmusTest& test, const std::set<std::vector<Word>>& states) {
  const auto slots = static_cast<std::size_t>(test.register_slots());
  std::string lines;
  for (const std::vector<Word>& state : states) {
    const std::span<const Word> words(state);
    lines += "    " + test.state_line({words.first(slots), words.subspan(slots)}) + '\n';
  }
  return lines;
}

// How many of the keys are missing in the others.
std::size_t not_in(const std::set<std::string>& keys, const std::set<std::string>& others) {
  return static_cast<std::size_t>(std::count_if(keys.begin(), keys.end(), [&](const std::string& key) { return !others.contains(key); }));
}

// What differs; empty if nothing does.
std::string compare(const LitmusTest& test, const Model& model, const Outcome& expected, const Exploration& found) {
  const Findings& f = found.findings;
  std::string what;
  if (found.statistics.interruption != Interruption::kNone) what += " unfinished";
  if (f.repeated != 0) what += " repeated";
  if (found.statistics.executions != expected.executions || f.executions != expected.executions) what += " executions";
  if (f.keys != expected.keys) what += " rf-or-co";
  if (f.states != expected.states) what += " states";
  if (found.statistics.flags != expected.flags) what += " flags";
  if (expected.misses_states) what += " states of rounds left out";
  if (found.statistics.blocked != expected.deadlocks.size()) what += " number-of-deadlocks";
  if (f.deadlock_keys != expected.deadlocks) what += " deadlocks";
  if (what.empty()) return what;
  std::ostringstream text;
  text << "they differ in" << what << "\n  enumerator: " << expected.executions << " executions, " << not_in(expected.keys, f.keys)
       << " of them not found by the explorer, " << expected.deadlocks.size() << " deadlocks; flags:" << flag_names(model, expected.flags)
       << '\n'
       << state_lines(test, expected.states) << "  explorer: " << found.statistics.executions << " executions, "
       << not_in(f.keys, expected.keys) << " of them not known to the enumerator, " << f.repeated << " repeated, "
       << found.statistics.blocked << " deadlocks; flags:" << flag_names(model, found.statistics.flags) << '\n'
       << state_lines(test, f.states);
  return text.str();
}

bool has_plain_access(const LitmusTest& test) {
  bool found = false;
  const auto look = [&found](const reference::PathCombination& paths) {
    for (const Event& e : paths.graph.events) {
      const bool ordinary = e.kind == EventKind::kRead || e.kind == EventKind::kWrite;
      found = found || (ordinary && !e.is_initial() && e.tag == Tag::kPlain);
    }
    return !found;
  };
  reference::for_each_combination(test, RmwStyle::kTagged, Blocking::kIgnored, look);
  return found;
}

}  // namespace

int environment_number(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

TestShard this_shard() { return {environment_number("TEST_SHARD_INDEX", 0), environment_number("TEST_TOTAL_SHARDS", 1)}; }

Differential::Differential() {
  for (const char* name : {"sc", "tso", "pso", "lkmm"}) {
    auto loaded = load_model(name);
    REQUIRE_MESSAGE(std::holds_alternative<Model>(loaded), name);
    models_.push_back(std::move(std::get<Model>(loaded)));
    names_.emplace_back(name);
    facts_.push_back(std::make_unique<ModelFacts>(models_.back()));
    REQUIRE(facts_.back()->implies_coherence());
    REQUIRE(models_.back().rmw_style == models_.front().rmw_style);
  }
}

void Differential::check(const TestProgram& program, std::string_view origin, const std::vector<int>& jobs) {
  const std::string text = to_litmus(program);
  const auto parsed = parse_litmus(program.name, text, kLimits);
  if (const auto* d = std::get_if<Diagnostic>(&parsed)) {
    FAIL_CHECK(std::string(origin) << " is refused:\n\n" << text << '\n' << d->line << ":" << d->column << ": " << d->message);
    return;
  }
  auto found = disagreement(program, jobs);
  if (!found) return;
  TestProgram smallest = program;
  for (bool smaller_found = true; smaller_found;) {
    smaller_found = false;
    for (const TestProgram& candidate : reference::smaller(smallest)) {
      auto still = disagreement(candidate, jobs);
      if (!still) continue;
      smallest = candidate;
      found = std::move(still);
      smaller_found = true;
      break;
    }
  }
  FAIL_CHECK(std::string(origin) << ", made smaller:\n\n" << to_litmus(smallest) << '\n' << *found);
}

std::optional<std::string> Differential::disagreement(const TestProgram& program, const std::vector<int>& jobs) {
  const std::string text = to_litmus(program);
  const auto parsed = parse_litmus(program.name, text, kLimits);
  if (std::holds_alternative<Diagnostic>(parsed)) return std::nullopt;
  const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
  std::string wrong;
  const reference::OnExecution evaluate = [&](const reference::PathCombination& paths, const reference::Values& values,
                                              const reference::State& state) {
    ++evaluated_;
    if (wrong.empty()) wrong = difference_from_evaluation(test, program, paths, values, state);
  };
  const auto outcomes = reference::enumerate(test, test.register_slots(), models_, {}, evaluate);
  if (!outcomes) {
    ++too_large_;
    return std::nullopt;
  }
  ++compared_;
  if (!wrong.empty()) return "an execution is not what the test says: " + wrong + '\n';

  for (std::size_t m = 0; m < models_.size(); ++m) {
    const Outcome& expected = (*outcomes)[m];
    executions_ += expected.executions;
    out_of_thin_air_ += expected.out_of_thin_air;
    deadlocks_ += expected.deadlocks.size();
    for (const int j : jobs) {
      const Exploration found = run_explorer(test, models_[m], *facts_[m], {.jobs = j});
      const std::string difference = compare(test, models_[m], expected, found);
      if (!difference.empty()) return "under " + names_[m] + " with " + std::to_string(j) + " jobs " + difference;
    }
  }
  const std::string order = model_order(*outcomes, !has_plain_access(test));
  if (!order.empty()) return order;
  return std::nullopt;
}

// Each model allows what the stronger ones before it allow; lkmm only where all accesses are marked.
std::string Differential::model_order(const std::vector<Outcome>& outcomes, bool only_marked) const {
  for (std::size_t m = 0; m + 1 < models_.size(); ++m) {
    if (names_[m + 1] == "lkmm" && !only_marked) continue;
    const Outcome& strong = outcomes[m];
    const Outcome& weak = outcomes[m + 1];
    if (!std::includes(weak.states.begin(), weak.states.end(), strong.states.begin(), strong.states.end()) ||
        !std::includes(weak.keys.begin(), weak.keys.end(), strong.keys.begin(), strong.keys.end())) {
      return names_[m] + " allows what " + names_[m + 1] + " forbids";
    }
  }
  return {};
}

std::string Differential::summary() const {
  return "compared " + std::to_string(compared_) + " tests with " + std::to_string(executions_) + " executions in all models, of these " +
         std::to_string(out_of_thin_air_) + " out of thin air, and " + std::to_string(deadlocks_) + " deadlocks; evaluated " +
         std::to_string(evaluated_) + " executions; " + std::to_string(too_large_) + " tests were too large";
}

}  // namespace lkmc::explore_test
