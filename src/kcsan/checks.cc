// SPDX-License-Identifier: Apache-2.0
// The checks that a thread of the machine makes before an operation: check_access() of kernel/kcsan/core.c.
#include <utility>

#include "src/kcsan/machine.h"

namespace lkmc::kcsan {

// What is checked in a stage; nothing if it has nothing to check.
std::optional<Machine::Element> Machine::element(const State& s, ThreadId t, int stage) const {
  const ThreadState& me = s.threads[at(t)];
  const Op& op = op_of(s, t);
  const bool last_check = drops_delayed(s, t, op);
  if (!last_check && (op.access == kNone || is_uninstrumented(code_.access(op.access)))) return std::nullopt;
  if (stage == 0) return last_check ? std::nullopt : std::optional<Element>({op.access, false});
  if (stage == 1) {
    if (me.delayed == kNone || (!last_check && code_.access(op.access).is(kScopedBit))) return std::nullopt;
    return Element{me.delayed, true};
  }
  const std::vector<int>& scoped = code_.context(op.context).scoped;
  const int index = stage - kFirstScoped;
  if (at(index) >= scoped.size()) return std::nullopt;
  return Element{scoped[at(index)], false};
}

bool Machine::is_interesting(const State& s, const Element& e) const {
  // Once somebody has run into the watchpoint, only values matter.
  if (s.window.finder != kNone) return false;
  // Each check of a thread that calls kcsan_atomic_next() may change what the next ones do.
  if (code_.counts_atomics(code_.access(e.access).thread)) return true;
  const bool useful = useful_watch_[at(e.access)] || useful_find_[at(e.access)];
  if (s.window.watcher == kNone) return useful;
  if (useful && follows_stalls(s.window.access)) return true;
  // One thread watches: the others' checks matter if they could run into the watchpoint, or into that of one that stalls.
  return conflict(code_.access(s.window.access), code_.access(e.access));
}

// Whether some check from `stage` on does.
bool Machine::is_interesting_from(const State& s, ThreadId t, int stage) const {
  const int end = kFirstScoped + static_cast<int>(code_.context(op_of(s, t).context).scoped.size());
  for (; stage < end; ++stage) {
    const auto e = element(s, t, stage);
    if (e && is_interesting(s, *e)) return true;
  }
  return false;
}

// The first stage from `stage` on whose check matters; those before it pass. A check that could put up a watchpoint matters
// for the others behind it: if it does, these are left out.
int Machine::next_stage(State& s, ThreadId t, int stage) const {
  if (!with_watchers_ || stage == kReady) return kReady;
  const Op& op = op_of(s, t);
  const Context& context = code_.context(op.context);
  const int end = kFirstScoped + static_cast<int>(context.scoped.size());
  for (; stage < end; ++stage) {
    const auto e = element(s, t, stage);
    if (!e) continue;
    if (is_interesting(s, *e)) return stage;
    const bool atomic = count_atomic(s.threads[at(t)], *e, context);
    if (!atomic && may_watch_here(*e, context) && is_interesting_from(s, t, stage + 1)) return stage;
  }
  return kReady;
}

// Whether KCSAN takes the access for atomic, which kcsan_atomic_next() lets it do a number of times.
bool Machine::count_atomic(ThreadState& t, const Element& e, const Context& context) const {
  const Access& a = code_.access(e.access);
  if (a.is(kAtomicBit)) return true;
  if (a.is(kAssertBit)) return false;
  if (is_assumed_atomic(a)) return true;
  if (t.atomic_next > 0) {
    --t.atomic_next;
    return true;
  }
  return context.nestable > 0 || context.flat;
}

bool Machine::may_watch_here(const Element& e, const Context& context) const {
  return context.disabled == 0 && !ignores_address(code_.access(e.access));
}

// The thread has watched, and goes on to its access; this may be the one to be delayed.
void Machine::end_stall(State& s, ThreadId t, const Element& e) const {
  ThreadState& me = s.threads[at(t)];
  const Context& context = code_.context(op_of(s, t).context);
  if (std::exchange(me.watching, false)) {
    for (ThreadState& waiter : s.threads) std::erase(waiter.stalled, t);
  }
  me.stage = kReady;
  const bool may_be_delayed = profile_.weak_memory && !e.delayed && !code_.access(e.access).is(kAssertBit) && context.mask == 0;
  if (thorough_ && may_be_delayed) me.delayed = e.access;
}

// One check. Where `stalls_beside` is an access, there may be a watchpoint for it, and other threads may stall, too, which
// one that conflicts with it cannot.
void Machine::check(const State& s, ThreadId t, int stalls_beside, States& out) {
  const ThreadState& me = s.threads[at(t)];
  const Element e = *element(s, t, me.stage);
  const Access& access = code_.access(e.access);
  const Op& op = op_of(s, t);
  const Context& context = code_.context(op.context);

  const Window& w = s.window;
  const bool finds_watcher = w.watcher != kNone && w.watcher != t && w.finder == kNone && conflict(code_.access(w.access), access);
  std::vector<ThreadId> finds_others;
  for (ThreadId other = 0; other < code_.thread_count(); ++other) {
    const ThreadState& o = s.threads[at(other)];
    if (other != t && o.watching && conflict(code_.access(element(s, other, o.stage)->access), access)) finds_others.push_back(other);
  }
  if (finds_watcher || !finds_others.empty()) {
    State n = s;
    n.threads[at(t)].stage = kReady;
    if (context.disabled > 0 || (context.mask != 0 && !e.delayed) || ignores_address(access)) {
      out.push_back(std::move(n));
      return;
    }
    for (const ThreadId other : finds_others) {
      State caught = n;
      end_stall(caught, other, *element(caught, other, caught.threads[at(other)].stage));
      out.push_back(std::move(caught));
    }
    if (!finds_watcher) return;
    n.window.finder = e.access;
    n.window.finder_delayed = e.delayed;
    n.window.finder_context = op.context;
    n.window.finder_pos = op.pos;
    for (ThreadId other = 0; other < code_.thread_count(); ++other) {
      if (other == w.watcher) continue;
      ThreadState& o = n.threads[at(other)];
      o.stage = kReady;
      o.watching = false;
      std::erase_if(o.stalled, [&](ThreadId stalled) { return stalled != w.watcher; });
      o.delayed = kNone;
      o.atomic_next = 0;
    }
    out.push_back(std::move(n));
    return;
  }

  State n = s;
  if (!count_atomic(n.threads[at(t)], e, context) && may_watch_here(e, context)) {
    State watched = n;
    end_stall(watched, t, e);
    out.push_back(std::move(watched));
    if (useful_watch_[at(e.access)] && follows_stalls(stalls_beside) && !conflict(code_.access(stalls_beside), access) &&
        (profile_.weak_memory || has_scopes_ || code_.access(stalls_beside).location == access.location)) {
      State stalls = n;
      stalls.threads[at(t)].watching = true;
      out.push_back(std::move(stalls));
    }
  }
  n.threads[at(t)].stage = next_stage(n, t, me.stage + 1);
  out.push_back(std::move(n));
}

// The states that the thread's checks alone can lead to, without watchpoints of others: `s` itself, and those behind it.
Machine::States Machine::check_states(const State& s, ThreadId t, int stalls_beside) {
  States all{s};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ThreadState& me = all[i].threads[at(t)];
    if (me.stage == kReady || me.watching) continue;
    States next;
    check(State(all[i]), t, stalls_beside, next);
    for (State& n : next) all.push_back(std::move(n));
  }
  return all;
}

}  // namespace lkmc::kcsan
