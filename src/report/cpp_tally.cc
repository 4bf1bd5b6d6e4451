// SPDX-License-Identifier: Apache-2.0
#include "src/report/cpp_tally.h"

#include <algorithm>
#include <utility>

namespace lkmc {
namespace {

// Ends are forgotten when there are more than this (some tens of megabytes).
constexpr std::size_t kMaxEnds = 200'000;

// Whether the slot of an observable has been filled in.
bool is_filled(std::span<const Word> registers, int slot) {
  const auto filled = static_cast<std::size_t>(slot) + 1;
  return filled < registers.size() && registers[filled] != 0;
}

const Event& event_of(const Assignment& assignment, int event) { return assignment.skeleton().graph.event(event); }

}  // namespace

bool CppTally::on_execution(const Execution& execution) {
  if (!execution.is_repeat) judge_end(execution);
  std::vector<DataRace> races;
  if (keep().race_flag && execution.checker.may_raise(*keep().race_flag)) races = data_races(execution, *keep().race_flag);
  ask_judges({.assignment = execution.assignment, .memory = execution.memory, .races = races});
  for (const DataRace& race : races) {
    if (!any_judge([&](const Judge& j) { return j.takes_over(execution.assignment, race); })) raced(race, execution.assignment);
  }
  return true;
}

void CppTally::on_flags(const Execution& execution, std::uint64_t flags) {
  for_each_bit(std::span<const BitWord>(&flags, 1),
               [&](int flag) { raising_.try_emplace(static_cast<std::size_t>(flag), execution.assignment); });
}

void CppTally::on_deadlock(const Deadlock& deadlock) {
  ask_judges({.assignment = deadlock.assignment});
  if (!any_judge([&](const Judge& j) { return j.explains(deadlock); })) Tally::on_deadlock(deadlock);
}

bool CppTally::on_failure(const Failure& failure) {
  ask_judges({.assignment = failure.assignment, .happened = failure.happened});
  if (any_judge([&](const Judge& j) { return j.explains(failure); })) return false;
  const Key key = key_of(failure.pos, failure.message, true);
  const auto found = violations_.find(key);
  std::vector<std::uint16_t> choices(failure.choices.begin(), failure.choices.end());
  if (found != violations_.end() && found->second.choices <= choices) return true;
  Charge charge{.pos = failure.pos, .message = failure.message};
  if (failure.blamed >= 0 && !event_of(failure.assignment, failure.blamed).is_initial()) {
    charge.other = "before";
    charge.other_pos = event_of(failure.assignment, failure.blamed).pos;
  }
  violations_.insert_or_assign(
      key, Violation{std::move(charge), Witness(failure.assignment), std::move(choices), {{failure.thread, failure.before}}});
  return true;
}

void CppTally::on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) {
  mistaken(pos, "thread " + test_->thread_name(thread) + ": " + message);
}

void CppTally::on_restart() { *this = CppTally(*test_, keep()); }

// --- judging one execution ------------------------------------------------------------------------------------------------

CppTally::Key CppTally::key_of(const SourcePos& pos, const std::string& message, bool in_thread) {
  return {pos.file != nullptr ? pos.file : "", pos.line, pos.column, message, in_thread};
}

void CppTally::ask_judges(const Ending& ending) {
  for (const auto& judge : judges_) {
    judge->judge(ending, [&](const Charge& charge) { violated(ending.assignment, charge); });
  }
}

bool CppTally::any_judge(const std::function<bool(const Judge&)>& says) const {
  return std::any_of(judges_.begin(), judges_.end(), [&](const auto& judge) { return says(*judge); });
}

void CppTally::violated(const Assignment& assignment, const Charge& charge) {
  const Key key = key_of(charge.pos, charge.message, false);
  const auto found = violations_.find(key);
  if (found == violations_.end()) {
    violations_.emplace(key, Violation{charge, Witness(assignment), {}});
  } else if (compare(assignment, found->second.witness) < 0) {
    found->second = Violation{charge, Witness(assignment), {}};
  }
}

// What the threads have left, and finally() finds in it.
void CppTally::judge_end(const Execution& execution) {
  if (test_->observable_count() != observables_) find_inputs();
  read_inputs(execution);
  if (end_before_ == nullptr || end_before_->first != inputs_) {
    auto found = ends_.find(inputs_);
    if (found == ends_.end()) {
      End end = work_out_end(execution);
      read_inputs(execution);  // finally() may have looked at more than ever before
      if (ends_.size() >= kMaxEnds) ends_.clear();
      found = ends_.emplace(inputs_, std::move(end)).first;
    }
    end_before_ = &*found;
  }
  const End& end = end_before_->second;
  ++*end.times;
  for (Asked* condition : end.reached) {
    ++condition->times;
    if (keep().witness && (!condition->witness || compare(execution.assignment, *condition->witness) < 0)) {
      condition->witness.emplace(execution);
    }
  }
  for (const Charge& failure : end.failures) violated(execution.assignment, failure);
}

