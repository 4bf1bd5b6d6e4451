// SPDX-License-Identifier: Apache-2.0
#include "src/program/thread.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {
namespace {

const std::vector<EventIndex> kNoReads;

}  // namespace

Word Thread::State::decide(PathNode node) {
  end_run_if_due();
  if (trial) {
    std::optional<Word> outcome;
    if (node.continuation == Continuation::kChoice) {
      outcome = trial->choice();
    } else if (node.continuation == Continuation::kValue) {
      if (const auto found = answers.values.find(node.expr); found != answers.values.end()) outcome = found->second;
    } else {
      outcome = known_truth(node.expr);
    }
    if (!outcome) end_trial(false);
    return *outcome;
  }
  const Continuation continuation = node.continuation;
  const ExprId expr = node.expr;
  const Word outcome = decide_for_good(std::move(node));
  answers.decisions.push_back(outcome);
  if (continuation == Continuation::kValue) answers.values.emplace(expr, outcome);
  if (continuation == Continuation::kChoice) answers.choices.emplace_back(static_cast<EventIndex>(events.size()), outcome);
  return outcome;
}

void Thread::State::end_trial(bool repeats) {
  if (!tried) tried = repeats;
  for (;;) fiber->suspend();
}

void Thread::State::end_run_if_due() {
  while ((tried || trial_to_come) && !is_unwound()) fiber->suspend();
}

Word Thread::State::decide_for_good(PathNode node) {
  if (replayed < replay.size()) {
    compare_with_recorded(node);
    computed.clear();
    locks.clear();
    objections.clear();
    checks.clear();
    marks.clear();
    comes_back_to.reset();
    return replay[replayed++];
  }
  if (refusal) stop(std::move(node));
  request = std::move(node);
  fiber->suspend();
  return answer;
}

std::optional<bool> Thread::State::known_truth(ExprId expr) const {
  const ExprPool::Question question = expressions.question_of(expr);
  const auto found = answers.truths.find({question.a, question.b});
  if (found == answers.truths.end()) return std::nullopt;
  return found->second != question.negated;
}

void Thread::State::learn(ExprId expr, bool truth) {
  const ExprPool::Question question = expressions.question_of(expr);
  answers.truths[{question.a, question.b}] = truth != question.negated;
}

void Thread::State::stop(PathNode node) {
  end_run_if_due();
  if (trial) end_trial(false);
  if (refusal) node = *refusal;
  // Who has started the thread has not stopped before, so this is another way than his.
  if (recall && !node.misbehaves) {
    const ExprId never = expressions.binary(BinaryOp::kEqual, recall->started, expressions.constant(0));
    (void)decide({.continuation = Continuation::kRequire, .expr = never});
    node = {.continuation = Continuation::kEnd};
  }
  if (!node.misbehaves && replayed < replay.size()) compare_with_recorded(node);
  node.observed = observed;
  request = std::move(node);
  // Only the destruction of the fiber resumes it, and that throws.
  for (;;) fiber->suspend();
}

void Thread::State::misbehave(SourcePos pos, std::string message) {
  stop({.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message), .misbehaves = true});
}

