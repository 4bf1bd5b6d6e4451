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
  if (replayed < replay.size()) {
    compare_with_recorded(node);
    computed.clear();
    locks.clear();
    objections.clear();
    marks.clear();
    return replay[replayed++];
  }
  request = std::move(node);
  fiber->suspend();
  return answer;
}

void Thread::State::stop(PathNode node) {
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
  if (!state_.expressions.constant_value(e)) state_.computed.push_back(e);
  return e;
}

// Appends an event that depends by address on `address` and by data on `data`, and returns its index.
EventIndex Thread::perform(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address,
                           const std::vector<EventIndex>& data, SourcePos pos) {
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

EventIndex Thread::perform_write(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address,
                                 const Value& value, SourcePos pos) {
  const EventIndex w = perform(kind, tag, location, address, value.reads, pos);
  state_.events.back().value = value.expr;
  return w;
}

Word Thread::concretize(const Value& value, SourcePos pos, Wanted wanted) {
  if (const auto known = state_.expressions.constant_value(value.expr)) return *known;
  return state_.decide({.continuation = Continuation::kValue, .expr = value.expr, .wants_address = wanted == Wanted::kAddress, .pos = pos});
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
  const Marking marking = state_.program.marking(EventKind::kRead, tag, pos);
  const EventIndex r = perform(EventKind::kRead, marking.tag, location, address.reads, kNoReads, pos);
  if (marking.race_is_meant) last_event().race_is_meant = true;
  return value_of(r);
}

void Thread::write(const Value& address, const Value& value, Tag tag, SourcePos pos) {
  const Location location = resolve(address, pos);
  const Marking marking = state_.program.marking(EventKind::kWrite, tag, pos);
  perform_write(EventKind::kWrite, marking.tag, location, address.reads, value, pos);
  if (marking.race_is_meant) last_event().race_is_meant = true;
}

Event& Thread::last_event() { return state_.events.back().event; }

void Thread::mean_races(bool meant) { state_.means_races += meant ? 1 : -1; }

void Thread::fence(Tag tag, SourcePos pos) {
  perform(EventKind::kFence, tag, kNoLocation, kNoReads, kNoReads, pos);
}

void Thread::synchronize_rcu(SourcePos pos) {
  await_readers(kNoLocation, pos);
  fence(Tag::kSyncRcu, pos);
}

void Thread::synchronize_srcu(const Value& srcu, SourcePos pos) {
  const Location location = resolve(srcu, pos);
  await_readers(location, pos);
  perform(EventKind::kSyncSrcu, Tag::kSyncSrcu, location, srcu.reads, kNoReads, pos);
}

// A grace period never ends if some reader never leaves. That this thread waits here is no reason by itself to look for
// deadlocks, unless it is such a reader or holds what one may wait for: the others that wait say so themselves.
void Thread::await_readers(Location srcu, SourcePos pos) {
  int open = 0;
  for (const ThreadEvent& e : state_.events) {
    if (e.event.location == srcu) open += reader_step(e.event.tag);
  }
  if (open > 0 || !state_.held.empty()) state_.may_wait_for_ever = true;
  if (state_.blocking == Blocking::kIgnored || !either(pos)) return;
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
  if (order == Tag::kMb && state_.style == RmwStyle::kFenced) fence(Tag::kMb, pos);
}

EventIndex Thread::rmw_read(const Value& address, Location location, Tag tag, SourcePos pos) {
  const EventIndex r = perform(EventKind::kRead, tag, location, address.reads, kNoReads, pos);
  state_.events.back().event.in_rmw = true;
  return r;
}

void Thread::rmw_write(EventIndex read, const Value& address, Location location, const Value& value, Tag tag,
                       SourcePos pos) {
  perform_write(EventKind::kWrite, tag, location, address.reads, value, pos);
  state_.events.back().event.in_rmw = true;
  state_.events.back().read_half = read;
}

Value Thread::rmw(const Value& address, const Function& desired, Tag order, SourcePos pos, Form form) {
  const Location location = resolve(address, pos);
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
  const RmwTags tags = rmw_tags(Tag::kRelease);
  // The tag of the read depends on the outcome, which therefore comes first.
  const bool acquires = either(pos);
  const EventIndex r = rmw_read(address, location, acquires ? Tag::kAcquire : tags.read, pos);
  const Value holds = condition(value_of(r));
  require(acquires ? holds : unary(UnaryOp::kLogicalNot, holds), pos);
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  return {value_of(r), acquires};
}

std::pair<Value, bool> Thread::try_rmw(const Value& address, const Function& condition, const Function& desired,
                                       Tag order, SourcePos pos) {
  const Location location = resolve(address, pos);
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

Value Thread::await_rmw(const Value& address, const Function& condition, const Function& desired, Tag order,
                        SourcePos pos, const Awaited& awaited) {
  const Location location = resolve(address, pos);
  full_fence_around_rmw(order, pos);
  const RmwTags tags = rmw_tags(order);
  const EventIndex r = rmw_read(address, location, tags.read, pos);
  await(condition(value_of(r)), pos, {.what = awaited.what, .lock = awaited.lock, .shared = awaited.shared, .looks = {r}});
  rmw_write(r, address, location, desired(value_of(r)), tags.write, pos);
  full_fence_around_rmw(order, pos);
  return value_of(r);
}

Value Thread::assume_rmw(const Value& address, const Function& condition, const Function& desired, Tag order,
                         SourcePos pos) {
  const Location location = resolve(address, pos);
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
  state_.events.back().read_half = r;
  state_.held.emplace_back(location, w);
}

std::pair<Value, Value> Thread::update(const Value& address, const Function& desired, const Halves& halves, SourcePos pos) {
  const Location location = resolve(address, pos);
  Marking read{.tag = halves.read};
  Marking write{.tag = halves.write};
  Form form = halves.form;
  if (form == Form::kCompound) {
    read = state_.program.marking(EventKind::kRead, read.tag, pos);
    write = state_.program.marking(EventKind::kWrite, write.tag, pos);
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
  return {state_.expressions.constant(1), {state_.events.back().read_half}};
}

Value Thread::spin_is_locked(const Value& lock, SourcePos pos) {
  const Location location = resolve(lock, pos);
  const bool locked = either(pos);
  const EventKind kind = locked ? EventKind::kReadLocked : EventKind::kReadUnlocked;
  const EventIndex r = perform(kind, Tag::kOnce, location, lock.reads, kNoReads, pos);
  return {state_.expressions.constant(locked ? 1 : 0), {r}};
}

void Thread::spin_unlock(const Value& lock, SourcePos pos) {
  const Location location = resolve(lock, pos);
  const auto held = std::find_if(state_.held.begin(), state_.held.end(),
                                 [&](const auto& h) { return h.first == location; });
  if (held == state_.held.end()) fail(pos, "spin_unlock() of a lock that this thread does not hold");
  perform_write(EventKind::kUnlock, Tag::kRelease, location, lock.reads, constant(0), pos);
  state_.events.back().acquired = held->second;
  state_.held.erase(held);
}

bool Thread::branch(const Value& condition) {
  if (const auto known = state_.expressions.constant_value(condition.expr)) return *known != 0;
  return state_.decide({.continuation = Continuation::kBranch, .expr = condition.expr}) != 0;
}

Word Thread::choose(std::vector<Word> words, SourcePos pos) {
  if (words.size() == 1) return words.front();
  return state_.decide({.continuation = Continuation::kChoice, .outcomes = std::move(words), .pos = pos});
}

bool Thread::either(SourcePos pos) { return choose({0, 1}, pos) != 0; }

void Thread::require(const Value& condition, SourcePos pos) {
  (void)state_.decide({.continuation = Continuation::kRequire, .expr = condition.expr, .pos = pos});
}

bool Thread::chooses_to_wait(SourcePos pos) {
  state_.may_wait_for_ever = true;
  if (state_.blocking == Blocking::kIgnored) return false;
  return either(pos);
}

void Thread::wait_for_ever(const Value& condition, SourcePos pos, const Awaited& awaited) {
  state_.stop({.continuation = Continuation::kBlockedOnValue,
               .expr = condition.expr,
               .pos = pos,
               .awaited = awaited});
}

void Thread::await(const Value& condition, SourcePos pos, const Awaited& awaited) {
  if (chooses_to_wait(pos)) wait_for_ever(condition, pos, awaited);
  require(condition, pos);
}

void Thread::await_work(const Value& condition, SourcePos pos) {
  if (either(pos)) state_.stop({.continuation = Continuation::kIdle, .expr = condition.expr, .pos = pos});
  require(condition, pos);
}

void Thread::stop_at_bound(SourcePos pos) {
  state_.stop({.continuation = Continuation::kBound, .pos = pos});
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
  for (; open > 0; --open) fence(Tag::kRcuUnlock, pos);
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

EventIndex Thread::event_count() const { return static_cast<EventIndex>(state_.events.size()); }

bool Thread::wrote_since(EventIndex first) const {
  return std::any_of(state_.events.begin() + first, state_.events.end(),
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
  const auto from = static_cast<EventIndex>(state_.events.size()) - 1;
  state_.locks.push_back({.from = from, .lock = lock, .shared = shared});
  return from;
}

void Thread::lock_given_back(EventIndex from) {
  state_.locks.push_back({.from = from, .to = static_cast<EventIndex>(state_.events.size())});
}

void Thread::watch(Watcher watcher) { state_.watcher = std::move(watcher); }
void Thread::object_to(Objection objection) { state_.objections.push_back(std::move(objection)); }

void* Thread::front_end() const { return state_.front_end; }
void Thread::set_front_end(void* data) { state_.front_end = data; }

void Thread::observe(int slot, const Value& value) {
  const auto index = static_cast<std::size_t>(slot);
  if (state_.observed.size() <= index) state_.observed.resize(index + 1, kUnobserved);
  state_.observed[index] = value.expr;
}

}  // namespace lkmc
