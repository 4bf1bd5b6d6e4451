// SPDX-License-Identifier: Apache-2.0
// Loops whose rounds may leave no trace (rounds.h, repetition.h).
#include "src/program/thread.h"

#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {

std::size_t Thread::watch_rounds(SourcePos pos) { return state_.rounds.watch(pos); }

void Thread::begin_round(std::size_t place, bool same_otherwise, const HiddenState& hidden) {
  if (state_.recall) return;
  const Moment now{event_count(), state_.answers.decisions.size(), state_.answers.told.size(), state_.remarks};
  if (state_.trial) {
    if (state_.trial->place() == place) end_round_of_trial(same_otherwise, hidden);
    return;
  }
  if (state_.wanted_trial && state_.wanted_trial->begins_at(place, now)) return begin_trial();
  if (const auto round = state_.rounds.ends(place, now); round && round->begin.events < round->end.events && same_otherwise) {
    const auto back = state_.rounds.comes_back_to(place);
    const bool without_mark = leaves_no_mark(*round);
    if ((back || without_mark) && (!hidden || repeats_last(place, *round))) {
      if (back && *back < state_.answers.decisions.size()) state_.comes_back_to = back;
      if (without_mark) state_.rounds.keep_in_view(place, *round);
    }
  }
  state_.rounds.begin(place, now);
}

// Whether the round has left the thread as it was after the round before. If that is not known, this run of the thread is to end, and it
// is run anew to find out.
bool Thread::repeats_last(std::size_t place, const Round& round) {
  const auto last = state_.rounds.ended_before(place);
  if (!last || !is_alike(*last, round, state_.events, state_.answers)) return false;
  const auto decisions = state_.answers.decisions.begin();
  TrialKey key(state_.id, state_.style, state_.blocking, {decisions, decisions + static_cast<std::ptrdiff_t>(last->end.decisions)}, place,
               last->begin.events, last->end.events);
  if (const auto known = state_.program.trials().outcome(key)) return *known;
  if (!state_.trial_to_come) state_.trial_to_come.emplace(std::move(key), place, *last, state_.events, state_.answers);
  return false;
}

// From here on the thread does nothing new.
void Thread::begin_trial() {
  state_.trial = std::exchange(state_.wanted_trial, std::nullopt);
  state_.events = state_.trial->events();
  state_.answers = state_.trial->answers();
}

void Thread::end_round_of_trial(bool same_otherwise, const HiddenState& hidden) {
  state_.allocations->end();
  std::vector<std::byte> bytes;
  const bool is_known = same_otherwise && hidden(bytes);
  if (is_known) state_.allocations->append_to(bytes);
  const auto repeats = is_known ? state_.trial->ends(std::move(bytes)) : std::optional(false);
  if (repeats && !state_.tried) state_.tried = repeats;
  state_.allocations->begin();
}

void Thread::act_on_rounds() {
  state_.end_run_if_due();
  if (state_.trial || state_.is_unwound()) return;
  while (const auto round = state_.rounds.without_trace()) leave_out(*round);
}

void Thread::count_round(int& rounds, SourcePos pos) {
  if (!state_.trial && rounds++ >= state_.bound.max_rounds) stop_at_bound(pos);
}

int Thread::max_rounds() const { return state_.bound.max_rounds; }

bool Thread::is_tried() const { return state_.trial.has_value(); }
void Thread::give_up_rounds(std::size_t watched_before) { state_.rounds.give_up(watched_before); }

void Thread::variable_made(const Value& variable) {
  if (!state_.trial) state_.rounds.made(&variable);
}

void Thread::variable_changes(const Value& variable) {
  act_on_rounds();
  if (state_.trial) return;
  state_.rounds.changes(&variable);
  act_on_rounds();
}

void Thread::variable_read(const Value& variable) {
  if (!state_.trial) state_.rounds.read(&variable);
}

// Called where a path cannot end, in destructors: what follows from it is seen to at the next opportunity.
void Thread::variable_gone(const Value& variable) {
  if (!state_.trial) state_.rounds.gone(&variable);
}

// Whether the events of a round that has just ended, some of them reads, are such that nobody misses them.
bool Thread::leaves_no_mark(const Round& round) const {
  if (round.begin.remarks != round.end.remarks) return false;
  int open = 0;
  bool reads = false;
  for (auto e = state_.events.begin() + round.begin.events; e != state_.events.end(); ++e) {
    const Event& event = e->event;
    const bool only_reads = event.is_read() && event.kind != EventKind::kLockRead && event.tag != Tag::kSrcuLock;
    if (!only_reads && event.kind != EventKind::kFence) return false;
    reads = reads || only_reads;
    open += reader_step(event.tag);
    if (open < 0) return false;
  }
  return reads && open == 0;
}

// Ends the path unless memory has changed in the round.
void Thread::leave_out(const Round& round) {
  const Value changed{.expr = saw_change(round)};
  const auto constant = state_.expressions.constant_value(changed.expr);
  if (state_.known_truth(changed.expr).value_or(constant && *constant != 0)) return;
  state_.may_wait_for_ever = true;
  if (!constant) {
    const std::size_t told_before = state_.answers.told.size();  // the program is not told
    const bool has_changed = branch(changed);
    state_.answers.told.resize(told_before);
    if (has_changed) return;
  }
  if (state_.blocking == Blocking::kPassedOnce && !std::exchange(state_.has_passed_round, true)) return;
  std::vector<EventIndex> looks;
  for (EventIndex e = round.begin.events; e < round.end.events; ++e) {
    if (state_.events[static_cast<std::size_t>(e)].event.is_read()) looks.push_back(e);
  }
  const SourcePos pos = round.pos.line > 0 ? round.pos : state_.events[static_cast<std::size_t>(looks.back())].event.pos;
  if (state_.blocking == Blocking::kExplored) wait_for_ever({}, pos, {.looks = std::move(looks)});
  state_.stop({.continuation = Continuation::kLeftOut, .pos = pos, .awaited = {.looks = std::move(looks)}});
}

// Whether some location has two values in the round.
ExprId Thread::saw_change(const Round& round) {
  ExprPool& expressions = state_.expressions;
  std::map<Location, ExprId> last;
  ExprId changed = expressions.constant(0);
  for (EventIndex e = round.begin.events; e < round.end.events; ++e) {
    const ThreadEvent& event = state_.events[static_cast<std::size_t>(e)];
    if (!event.event.is_read()) continue;
    const auto [seen, is_first] = last.try_emplace(event.event.location, event.value);
    if (is_first) continue;
    const ExprId differs = expressions.binary(BinaryOp::kNotEqual, std::exchange(seen->second, event.value), event.value);
    changed = expressions.constant_value(changed) ? differs : expressions.binary(BinaryOp::kLogicalOr, changed, differs);
  }
  return changed;
}

}  // namespace lkmc
