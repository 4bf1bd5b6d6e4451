// Deadlocks: executions in which no thread can go on, but not all have ended.
//
// They are looked for in a search of their own (Goal::kDeadlocks), in which each spin_lock() and each wait for a value may
// also last for ever. Such an execution counts if what is waited for never comes: the lock is held by a thread that has
// ended or waits itself, or the value that will be there for ever does not satisfy the condition.
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

// Whether the condition that a thread waits for is false of what will be there for ever.
bool Search::never_comes_true(const Assignment& assignment, std::size_t thread) const {
  const Skeleton& skeleton = assignment.skeleton();
  const PathNode& n = node(*paths_, thread);
  const auto id = static_cast<ThreadId>(thread);
  for (const EventIndex index : n.awaited.looks.empty() ? threads_[thread].expressions().reads_of(n.expr) : n.awaited.looks) {
    const int read = skeleton.event_of(id, index);
    if (assignment.source(read) != assignment.last_write(skeleton.graph.event(read).location)) return false;
  }
  return assignment.evaluate(id, n.expr).value_or(0) == 0;
}

// A thread that serves others goes on as long as there is something to do.
bool Search::idle_threads_have_no_work(const Assignment& assignment) const {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (node(*paths_, t).continuation == Continuation::kIdle && !never_comes_true(assignment, t)) return false;
  }
  return true;
}

// Who holds a lock that is made of ordinary accesses, when all threads have come to the ends of their paths.
std::vector<LockHolder> Search::holders_of(const LockId& lock) const {
  std::vector<LockHolder> holders;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    for (const HeldLock& held : node(*paths_, t).held) {
      if (held.lock == lock) holders.push_back({static_cast<ThreadId>(t), held.pos});
    }
  }
  return holders;
}

void Search::report_deadlock(const Assignment& assignment) {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<BlockedThread> blocked;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(*paths_, t);
    if (n.continuation == Continuation::kBlockedOnLock) {
      const Event& holder = skeleton.graph.event(skeleton.holder_of(n.location));
      blocked.push_back({.thread = static_cast<ThreadId>(t), .pos = n.pos, .lock = n.location,
                         .holders = {{holder.thread, holder.pos}}});
    } else if (n.continuation == Continuation::kBlockedOnValue) {
      if (!never_comes_true(assignment, t)) return;
      blocked.push_back({.thread = static_cast<ThreadId>(t), .pos = n.pos, .awaited = n.awaited.what,
                         .lock = n.awaited.lock.location, .holders = holders_of(n.awaited.lock)});
    }
  }
  ++statistics_.blocked;
  visitor_.on_deadlock({.assignment = assignment, .blocked = blocked});
}

}  // namespace lkmc