void Thread::State::compare_with_recorded(const PathNode& decision) {
  const PathNode& before = *recorded[replayed];
  const std::string suffix =
      ", so its code depends on something that lkmc does not track: time, randomness, a global or a static variable, a "
      "value that raw() gave";
  const auto differs = [&](SourcePos pos, const std::string& what) {
    misbehave(pos, "the thread behaved differently when it was run again: " + what + suffix);
  };
  const auto place = [](SourcePos pos) { return pos.line > 0 ? "in line " + std::to_string(pos.line) : std::string("somewhere"); };
  const auto begin = static_cast<std::size_t>(before.first_event);
  for (std::size_t i = 0; i < before.events.size() || begin + i < events.size(); ++i) {
    if (begin + i >= events.size()) {
      differs(decision.pos.line > 0 ? decision.pos : before.events[i].event.pos,
              "it did not do what it had done " + place(before.events[i].event.pos));
    }
    const ThreadEvent& now = events[begin + i];
    if (i >= before.events.size()) differs(now.event.pos, "it did here what it had not done before");
    const ThreadEvent& then = before.events[i];
    const bool same_statement = then.event.kind == now.event.kind && then.event.tag == now.event.tag &&
                                then.event.pos.line == now.event.pos.line && then.event.pos.column == now.event.pos.column;
    if (!same_statement) differs(now.event.pos, "it was here, where it had been " + place(then.event.pos));
    if (then.event.location != now.event.location) differs(now.event.pos, "it accessed another variable");
    if (then.value != now.value) differs(now.event.pos, "it stored another value");
    if (then.addr != now.addr || then.data != now.data || then.ctrl != now.ctrl) {
      differs(now.event.pos, "the access depended on other reads");
    }
  }
  if (before.continuation != decision.continuation || before.expr != decision.expr ||
      before.pos.line != decision.pos.line || before.outcomes != decision.outcomes) {
    const SourcePos last = decision.pos.line > 0 || events.empty() ? decision.pos : events.back().event.pos;
    differs(last, decision.continuation == Continuation::kEnd ? "it ended here, where it had gone on"
                                                              : "it decided something else from here on");
  }
}

Value Thread::constant(Word value) { return {state_.expressions.constant(value), {}}; }

Value Thread::unary(UnaryOp op, const Value& a) {
  return computed_from(a, computed(state_.expressions.unary(op, a.expr)));
}

Value Thread::binary(BinaryOp op, const Value& a, const Value& b) {
  return computed_from(a, b, computed(state_.expressions.binary(op, a.expr, b.expr)));
}

ExprId Thread::computed(ExprId e) {
  if (!state_.expressions.constant_value(e) && !state_.trial) state_.computed.push_back(e);
  return e;
}

// Appends an event that depends by address on `address` and by data on `data`, and returns its index.
EventIndex Thread::perform(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address,
                           const std::vector<EventIndex>& data, SourcePos pos) {
  if (state_.recall) return perform_recalled(kind, pos);
  act_on_rounds();
  if (state_.trial) return perform_tried({.kind = kind, .tag = tag, .location = location, .pos = pos});
  const auto index = static_cast<EventIndex>(state_.events.size());
  if (index >= state_.program.max_events()) {
    state_.misbehave(pos, "the thread performs more than " + std::to_string(index) + " events: a loop without end?");
  }
  ThreadEvent e;
  e.event = {.kind = kind, .tag = tag, .in_rmw = false, .thread = state_.id, .location = location, .pos = pos};
  const bool is_racy = location != kNoLocation && state_.program.locations()[static_cast<std::size_t>(location)].is_racy;
  e.event.race_is_meant = is_racy || state_.means_races > 0;
  e.addr = address;
  e.data = data;
  if (!state_.control.empty()) e.ctrl = state_.control.back();
  e.event.is_operand = !state_.unordered.empty();
  for (const auto& [from, to] : state_.unordered) {
    for (EventIndex earlier = from; earlier < to; ++earlier) e.unordered.push_back(earlier);
  }
  if (e.event.is_read()) e.value = state_.expressions.read(index);
  state_.events.push_back(std::move(e));
  if (state_.watcher && location != kNoLocation) state_.watcher(index, state_.events.back().event);
  return index;
}

EventIndex Thread::perform_tried(const Event& event) {
  const EventIndex index = state_.trial->next();
  if (!state_.trial->performs(event)) state_.end_trial(false);
  return index;
}

