// SPDX-License-Identifier: Apache-2.0
#include "src/program/thread.h"

#include <algorithm>
#include <utility>

#include "src/program/thread_state.h"

namespace lkmc {
namespace {

const std::vector<EventIndex> kNoReads;

}  // namespace

Value Thread::constant(Word value) { return {state_.expressions.constant(value), {}}; }

Value Thread::unary(UnaryOp op, const Value& a) { return computed_from(a, computed(state_.expressions.unary(op, a.expr))); }

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
  e.event = {
      .kind = kind, .tag = Tag::kOnce, .in_rmw = false, .thread = state_.id, .location = recall.read_before[recall.reads++], .pos = pos};
  e.value = state_.expressions.read(index);
  state_.events.push_back(std::move(e));
  return index;
}

EventIndex Thread::perform_write(EventKind kind, Tag tag, Location location, const std::vector<EventIndex>& address, const Value& value,
                                 SourcePos pos) {
  const EventIndex w = perform(kind, tag, location, address, value.reads, pos);
  if (state_.trial && state_.events[static_cast<std::size_t>(w)].value != value.expr) state_.end_trial(false);
  state_.latest().value = value.expr;
  return w;
}

Word Thread::concretize(const Value& value, SourcePos pos, Wanted wanted) {
  act_on_rounds();
  if (const auto known = state_.expressions.constant_value(value.expr)) return told(*known);
  return told(
      state_.decide({.continuation = Continuation::kValue, .expr = value.expr, .wants_address = wanted == Wanted::kAddress, .pos = pos}));
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

Value Thread::value_of(EventIndex read) { return {state_.events[static_cast<std::size_t>(read)].value, {read}}; }

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

void Thread::perform_fence(Tag tag, SourcePos pos) { perform(EventKind::kFence, tag, kNoLocation, kNoReads, kNoReads, pos); }

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

void Thread::refuse(SourcePos pos, std::string message) {
  if (!state_.refusal) {
    state_.refusal = PathNode{.continuation = Continuation::kFailed, .pos = pos, .message = std::move(message), .misbehaves = true};
  }
}

bool Thread::is_known(const Value& value) const { return state_.expressions.constant_value(value.expr).has_value(); }
bool Thread::is_decided(const Value& condition) const { return is_known(condition) || state_.known_truth(condition.expr).has_value(); }

EventIndex Thread::event_count() const { return state_.trial ? state_.trial->next() : static_cast<EventIndex>(state_.events.size()); }

bool Thread::wrote_since(EventIndex first) const {
  if (state_.recall && std::any_of(state_.recall->writes.begin(), state_.recall->writes.end(), [&](EventIndex w) { return w >= first; }))
    return true;
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
