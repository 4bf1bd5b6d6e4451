// SPDX-License-Identifier: Apache-2.0
// Decisions, waits, checks, failures, and what depends on them.
#include "src/program/thread.h"

#include <algorithm>
#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {
namespace {

const std::vector<EventIndex> kNoReads;

}  // namespace

bool Thread::branch(const Value& condition) {
  act_on_rounds();
  if (const auto known = state_.expressions.constant_value(condition.expr)) return told(*known != 0 ? 1 : 0) != 0;
  if (const auto known = state_.known_truth(condition.expr)) return told(*known ? 1 : 0) != 0;
  const bool truth = state_.decide({.continuation = Continuation::kBranch, .expr = condition.expr}) != 0;
  state_.learn(condition.expr, truth);
  return told(truth ? 1 : 0) != 0;
}

Word Thread::choose(std::vector<Word> words, SourcePos pos) {
  act_on_rounds();
  if (words.size() == 1) return words.front();
  const Word word = state_.decide({.continuation = Continuation::kChoice, .outcomes = std::move(words), .pos = pos});
  const std::uint64_t hash = (static_cast<std::uint64_t>(state_.choices) ^ (static_cast<std::uint64_t>(word) + 1)) * 0x9E3779B97F4A7C15U;
  state_.choices = static_cast<Word>(hash >> 34);
  return told(word);
}

bool Thread::either(SourcePos pos) { return choose({0, 1}, pos) != 0; }

void Thread::require(const Value& condition, SourcePos pos) {
  act_on_rounds();
  (void)state_.decide({.continuation = Continuation::kRequire, .expr = condition.expr, .pos = pos});
  state_.learn(condition.expr, true);
}

bool Thread::chooses_to_wait(SourcePos pos) {
  state_.may_wait_for_ever = true;
  return state_.blocking == Blocking::kExplored && either(pos);
}

void Thread::wait_for_ever(const Value& condition, SourcePos pos, const Awaited& awaited) {
  state_.stop({.continuation = Continuation::kBlockedOnValue, .expr = condition.expr, .pos = pos, .awaited = awaited});
}

bool Thread::looks_again(const Value& condition) {
  if (state_.blocking != Blocking::kPassedOnce || state_.has_passed_round || branch(condition)) return false;
  return state_.has_passed_round = true;
}

void Thread::await(const Value& condition, SourcePos pos, const Awaited& awaited) {
  if (chooses_to_wait(pos)) wait_for_ever(condition, pos, awaited);
  (void)state_.decide({.continuation = Continuation::kRequire, .expr = condition.expr, .pos = pos, .awaited = awaited});
  state_.learn(condition.expr, true);
}

void Thread::await_work(const Value& condition, SourcePos pos) {
  if (either(pos)) state_.stop({.continuation = Continuation::kIdle, .expr = condition.expr, .pos = pos});
  require(condition, pos);
}

void Thread::stop_at_bound(SourcePos pos) {
  if (state_.bound.is_shown && !state_.recall && !state_.trial) {
    ThreadEvent e;
    e.event = {.kind = EventKind::kWrite, .tag = Tag::kOnce, .in_rmw = false, .thread = state_.id, .location = kBehindBound, .pos = pos};
    if (!state_.control.empty()) e.ctrl = state_.control.back();
    state_.events.push_back(std::move(e));
  }
  state_.stop({.continuation = Continuation::kBound, .pos = pos});
}

void Thread::check(const Value& condition, OnFailure on_failure, SourcePos pos, std::string message) {
  const auto known = state_.expressions.constant_value(condition.expr);
  if (known.value_or(0) != 0 || state_.recall || state_.trial) return;
  ++state_.remarks;
  if (known && on_failure == OnFailure::kStop) fail(pos, std::move(message));
  state_.checks.push_back(
      {.condition = condition.expr, .on_failure = on_failure, .before = event_count(), .pos = pos, .message = std::move(message)});
}

void Thread::fail(SourcePos pos, std::string message) {
  close_readers(pos);
  state_.stop({.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message)});
}

void Thread::fail_by_last_read(SourcePos pos, std::string message) {
  EventIndex read = static_cast<EventIndex>(state_.events.size()) - 1;
  while (read >= 0 && !state_.events[static_cast<std::size_t>(read)].event.is_read()) --read;
  close_readers(pos);
  state_.stop({.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message), .blamed = read});
}

// Who fails inside a read-side critical section never leaves it, so all that he has done there comes before the end of a grace
// period that waits for him. The model knows only sections that have an end.
void Thread::close_readers(SourcePos pos) {
  int open = 0;
  std::vector<EventIndex> open_srcu;
  for (std::size_t i = 0; i < state_.events.size(); ++i) {
    const ThreadEvent& e = state_.events[i];
    if (e.event.location == kNoLocation) {
      open += reader_step(e.event.tag);
    } else if (e.event.tag == Tag::kSrcuLock) {
      open_srcu.push_back(static_cast<EventIndex>(i));
    } else if (e.event.tag == Tag::kSrcuUnlock) {
      std::erase_if(open_srcu, [&](EventIndex lock) { return std::ranges::binary_search(e.data, lock); });
    }
  }
  for (; open > 0; --open) perform_fence(Tag::kRcuUnlock, pos);
  for (const EventIndex lock : open_srcu) {
    const Location srcu = state_.events[static_cast<std::size_t>(lock)].event.location;
    perform_write(EventKind::kWrite, Tag::kSrcuUnlock, srcu, kNoReads, {state_.expressions.read(lock), {lock}}, pos);
  }
}

Value Thread::assigned(Value value) const {
  if (!state_.control.empty()) value.conditions = merge_reads(value.conditions, state_.control.back());
  return value;
}

std::size_t Thread::open_control(const Value& condition) {
  const std::size_t open_before = state_.control.size();
  if (state_.trial) return open_before;  // on what the events depend has been noted
  std::vector<EventIndex> reads = deciding_reads(condition);
  if (!state_.control.empty()) reads = merge_reads(state_.control.back(), reads);
  state_.control.push_back(std::move(reads));
  return open_before;
}

void Thread::close_control(std::size_t open_before) {
  if (state_.control.size() > open_before) state_.control.resize(open_before);
}

// The ranges of nested scopes do not overlap and come in order.
void Thread::open_operands() { state_.unordered.emplace_back(event_count(), event_count()); }

void Thread::next_operand() { state_.unordered.back().second = event_count(); }
void Thread::close_operands() { state_.unordered.pop_back(); }
void Thread::end() { state_.stop({.continuation = Continuation::kEnd}); }

}  // namespace lkmc