// Only ordinary reads have values that are needed.
EventIndex Thread::perform_recalled(EventKind kind, SourcePos pos) {
  State::Recall& recall = *state_.recall;
  const auto index = static_cast<EventIndex>(state_.events.size());
  recall.left_out = {};
  if (kind != EventKind::kRead) {
    if (kind == EventKind::kWrite || kind == EventKind::kUnlock || kind == EventKind::kPoison) recall.writes.push_back(index);
    return 0;  // what depends on it depends on what the thread read when it was started
  }
  if (recall.reads >= recall.read_before.size()) end();
  ThreadEvent e;
  e.event = {.kind = kind, .tag = Tag::kOnce, .in_rmw = false, .thread = state_.id, .location = recall.read_before[recall.reads++], .pos = pos};
  e.value = state_.expressions.read(index);
  state_.events.push_back(std::move(e));
  return index;
}

EventIndex Thread::perform_write(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address,
                                 const Value& value, SourcePos pos) {
  const EventIndex w = perform(kind, tag, location, address, value.reads, pos);
  if (state_.trial && state_.events[static_cast<std::size_t>(w)].value != value.expr) state_.end_trial(false);
  state_.latest().value = value.expr;
  return w;
}

Word Thread::concretize(const Value& value, SourcePos pos, Wanted wanted) {
  act_on_rounds();
  if (const auto known = state_.expressions.constant_value(value.expr)) return told(*known);
  return told(state_.decide({.continuation = Continuation::kValue, .expr = value.expr, .wants_address = wanted == Wanted::kAddress, .pos = pos}));
}

Word Thread::told(Word answer) {
  if (!state_.trial) state_.answers.told.push_back(answer);
  return answer;
}

Location Thread::resolve(const Value& address, SourcePos pos) {
  const Word word = concretize(address, pos, Wanted::kAddress);
  const auto location = state_.program.location_at(word);
  if (location) return *location;
  if (word == 0) fail(pos, "null pointer dereference");
  const std::string place = state_.program.place_at(word);
  fail(pos, place.empty() ? "access through a value that is not an address" : "access to `" + place + "`, where there is nothing");
}

Value Thread::value_of(EventIndex read) {
  return {state_.events[static_cast<std::size_t>(read)].value, {read}};
}

Value Thread::read(const Value& address, Tag tag, SourcePos pos) {
  const Location location = resolve(address, pos);
  const Marking marking = marked(Operation::kRead, tag, pos);
  const EventIndex r = perform(EventKind::kRead, marking.tag, location, address.reads, kNoReads, pos);
  if (marking.race_is_meant) last_event().race_is_meant = true;
  return value_of(r);
}

void Thread::write(const Value& address, const Value& value, Tag tag, SourcePos pos) {
  const Location location = resolve(address, pos);
  const Marking marking = marked(Operation::kWrite, tag, pos);
  perform_write(EventKind::kWrite, marking.tag, location, address.reads, value, pos);
  if (marking.race_is_meant) last_event().race_is_meant = true;
}

Event& Thread::last_event() { return state_.latest().event; }

void Thread::mean_races(bool meant) { state_.means_races += meant ? 1 : -1; }

Marking Thread::marked(Operation operation, Tag tag, SourcePos pos) {
  const Marking marking = state_.program.marking(operation, tag, pos);
  if (marking.fence_before) perform_fence(*marking.fence_before, pos);
  return marking;
}

void Thread::perform_fence(Tag tag, SourcePos pos) {
  perform(EventKind::kFence, tag, kNoLocation, kNoReads, kNoReads, pos);
}

// A read-side critical section that does not begin does not end.
void Thread::fence(Tag tag, SourcePos pos) {
  if (tag != Tag::kRcuUnlock) {
    const Tag performed = marked(Operation::kFence, tag, pos).tag;
    if (tag == Tag::kRcuLock) state_.sections.push_back(performed == Tag::kRcuLock);
    return perform_fence(performed, pos);
  }
  const bool has_begun = state_.sections.empty() || state_.sections.back();
  if (!state_.sections.empty()) state_.sections.pop_back();
  perform_fence(has_begun ? Tag::kRcuUnlock : Tag::kNone, pos);
}

