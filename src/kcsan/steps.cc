// SPDX-License-Identifier: Apache-2.0
// What the threads of the machine do besides KCSAN's checks: decisions, accesses, locks, RCU.
#include <algorithm>
#include <utility>

#include "src/kcsan/machine.h"

namespace lkmc::kcsan {

const Op& Machine::op_of(const State& s, ThreadId t) const {
  const ThreadState& me = s.threads[at(t)];
  return code_.node(t, me.path).ops[at(me.op)];
}

Word Machine::evaluate(const ThreadState& t, ThreadId id, ExprId e) const {
  return *code_.expressions(id).evaluate(
      e, [&](EventIndex read) -> std::optional<Word> { return at(read) < t.values.size() ? t.values[at(read)] : 0; });
}

// Goes on to the next node.
void Machine::enter(State& s, ThreadId t, Word outcome) {
  ThreadState& me = s.threads[at(t)];
  me.path = code_.child(t, me.path, outcome);
  me.op = 0;
  for (std::size_t r = 0; r < me.values.size(); ++r) {
    if (!code_.is_live(t, me.path, static_cast<EventIndex>(r))) me.values[r] = 0;
  }
  while (!me.values.empty() && me.values.back() == 0) me.values.pop_back();
}

// Whether leaving the function ends the delayed access.
bool Machine::drops_delayed(const State& s, ThreadId t, const Op& op) const {
  const int delayed = s.threads[at(t)].delayed;
  return op.kind == Op::Kind::kFunctionExit && delayed != kNone &&
         code_.context(op.context).depth() <= code_.context(code_.access(delayed).context).depth();
}

// Does the operation; false if it cannot be done now.
bool Machine::apply(State& s, ThreadId t, const Op& op) {
  ThreadState& me = s.threads[at(t)];
  switch (op.kind) {
    case Op::Kind::kNothing:
      break;
    case Op::Kind::kAtomicNext:
      me.atomic_next = static_cast<int>(op.argument);
      break;
    case Op::Kind::kFunctionExit:
      if (drops_delayed(s, t, op)) me.delayed = kNone;
      break;
    case Op::Kind::kRead:
      if (code_.is_live(t, me.path, op.event)) {
        if (me.values.size() <= at(op.event)) me.values.resize(at(op.event) + 1, 0);
        me.values[at(op.event)] = s.memory[at(op.location)];
        while (!me.values.empty() && me.values.back() == 0) me.values.pop_back();
      }
      break;
    case Op::Kind::kWrite: {
      s.memory[at(op.location)] = evaluate(me, t, op.value);
      Window& w = s.window;
      const bool is_watched = w.watcher != kNone && w.finder == kNone && code_.access(w.access).location == op.location;
      if (is_watched && w.watcher != t && !is_unnoticed(op.checked_as)) w.missed = true;
      break;
    }
    case Op::Kind::kLock:
      if (s.memory[at(op.location)] != 0) return false;
      s.memory[at(op.location)] = 1;
      break;
    case Op::Kind::kUnlock:
      s.memory[at(op.location)] = 0;
      break;
    case Op::Kind::kSeeLocked:
      return s.memory[at(op.location)] != 0;
    case Op::Kind::kSeeFree:
      return s.memory[at(op.location)] == 0;
    case Op::Kind::kSectionBegin:
      s.sections.push_back({op.location, t, op.event});
      break;
    case Op::Kind::kSectionEnd: {
      // That of the same thread whose index it got, or the oldest of the srcu_struct if the index came through memory.
      const auto own = [&](const Section& x) {
        return x.location == op.location && x.thread == t &&
               (op.location == kNoLocation || std::find(op.data.begin(), op.data.end(), x.lock) != op.data.end());
      };
      auto section = std::find_if(s.sections.begin(), s.sections.end(), own);
      if (section == s.sections.end()) {
        section = std::find_if(s.sections.begin(), s.sections.end(), [&](const Section& x) { return x.location == op.location; });
      }
      if (section == s.sections.end()) break;
      for (ThreadState& waiter : s.threads) std::erase(waiter.awaited, *section);
      s.sections.erase(section);
      break;
    }
    case Op::Kind::kGracePeriod: {
      if (!me.waiting) break;
      if (!me.awaited.empty() || !me.stalled.empty()) return false;
      // Every processor has been through the scheduler since, whose barriers end delayed accesses. None gets there while it
      // watches one, for which it keeps interrupts out.
      if (s.window.delayed) return false;
      for (ThreadId other = 0; other < code_.thread_count(); ++other) {
        const ThreadState& o = s.threads[at(other)];
        if (o.watching && element(s, other, o.stage)->delayed) return false;
      }
      me.waiting = false;
      for (ThreadId other = 0; other < code_.thread_count(); ++other) {
        ThreadState& o = s.threads[at(other)];
        o.delayed = kNone;
        if (!o.ended && other != s.window.watcher && !o.watching) o.stage = next_stage(s, other, o.stage);
      }
      break;
    }
  }
  return true;
}

// Whether other threads cannot notice the operation, nor it them.
bool Machine::is_local(const State& s, ThreadId t, const Op& op) const {
  switch (op.kind) {
    case Op::Kind::kNothing:
    case Op::Kind::kAtomicNext:
      return true;
    case Op::Kind::kFunctionExit:
      return !drops_delayed(s, t, op) || s.threads[at(t)].stage == kReady;
    case Op::Kind::kRead:
    case Op::Kind::kWrite:
      return !op.in_rmw && with_watchers_ && !shared_[at(op.location)];
    default:
      return false;
  }
}

// The operation that the thread is at, all of whose checks are made.
void Machine::perform(State s, ThreadId t, States& out) {
  ThreadState& me = s.threads[at(t)];
  const Op& op = op_of(s, t);
  if (op.kind == Op::Kind::kGracePeriod && !me.waiting) {
    me.waiting = true;
    for (const Section& section : s.sections) {
      if (section.location == op.location) me.awaited.push_back(section);
    }
    for (ThreadId other = 0; other < code_.thread_count(); ++other) {
      if (other == s.window.watcher || s.threads[at(other)].watching) me.stalled.push_back(other);
    }
    out.push_back(std::move(s));
    return;
  }
  if (!apply(s, t, op)) return;
  ++me.op;
  settle(std::move(s), t, op.in_rmw ? op.event : kNoEvent, out);
}

// Lets the thread make its decisions and do what nobody notices, up to its next step. The write that belongs to `rmw_read`
// is part of the step that is being made.
void Machine::settle(State s, ThreadId t, EventIndex rmw_read, States& out) {
  while (true) {
    ThreadState& me = s.threads[at(t)];
    const Node& node = code_.node(t, me.path);
    if (at(me.op) < node.ops.size()) {
      const Op& op = node.ops[at(me.op)];
      if (rmw_read != kNoEvent && op.read_half == rmw_read) {
        (void)apply(s, t, op);
        ++me.op;
        rmw_read = kNoEvent;
        continue;
      }
      rmw_read = kNoEvent;
      if (me.delayed != kNone) {
        // A delayed read-modify-write is both.
        const Access& delayed = code_.access(me.delayed);
        const bool is_read = !delayed.is(kWriteBit) || delayed.is(kCompoundBit);
        if ((op.ends_delayed_read && is_read) || (op.ends_delayed_write && delayed.is(kWriteBit))) me.delayed = kNone;
      }
      if (op.access != kNone) reach(op.access);
      me.stage = next_stage(s, t, 0);
      if (me.stage != kReady || !is_local(s, t, op)) {
        out.push_back(std::move(s));
        return;
      }
      (void)apply(s, t, op);
      ++me.op;
      continue;
    }
    switch (node.continuation) {
      case Continuation::kBranch:
        enter(s, t, evaluate(me, t, node.expr) != 0 ? 1 : 0);
        continue;
      case Continuation::kValue:
        enter(s, t, evaluate(me, t, node.expr));
        continue;
      case Continuation::kChoice:
        for (const Word outcome : node.outcomes) {
          State n = s;
          enter(n, t, outcome);
          settle(std::move(n), t, rmw_read, out);
        }
        return;
      case Continuation::kRequire:
        if (evaluate(me, t, node.expr) != 0) {
          enter(s, t, 1);
          continue;
        }
        // An RMW waits until its condition holds. Another wait has looked too early; it will look again later, which is
        // another path of the exploration.
        if (rmw_read != kNoEvent) return;
        break;
      case Continuation::kBound:
        complete_ = false;
        break;
      default:
        break;
    }
    me.ended = true;
    me.stage = kReady;
    me.values.clear();
    out.push_back(std::move(s));
    return;
  }
}

}  // namespace lkmc::kcsan
