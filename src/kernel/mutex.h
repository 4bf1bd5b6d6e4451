// SPDX-License-Identifier: Apache-2.0
// Mutexes: acquire on lock, release on unlock, unordered where a trylock fails; a task that waits sleeps, and only the
// owner may unlock (Documentation/locking/mutex-design.rst, kernel/locking/mutex.c).
#pragma once

#include <cerrno>

#include "src/kernel/shared.h"

namespace lkmc {

struct mutex {
  shared<long> owner;
  [[nodiscard]] LockId lock_id() const { return {owner.location()}; }
};

namespace kernel {
inline Value is_free(const Value& owner) { return Run::current("a mutex").unary(UnaryOp::kLogicalNot, owner); }
inline Value to_owner(const Value&) { return Run::current("a mutex").constant(1); }
}  // namespace kernel

// Acquire. Sleeps while it is locked.
inline void mutex_lock(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("mutex_lock()");
  run.might_sleep("mutex_lock()", site);
  (void)run.thread("mutex_lock()", site)
      .await_rmw(lock->owner.address(), kernel::is_free, kernel::to_owner, Tag::kAcquire, kernel::position(site),
                 {.lock = lock->lock_id()});
  run.hold(lock->lock_id(), kernel::Run::Hold::kExclusive, "mutex_lock()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool mutex_trylock(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("mutex_trylock()");
  const bool taken = run.thread("mutex_trylock()", site)
                         .try_rmw(lock->owner.address(), kernel::is_free, kernel::to_owner, Tag::kAcquire, kernel::position(site))
                         .second;
  if (taken) run.hold(lock->lock_id(), kernel::Run::Hold::kExclusive, "mutex_trylock()", site);
  return taken;
}
// As mutex_lock(), and returns 0; or -EINTR, unordered, if it is locked and a signal comes (see allow_signals()).
[[nodiscard]] inline int mutex_lock_interruptible(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("mutex_lock_interruptible()");
  run.might_sleep("mutex_lock_interruptible()", site);
  if (run.signal_pending("mutex_lock_interruptible()", site)) return mutex_trylock(lock, site) ? 0 : -EINTR;
  mutex_lock(lock, site);
  return 0;
}
[[nodiscard]] inline int mutex_lock_killable(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  return mutex_lock_interruptible(lock, site);
}
// Release.
inline void mutex_unlock(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("mutex_unlock()");
  Thread& thread = run.thread("mutex_unlock()", site);
  run.release(lock->lock_id(), kernel::Run::Hold::kExclusive, "mutex_unlock()", site);
  (void)thread.exchange(lock->owner.address(), run.constant(0), Tag::kRelease, kernel::position(site));
}
// Unordered.
[[nodiscard]] inline value<bool> mutex_is_locked(mutex* lock, const kernel::Site& site = kernel::Site::current()) {
  return lock->owner.read(Tag::kOnce, site) != 0L;
}

}  // namespace lkmc