void Thread::synchronize_rcu(SourcePos pos) {
  const Tag tag = marked(Operation::kFence, Tag::kSyncRcu, pos).tag;
  if (tag == Tag::kSyncRcu) await_readers(kNoLocation, pos);
  perform_fence(tag, pos);
}

void Thread::synchronize_srcu(const Value& srcu, SourcePos pos) {
  const Location location = resolve(srcu, pos);
  const Tag tag = marked(Operation::kFence, Tag::kSyncSrcu, pos).tag;
  if (tag != Tag::kSyncSrcu) return perform_fence(tag, pos);
  await_readers(location, pos);
  perform(EventKind::kSyncSrcu, tag, location, srcu.reads, kNoReads, pos);
}

// A grace period never ends if some reader never leaves. That this thread waits here is no reason by itself to look for
// deadlocks, unless it is such a reader or holds what one may wait for: the others that wait say so themselves.
void Thread::await_readers(Location srcu, SourcePos pos) {
  int open = 0;
  for (const ThreadEvent& e : state_.events) {
    if (e.event.location == srcu) open += reader_step(e.event.tag);
  }
  if (open > 0 || !state_.held.empty()) state_.may_wait_for_ever = true;
  if (state_.blocking != Blocking::kExplored || !either(pos)) return;
  wait_for_ever(constant(0), pos, {.what = "the end of a grace period", .readers_of = srcu});
}

void Thread::poison(const Value& address, Word content, SourcePos pos) {
  perform_write(EventKind::kPoison, Tag::kPlain, resolve(address, pos), address.reads, constant(content), pos);
}

// The tags of the two halves of an RMW. In the tagged style both have the operation's own; the model knows that an
// acquire orders only the read and a release only the write.
Thread::RmwTags Thread::rmw_tags(Tag order) const {
  if (state_.style == RmwStyle::kTagged) return {order, order};
  switch (order) {
    case Tag::kAcquire:
      return {Tag::kAcquire, Tag::kOnce};
    case Tag::kRelease:
      return {Tag::kOnce, Tag::kRelease};
    case Tag::kNoreturn:
      return {Tag::kNoreturn, Tag::kOnce};
    default:
      return {Tag::kOnce, Tag::kOnce};
  }
}

void Thread::full_fence_around_rmw(Tag order, SourcePos pos) {
  if (order == Tag::kMb && state_.style == RmwStyle::kFenced) perform_fence(Tag::kMb, pos);
}

EventIndex Thread::rmw_read(const Value& address, Location location, Tag tag, SourcePos pos) {
  const EventIndex r = perform(EventKind::kRead, tag, location, address.reads, kNoReads, pos);
  state_.latest().event.in_rmw = true;
  return r;
}

void Thread::rmw_write(EventIndex read, const Value& address, Location location, const Value& value, Tag tag,
                       SourcePos pos) {
  perform_write(EventKind::kWrite, tag, location, address.reads, value, pos);
  state_.latest().event.in_rmw = true;
  state_.latest().read_half = read;
}

Value Thread::rmw(const Value& address, const Function& desired, Tag order, SourcePos pos, Form form) {
  const Location location = resolve(address, pos);
  order = rmw_order(order, pos);
  full_fence_around_rmw(order, pos);
  const RmwTags tags = rmw_tags(order);
  const EventIndex r = rmw_read(address, location, tags.read, pos);
  last_event().form = form;
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  last_event().form = form;
  full_fence_around_rmw(order, pos);
  return value_of(r);
}

Value Thread::exchange(const Value& address, const Value& value, Tag order, SourcePos pos) {
  return rmw(address, [&](const Value&) { return value; }, order, pos);
}

