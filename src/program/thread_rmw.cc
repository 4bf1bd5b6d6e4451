// SPDX-License-Identifier: Apache-2.0
// Read-modify-writes, and the locks that are made of them.
#include "src/program/thread.h"

#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {
namespace {

const std::vector<EventIndex> kNoReads;

}  // namespace

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

void Thread::rmw_write(EventIndex read, const Value& address, Location location, const Value& value, Tag tag, SourcePos pos) {
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
  return rmw(
      address, [&](const Value&) { return value; }, order, pos);
}

std::pair<Value, bool> Thread::release_rmw_acquire_if(const Value& address, const Function& condition, const Function& desired,
                                                      SourcePos pos) {
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

std::pair<Value, bool> Thread::try_rmw(const Value& address, const Function& condition, const Function& desired, Tag order, SourcePos pos) {
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

Value Thread::await_rmw(const Value& address, const Function& condition, const Function& desired, Tag wanted_order, SourcePos pos,
                        const Awaited& awaited) {
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

Value Thread::assume_rmw(const Value& address, const Function& condition, const Function& desired, Tag order, SourcePos pos) {
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

Value Thread::compare_exchange(const Value& address, const Value& expected, const Value& desired, Tag order, SourcePos pos) {
  return try_rmw(
             address, [&](const Value& old) { return binary(BinaryOp::kEqual, old, expected); }, [&](const Value&) { return desired; },
             order, pos)
      .first;
}

Value Thread::fetch_op(const Value& address, BinaryOp op, const Value& operand, Tag order, RmwResult result, SourcePos pos) {
  Value updated;
  const Value old = rmw(
      address, [&](const Value& v) { return updated = binary(op, v, operand); }, order, pos);
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
  const auto held = std::find_if(state_.held.begin(), state_.held.end(), [&](const auto& h) { return h.first == location; });
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

}  // namespace lkmc