// Notes what an End depends on, as far as that is known by now.
void CppTally::find_inputs() {
  const std::size_t known = input_slots_.size() + input_locations_.size();
  if (finally_ != nullptr) input_locations_.assign(finally_->locations().begin(), finally_->locations().end());
  input_slots_.clear();
  if (finally_ != nullptr) input_slots_.assign(finally_->slots().begin(), finally_->slots().end());
  const std::vector<Observable> all = test_->observables();
  for (const Observable& o : all) {
    const bool is_of_finally = o.kind == Observable::Kind::kCondition && o.thread == kInitThread;
    if (!is_of_finally) input_slots_.push_back(o.slot);
  }
  for (; observables_ < all.size(); ++observables_) {
    const Observable& o = all[observables_];
    (o.kind == Observable::Kind::kCondition ? conditions_[o.name].slots : value_slots_).push_back(o.slot);
  }
  if (input_slots_.size() + input_locations_.size() == known) return;
  ends_.clear();
  end_before_ = nullptr;
}

// What is in the slots; locations; and a bit for each slot, set where it is filled.
void CppTally::read_inputs(const Execution& execution) {
  const std::size_t values = input_slots_.size() + input_locations_.size();
  inputs_.resize(values + static_cast<std::size_t>(words_for(static_cast<int>(input_slots_.size()))));
  Word* to = inputs_.data();
  for (std::size_t i = values; i < inputs_.size(); ++i) to[i] = 0;
  for (std::size_t i = 0; i < input_slots_.size(); ++i) {
    const bool filled = is_filled(execution.registers, input_slots_[i]);
    *to++ = filled ? execution.registers[static_cast<std::size_t>(input_slots_[i])] : 0;
    if (filled) inputs_[values + i / kBitsPerWord] |= static_cast<Word>(BitWord{1} << (i % kBitsPerWord));
  }
  for (const Location l : input_locations_) *to++ = execution.memory[static_cast<std::size_t>(l)];
}

CppTally::End CppTally::work_out_end(const Execution& execution) {
  End end;
  registers_.assign(execution.registers.begin(), execution.registers.end());
  if (finally_ != nullptr) {
    const Finally::Seen seen = finally_->look(execution.memory, registers_);
    for (const Claim* check : seen.failed) end.failures.push_back({.pos = check->pos, .message = check->message});
    const PathNode& node = finally_->end(seen.path);
    if (node.misbehaves) {
      mistaken(node.pos, "finally(): " + node.message);
    } else if (node.continuation == Continuation::kFailed) {
      end.failures.push_back({.pos = node.pos, .message = node.message});
    }
  }
  find_inputs();  // also what finally() observes
  for (auto& [name, condition] : conditions_) {
    const bool holds = std::any_of(condition.slots.begin(), condition.slots.end(), [&](int slot) {
      return is_filled(registers_, slot) && registers_[static_cast<std::size_t>(slot)] != 0;
    });
    if (holds) end.reached.push_back(&condition);
  }
  std::vector<Word> state;
  for (const int slot : value_slots_) {
    if (is_filled(registers_, slot)) state.insert(state.end(), {slot, registers_[static_cast<std::size_t>(slot)]});
  }
  end.times = &states_.try_emplace(std::move(state), 0).first->second;
  return end;
}

// --- the sum --------------------------------------------------------------------------------------------------------------

void CppTally::merge(Tally&& tally) {
  auto& other = static_cast<CppTally&>(tally);
  for (auto& [key, violation] : other.violations_) {
    const auto [found, is_new] = violations_.try_emplace(key, std::move(violation));
    if (is_new) continue;
    const bool comes_first =
        key.in_thread ? violation.choices < found->second.choices : compare(violation.witness, found->second.witness) < 0;
    if (comes_first) found->second = std::move(violation);
  }
  for (auto& [name, condition] : other.conditions_) {
    Asked& all = conditions_[name];
    all.times += condition.times;
    if (condition.witness && (!all.witness || compare(*condition.witness, *all.witness) < 0)) all.witness = std::move(condition.witness);
  }
  for (const auto& [values, executions] : other.states_) states_[values] += executions;
  Tally::merge(std::move(tally));
}

std::vector<const Violation*> CppTally::violations() const {
  std::vector<const Violation*> all;
  for (const auto& [key, violation] : violations_) all.push_back(&violation);
  return all;
}

std::map<std::string, std::uint64_t> CppTally::reached() const {
  std::map<std::string, std::uint64_t> all;
  for (const Observable& o : test_->observables()) {
    if (o.kind == Observable::Kind::kCondition) all.try_emplace(o.name, 0);
  }
  for (const auto& [name, condition] : conditions_) all[name] = condition.times;
  return all;
}

std::map<CppTally::Values, std::uint64_t> CppTally::states() const {
  const std::vector<Observable> observables = test_->observables();
  std::map<Word, const std::string*> names;
  for (const Observable& o : observables) names.emplace(o.slot, &o.name);
  std::map<Values, std::uint64_t> states;
  for (const auto& [state, executions] : states_) {
    Values values;
    for (std::size_t i = 0; i < state.size(); i += 2) values.emplace(*names.at(state[i]), state[i + 1]);
    states[values] += executions;
  }
  return states;
}

}  // namespace lkmc