std::pair<Value, bool> Thread::release_rmw_acquire_if(const Value& address, const Function& condition,
                                                      const Function& desired, SourcePos pos) {
  const Location location = resolve(address, pos);
  const RmwTags tags = rmw_tags(rmw_order(Tag::kRelease, pos));
  const Tag acquire = marked(Operation::kAcquireIf, Tag::kAcquire, pos).tag;
  // The tag of the read depends on the outcome, which therefore comes first.
  const bool acquires = either(pos);
  const EventIndex r = rmw_read(address, location, acquires ? acquire : tags.read, pos);
  const Value holds = condition(value_of(r));
  require(acquires ? holds : unary(UnaryOp::kLogicalNot, holds), pos);
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  return {value_of(r), acquires};
}

std::pair<Value, bool> Thread::try_rmw(const Value& address, const Function& condition, const Function& desired,
                                       Tag order, SourcePos pos) {
  const Location location = resolve(address, pos);
  order = rmw_order(order, pos);
  const RmwTags tags = rmw_tags(order);
  if (state_.style == RmwStyle::kTagged || order == Tag::kOnce) {
    const EventIndex r = rmw_read(address, location, tags.read, pos);
    if (!branch(condition(value_of(r)))) return {value_of(r), false};
    rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
    return {value_of(r), true};
  }
  // Here a failing operation has other events before its read than a succeeding one: the outcome comes first.
  const bool success = either(pos);
  if (success) full_fence_around_rmw(order, pos);
  const EventIndex r = rmw_read(address, location, success ? tags.read : Tag::kOnce, pos);
  const Value holds = condition(value_of(r));
  require(success ? holds : unary(UnaryOp::kLogicalNot, holds), pos);
  if (success) {
    rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
    full_fence_around_rmw(order, pos);
  }
  return {value_of(r), success};
}

Value Thread::await_rmw(const Value& address, const Function& condition, const Function& desired, Tag wanted_order,
                        SourcePos pos, const Awaited& awaited) {
  const Location location = resolve(address, pos);
  const Tag order = rmw_order(wanted_order, pos);
  full_fence_around_rmw(order, pos);
  const RmwTags tags = rmw_tags(order);
  const EventIndex r = rmw_read(address, location, tags.read, pos);
  const Value holds = condition(value_of(r));
  if (looks_again(holds)) return await_rmw(address, condition, desired, wanted_order, pos, awaited);
  await(holds, pos, {.what = awaited.what, .lock = awaited.lock, .shared = awaited.shared, .looks = {r}});
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  full_fence_around_rmw(order, pos);
  return value_of(r);
}

Value Thread::assume_rmw(const Value& address, const Function& condition, const Function& desired, Tag order,
                         SourcePos pos) {
  const Location location = resolve(address, pos);
  order = rmw_order(order, pos);
  full_fence_around_rmw(order, pos);
  const RmwTags tags = rmw_tags(order);
  const EventIndex r = rmw_read(address, location, tags.read, pos);
  require(condition(value_of(r)), pos);
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  full_fence_around_rmw(order, pos);
  return value_of(r);
}

Value Thread::compare_exchange(const Value& address, const Value& expected, const Value& desired, Tag order,
                               SourcePos pos) {
  return try_rmw(
             address, [&](const Value& old) { return binary(BinaryOp::kEqual, old, expected); },
             [&](const Value&) { return desired; }, order, pos)
      .first;
}

Value Thread::fetch_op(const Value& address, BinaryOp op, const Value& operand, Tag order, RmwResult result,
                       SourcePos pos) {
  Value updated;
  const Value old = rmw(address, [&](const Value& v) { return updated = binary(op, v, operand); }, order, pos);
  switch (result) {
    case RmwResult::kNew:
      return updated;
    case RmwResult::kOld:
      return computed_from(updated, old.expr);
    case RmwResult::kNone:
      return {};
  }
  return {};
}

void Thread::take_lock(const Value& lock, Location location, SourcePos pos) {
  const EventIndex r = perform(EventKind::kLockRead, Tag::kAcquire, location, lock.reads, kNoReads, pos);
  const EventIndex w = perform_write(EventKind::kLockWrite, Tag::kOnce, location, lock.reads, constant(1), pos);
  state_.latest().read_half = r;
  state_.held.emplace_back(location, w);
}

