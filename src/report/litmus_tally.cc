// SPDX-License-Identifier: Apache-2.0
#include "src/report/litmus_tally.h"

#include <algorithm>

#include "src/report/sort_key.h"
#include "src/report/trace.h"

namespace lkmc {
namespace {

// herd's order of values: those out of thin air, numbers, names of locations.
enum class ValueClass : std::uint8_t { kSymbol, kNumber, kName };

ValueClass class_of(const LitmusTest& test, Word value) {
  if (test.location_at(value)) return ValueClass::kName;
  return Program::symbol_number(value) ? ValueClass::kSymbol : ValueClass::kNumber;
}

std::strong_ordering compare_values(const LitmusTest& test, Word a, Word b) {
  const ValueClass kind = class_of(test, a);
  if (const auto c = kind <=> class_of(test, b); c != 0) return c;
  return kind == ValueClass::kName ? test.value_text(a) <=> test.value_text(b) : a <=> b;
}

// Sorts as compare_values() does.
std::string order_of(const LitmusTest& test, const std::vector<Word>& values) {
  SortKey key;
  for (const Word value : values) {
    const ValueClass kind = class_of(test, value);
    key.add(static_cast<Word>(kind));
    kind == ValueClass::kName ? key.add(test.value_text(value)) : key.add(value);
  }
  return key.text();
}

}  // namespace

void judge_condition(Result& result) {
  result.verdict = result.condition->is_violated() || result.deadlock() != nullptr ? Verdict::kViolated
                   : result.complete()                                             ? Verdict::kHolds
                                                                                   : Verdict::kInconclusive;
}

LitmusTally::LitmusTally(const LitmusTest& test, const Keep& keep)
    : Tally(keep), test_(&test), wanted_(test.kind() != Quantifier::kForall) {}

void LitmusTally::on_restart() { *this = LitmusTally(*test_, keep()); }

void LitmusTally::observe(const FinalState& state) {
  observed_.clear();
  for (const litmus::Term& term : test_->observed()) {
    if (term.kind == litmus::Term::Kind::kRegister) {
      observed_.push_back(state.registers[static_cast<std::size_t>(term.slot)]);
    } else {
      const auto cells = state.memory.subspan(static_cast<std::size_t>(term.location), static_cast<std::size_t>(term.size));
      observed_.insert(observed_.end(), cells.begin(), cells.end());
    }
  }
}

void LitmusTally::count(const Execution& execution, const FinalState& state) {
  observe(state);
  auto found = states_.find(observed_);
  if (found == states_.end()) {
    found = states_.emplace(observed_, Entry{test_->state_line(state), test_->satisfies(state), 0}).first;
  }
  ++found->second.executions;
  if (keep().witness && found->second.positive == wanted_ && (!witness_ || compare(execution.assignment, *witness_) < 0)) {
    witness_.emplace(execution);
  }
}

bool LitmusTally::on_execution(const Execution& execution) {
  const FinalState state{execution.registers, execution.memory};
  if (!test_->accepted_by_filter(state)) return false;
  if (!execution.is_repeat) count(execution, state);
  if (keep().all_races && keep().race_flag && execution.checker.may_raise(*keep().race_flag)) {
    for (const DataRace& race : data_races(execution, *keep().race_flag)) raced(race, execution.assignment);
  }
  return true;
}

void LitmusTally::merge(Tally&& other) {
  auto& litmus = static_cast<LitmusTally&>(other);
  for (auto& [values, entry] : litmus.states_) {
    const auto [found, is_new] = states_.try_emplace(values, entry);
    if (!is_new) found->second.executions += entry.executions;
  }
  if (litmus.witness_ && (!witness_ || compare(*litmus.witness_, *witness_) < 0)) witness_.emplace(std::move(*litmus.witness_));
  Tally::merge(std::move(other));
}

std::uint64_t LitmusTally::count(bool positive) const {
  std::uint64_t sum = 0;
  for (const auto& [values, entry] : states_) sum += entry.positive == positive ? entry.executions : 0;
  return sum;
}

std::vector<State> LitmusTally::states() const {
  std::vector<decltype(states_)::const_pointer> sorted;
  for (const auto& entry : states_) sorted.push_back(&entry);
  std::sort(sorted.begin(), sorted.end(), [this](const auto* a, const auto* b) {
    return std::lexicographical_compare(a->first.begin(), a->first.end(), b->first.begin(), b->first.end(),
                                        [this](Word x, Word y) { return compare_values(*test_, x, y) < 0; });
  });
  std::vector<State> states;
  for (const auto* entry : sorted) {
    states.push_back({entry->second.line, entry->second.executions, entry->second.positive, order_of(*test_, entry->first)});
  }
  return states;
}

void LitmusTally::tell(const Model&, Result& result) const {
  result.name = test_->name();
  result.states = states();
  Condition& condition = result.condition.emplace(
      Condition{.kind = test_->kind(), .text = test_->condition_text(), .positive = positive(), .negative = negative()});
  if (witness_) {
    condition.witness_state = final_state_of(*test_, *witness_);
    condition.witness_line = test_->state_line({witness_->registers, witness_->memory});
  }
  if ((wanted_ ? condition.positive : condition.negative) > 0) {
    const auto kind = test_->kind() == Quantifier::kExists ? Finding::Kind::kReached : Finding::Kind::kViolation;
    result.findings.push_back({.kind = kind, .message = condition.text, .witness = witness_ ? &*witness_ : nullptr});
  }
  add_deadlock(result);
  judge_condition(result);
}

}  // namespace lkmc
