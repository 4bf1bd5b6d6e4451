// SPDX-License-Identifier: Apache-2.0
// Deadlocks: executions in which no thread can go on, but not all have ended.
//
// They are looked for in a search of their own (Goal::kDeadlocks), in which each spin_lock() and each wait for a value may
// also last for ever. Such an execution counts if what is waited for never comes: the lock is held by a thread that has
// ended or waits itself, or the value that will be there for ever does not satisfy the condition. A thread that fails ends,
// too, and keeps its locks: a failure that is there only while others wait for them is found here.
#include "src/explore/complete.h"
#include "src/explore/search.h"

namespace lkmc {

// A thread can wait for a lock for ever only if somebody took it and never gives it back.
bool Search::waits_for_held_locks(const Decisions& decisions, const Skeleton& skeleton) const {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(decisions.paths, t);
    if (n.continuation == Continuation::kBlockedOnLock && skeleton.holder_of(n.location) == kUndecided) return false;
  }
  return true;
}

namespace {

// The thread that waits for the lock as a writer; kInitThread if none does.
ThreadId waiting_writer(std::span<const Unfolding> threads, std::span<const PathId> paths, const LockId& lock) {
  for (std::size_t t = 0; t < threads.size(); ++t) {
    const PathNode& n = threads[t].node(paths[t]);
    if (n.continuation == Continuation::kBlockedOnValue && n.awaited.lock == lock && !n.awaited.shared) return static_cast<ThreadId>(t);
  }
  return kInitThread;
}

// Whether the condition that a thread waits for is false of what will be there for ever. A reader who wants a lock may also
// have come behind a writer who waits for it: nothing that the writer waits for can depend on the reader, who stands still.
bool never_comes_true(std::span<const Unfolding> threads, std::span<const PathId> paths, const Assignment& assignment, std::size_t thread) {
  const Skeleton& skeleton = assignment.skeleton();
  const PathNode& n = threads[thread].node(paths[thread]);
  const auto id = static_cast<ThreadId>(thread);
  for (const EventIndex index : n.awaited.looks.empty() ? threads[thread].expressions().reads_of(n.expr) : n.awaited.looks) {
    const int read = skeleton.event_of(id, index);
    if (assignment.source(read) != assignment.last_write(skeleton.graph.event(read).location)) return false;
  }
  if (n.awaited.shared && waiting_writer(threads, paths, n.awaited.lock) != kInitThread) return true;
  return assignment.evaluate(id, n.expr).value_or(0) == 0;
}

// Whether some reader, of RCU if it is kNoLocation, never leaves. (That it was there when the grace period began, and so has
// to be waited for, can always be: nothing behind the grace period has happened.)
bool readers_stay(const Skeleton& skeleton, Location srcu) {
  int open = 0;
  for (int e = 0; e < skeleton.graph.size(); ++e) {
    const Event& event = skeleton.graph.event(e);
    if (event.location == srcu) open += reader_step(event.tag);
  }
  return open > 0;
}

// Who holds a lock that is made of ordinary accesses, when all threads have come to the ends of their paths.
std::vector<LockHolder> holders_of(const Skeleton& skeleton, const LockId& lock) {
  std::vector<LockHolder> holders;
  for (const LockSpan& held : skeleton.held) {
    const Event& taken = skeleton.graph.event(held.from);
    if (held.lock == lock && !held.given_back) holders.push_back({taken.thread, taken.pos});
  }
  return holders;
}

}  // namespace

bool idle_threads_have_no_work(std::span<const Unfolding> threads, std::span<const PathId> paths, const Assignment& assignment) {
  for (std::size_t t = 0; t < threads.size(); ++t) {
    const bool is_idle = threads[t].node(paths[t]).continuation == Continuation::kIdle;
    if (is_idle && !never_comes_true(threads, paths, assignment, t)) return false;
  }
  return true;
}

std::optional<std::vector<BlockedThread>> blocked_threads(std::span<const Unfolding> threads, std::span<const PathId> paths,
                                                          const Assignment& assignment) {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<BlockedThread> blocked;
  for (std::size_t t = 0; t < threads.size(); ++t) {
    const PathNode& n = threads[t].node(paths[t]);
    if (n.continuation == Continuation::kBlockedOnLock) {
      const int held = skeleton.holder_of(n.location);
      if (held == kUndecided) return std::nullopt;
      const Event& holder = skeleton.graph.event(held);
      blocked.push_back({.thread = static_cast<ThreadId>(t), .pos = n.pos, .lock = n.location, .holders = {{holder.thread, holder.pos}}});
    } else if (n.continuation == Continuation::kBlockedOnValue) {
      if (!never_comes_true(threads, paths, assignment, t)) return std::nullopt;
      if (n.awaited.readers_of && !readers_stay(skeleton, *n.awaited.readers_of)) return std::nullopt;
      blocked.push_back({.thread = static_cast<ThreadId>(t),
                         .pos = n.pos,
                         .awaited = n.awaited.what,
                         .lock = n.awaited.lock.location,
                         .holders = holders_of(skeleton, n.awaited.lock),
                         .behind = n.awaited.shared ? waiting_writer(threads, paths, n.awaited.lock) : kInitThread});
    }
  }
  return blocked;
}

void Search::report_deadlock(const Assignment& assignment, const FailedChecks& checks) {
  const auto blocked = blocked_threads(threads_, *paths_, assignment);
  if (!blocked) return;
  report(checks, assignment);
  if (checks.stops()) return;
  ++statistics_.blocked;
  visitor_.on_deadlock({.assignment = assignment, .blocked = *blocked});
}

}  // namespace lkmc