std::pair<Value, Value> Thread::update(const Value& address, const Function& desired, const Halves& halves, SourcePos pos) {
  const Location location = resolve(address, pos);
  Marking read{.tag = halves.read};
  Marking write{.tag = halves.write};
  Form form = halves.form;
  if (form == Form::kCompound) {
    read = marked(Operation::kRead, read.tag, pos);
    write = marked(Operation::kWrite, write.tag, pos);
    if (read.tag != Tag::kPlain || write.tag != Tag::kPlain) form = Form::kAccess;
  }
  const EventIndex r = perform(EventKind::kRead, read.tag, location, address.reads, kNoReads, pos);
  last_event().form = form;
  if (read.race_is_meant) last_event().race_is_meant = true;
  const Value updated = desired(value_of(r));
  perform_write(EventKind::kWrite, write.tag, location, address.reads, updated, pos);
  last_event().form = form;
  if (write.race_is_meant) last_event().race_is_meant = true;
  return {value_of(r), updated};
}

void Thread::mark(Mark mark) {
  if (state_.recall || state_.trial) return;
  ++state_.remarks;
  mark.before = static_cast<EventIndex>(state_.events.size());
  state_.marks.push_back(mark);
}

void Thread::mark_location(Mark mark, const Value& address) {
  mark.location = resolve(address, mark.pos);
  this->mark(mark);
}

void Thread::spin_lock(const Value& lock, SourcePos pos) {
  const Location location = resolve(lock, pos);
  if (!state_.held.empty()) state_.may_wait_for_ever = true;
  if (state_.blocking == Blocking::kExplored) {
    const bool blocks = either(pos);
    if (blocks) state_.stop({.continuation = Continuation::kBlockedOnLock, .location = location, .pos = pos});
  }
  take_lock(lock, location, pos);
}

Value Thread::spin_trylock(const Value& lock, SourcePos pos) {
  const Location location = resolve(lock, pos);
  const bool success = either(pos);
  if (!success) {
    const EventIndex r = perform(EventKind::kLockFail, Tag::kOnce, location, lock.reads, kNoReads, pos);
    return {state_.expressions.constant(0), {r}};
  }
  take_lock(lock, location, pos);
  return {state_.expressions.constant(1), {state_.latest().read_half}};
}

Value Thread::spin_is_locked(const Value& lock, SourcePos pos) {
  const Location location = resolve(lock, pos);
  const bool locked = either(pos);
  const EventKind kind = locked ? EventKind::kReadLocked : EventKind::kReadUnlocked;
  const EventIndex r = perform(kind, Tag::kOnce, location, lock.reads, kNoReads, pos);
  return {state_.expressions.constant(locked ? 1 : 0), {r}};
}

void Thread::spin_unlock(const Value& lock, SourcePos pos, Unmatched unmatched) {
  const Location location = resolve(lock, pos);
  const auto held = std::find_if(state_.held.begin(), state_.held.end(),
                                 [&](const auto& h) { return h.first == location; });
  if (held == state_.held.end() && unmatched == Unmatched::kFails) {
    fail(pos, "spin_unlock() of a lock that this thread does not hold");
  }
  perform_write(EventKind::kUnlock, Tag::kRelease, location, lock.reads, constant(0), pos);
  if (held == state_.held.end()) {
    state_.latest().event.unmatched = true;
    return;
  }
  state_.latest().acquired = held->second;
  state_.held.erase(held);
}

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
  state_.stop({.continuation = Continuation::kBlockedOnValue,
               .expr = condition.expr,
               .pos = pos,
               .awaited = awaited});
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

