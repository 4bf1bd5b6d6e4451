#include "src/report/tally.h"

#include <algorithm>
#include <span>

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

// Orders deadlocks that differ only in where the threads wait.
std::strong_ordering compare_waiting(std::span<const BlockedThread> a, std::span<const BlockedThread> b) {
  return std::lexicographical_compare_three_way(
      a.begin(), a.end(), b.begin(), b.end(), [](const BlockedThread& x, const BlockedThread& y) {
        if (const auto c = x.thread <=> y.thread; c != 0) return c;
        if (const auto c = x.pos.line <=> y.pos.line; c != 0) return c;
        return x.pos.column <=> y.pos.column;
      });
}

}  // namespace

std::size_t WordsHash::operator()(const std::vector<Word>& words) const {
  std::size_t hash = words.size();
  for (const Word value : words) {
    hash = (hash ^ static_cast<std::size_t>(value)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash;
}

void keep_first(std::optional<FoundDeadlock>& kept, const Deadlock& found) {
  if (kept) {
    const auto order = compare(found.assignment, kept->witness);
    if (order > 0 || (order == 0 && compare_waiting(found.blocked, kept->blocked) >= 0)) return;
  }
  kept.emplace(FoundDeadlock{Witness(found.assignment), {found.blocked.begin(), found.blocked.end()}});
}

void keep_first(std::optional<FoundDeadlock>& kept, std::optional<FoundDeadlock>&& found) {
  if (!found) return;
  if (kept) {
    const auto order = compare(found->witness, kept->witness);
    if (order > 0 || (order == 0 && compare_waiting(found->blocked, kept->blocked) >= 0)) return;
  }
  kept = std::move(found);
}

Tally::Tally(const LitmusTest& test, Keep keep)
    : test_(&test), keep_(keep), wanted_(test.kind() != Quantifier::kForall) {}

void Tally::observe(const FinalState& state) {
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

bool Tally::on_execution(const Execution& execution) {
  const FinalState state{execution.registers, execution.memory};
  if (!test_->accepted_by_filter(state)) return false;
  observe(state);
  auto found = states_.find(observed_);
  if (found == states_.end()) {
    found = states_.emplace(observed_, Entry{test_->state_line(state), test_->satisfies(state), 0}).first;
  }
  ++found->second.executions;
  if (keep_ == Keep::kStatesAndWitness && found->second.positive == wanted_ &&
      (!witness_ || compare(execution.assignment, *witness_) < 0)) {
    witness_.emplace(execution);
  }
  return true;
}

void Tally::on_deadlock(const Deadlock& deadlock) { keep_first(deadlock_, deadlock); }

bool Tally::on_failure(const Failure& failure) {
  mistakes_.insert({failure.pos, failure.message});
  return true;
}

void Tally::on_misbehaviour(ThreadId, SourcePos pos, const std::string& message) { mistakes_.insert({pos, message}); }

void Tally::merge(Tally&& other) {
  for (auto& [values, entry] : other.states_) {
    const auto [found, is_new] = states_.try_emplace(values, entry);
    if (!is_new) found->second.executions += entry.executions;
  }
  if (other.witness_ && (!witness_ || compare(*other.witness_, *witness_) < 0)) witness_.emplace(std::move(*other.witness_));
  keep_first(deadlock_, std::move(other.deadlock_));
  mistakes_.merge(other.mistakes_);
}

std::uint64_t Tally::count(bool positive) const {
  std::uint64_t sum = 0;
  for (const auto& [values, entry] : states_) sum += entry.positive == positive ? entry.executions : 0;
  return sum;
}

std::vector<State> Tally::states() const {
  std::vector<State> states;
  for (const auto& [values, entry] : states_) states.push_back({values, entry.line, entry.positive, entry.executions});
  std::sort(states.begin(), states.end(), [this](const State& a, const State& b) {
    return std::lexicographical_compare(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(),
                                        [this](Word x, Word y) { return compare_values(*test_, x, y) < 0; });
  });
  return states;
}

}  // namespace lkmc