void Thread::act_on_rounds() {
  state_.end_run_if_due();
  if (state_.trial || state_.is_unwound()) return;
  while (const auto round = state_.rounds.without_trace()) leave_out(*round);
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

void Thread::count_round(int& rounds, SourcePos pos) {
  if (!state_.trial && rounds++ >= state_.bound.max_rounds) stop_at_bound(pos);
}

int Thread::max_rounds() const { return state_.bound.max_rounds; }

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
  state_.checks.push_back({.condition = condition.expr, .on_failure = on_failure, .before = event_count(), .pos = pos, .message = std::move(message)});
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

void Thread::refuse(SourcePos pos, std::string message) {
  if (!state_.refusal) {
    state_.refusal = PathNode{.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message), .misbehaves = true};
  }
}

bool Thread::is_known(const Value& value) const { return state_.expressions.constant_value(value.expr).has_value(); }

bool Thread::is_decided(const Value& condition) const { return is_known(condition) || state_.known_truth(condition.expr).has_value(); }

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

EventIndex Thread::event_count() const {
  return state_.trial ? state_.trial->next() : static_cast<EventIndex>(state_.events.size());
}

bool Thread::wrote_since(EventIndex first) const {
  if (state_.recall && std::any_of(state_.recall->writes.begin(), state_.recall->writes.end(), [&](EventIndex w) { return w >= first; })) return true;
  return std::any_of(state_.events.begin() + first, state_.events.begin() + event_count(),
                     [](const ThreadEvent& e) { return e.event.is_write(); });
}

std::vector<EventIndex> Thread::reads_since(EventIndex first) const {
  std::vector<EventIndex> reads;
  for (EventIndex e = first; e < event_count(); ++e) {
    if (state_.events[static_cast<std::size_t>(e)].event.is_read()) reads.push_back(e);
  }
  return reads;
}

EventIndex Thread::lock_taken(const LockId& lock, bool shared) {
  if (state_.recall || state_.trial) return 0;
  const auto from = static_cast<EventIndex>(state_.events.size()) - 1;
  state_.locks.push_back({.from = from, .lock = lock, .shared = shared});
  return from;
}

void Thread::lock_given_back(EventIndex from) {
  if (state_.recall || state_.trial) return;
  state_.locks.push_back({.from = from, .to = static_cast<EventIndex>(state_.events.size())});
}

void Thread::recall(const Value& started, std::vector<Location> read_before) {
  state_.recall.emplace(State::Recall{.started = started.expr, .read_before = std::move(read_before)});
  state_.choices = 0;
}

bool Thread::recalls() const { return state_.recall.has_value(); }

void Thread::end_recall(SourcePos pos) {
  const ExprId started = state_.recall->started;
  state_.recall.reset();
  state_.held.clear();
  require(binary(BinaryOp::kEqual, {started, {}}, constant(choices() + 1)), pos);
}

Word Thread::choices() const { return state_.choices; }

std::vector<Value> Thread::values_read(EventIndex skipped) const {
  std::vector<Value> values;
  for (EventIndex e = skipped; e < event_count(); ++e) {
    const ThreadEvent& event = state_.events[static_cast<std::size_t>(e)];
    if (event.event.kind == EventKind::kRead) values.push_back({event.value, {e}});
  }
  return values;
}

void Thread::end() { state_.stop({.continuation = Continuation::kEnd}); }

void Thread::watch(Watcher watcher) { state_.watcher = std::move(watcher); }
void Thread::object_to(Objection objection) {
  if (state_.recall || state_.trial) return;
  ++state_.remarks;
  state_.objections.push_back(std::move(objection));
}

void* Thread::front_end() const { return state_.front_end; }
void Thread::set_front_end(void* data) { state_.front_end = data; }

void Thread::observe(int slot, const Value& value) {
  if (state_.recall || state_.trial) return;
  const auto index = static_cast<std::size_t>(slot);
  if (state_.observed.size() <= index) state_.observed.resize(index + 1, kUnobserved);
  state_.observed[index] = value.expr;
}

}  // namespace lkmc
