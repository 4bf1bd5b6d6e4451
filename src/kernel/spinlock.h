// SPDX-License-Identifier: Apache-2.0
// Spinlocks, by the lock events of LKMM: taking one is an acquire, giving it back a release, and the critical sections
// of one lock are totally ordered (Documentation/memory-barriers.txt, "Lock acquisition functions";
// tools/memory-model/Documentation/locking.txt). A thread that holds one must not sleep. Giving back a lock that the
// thread does not hold, and one that it never gives back while others wait, are found.
#pragma once

#include "src/kernel/place.h"

namespace lkmc {

struct spinlock_t {
  kernel::Place place;
  [[nodiscard]] LockId lock_id() const { return {place.location()}; }
};

namespace kernel {
inline constexpr const char* kSpinlockSection = "a section that holds a spinlock";

// What holding a spinlock means for the rest of the thread.
inline void hold_spinlock(const spinlock_t* lock, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.hold(lock->lock_id(), Run::Hold::kExclusive, function, site);
  run.enter_atomic(kSpinlockSection, lock->lock_id(), site);
}
}  // namespace kernel

// Acquire. Waits for the lock.
inline void spin_lock(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("spin_lock()", site).spin_lock(lock->place.address(), kernel::position(site));
  kernel::hold_spinlock(lock, "spin_lock()", site);
}
// Acquire if it succeeds, else unordered. Returns whether it took the lock.
[[nodiscard]] inline value<bool> spin_trylock(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("spin_trylock()");
  const Value taken = run.thread("spin_trylock()", site).spin_trylock(lock->place.address(), kernel::position(site));
  if (run.branch(taken)) kernel::hold_spinlock(lock, "spin_trylock()", site);
  return value<bool>::from(taken);
}
// Release.
inline void spin_unlock(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("spin_unlock()");
  Thread& thread = run.thread("spin_unlock()", site);
  run.release(lock->lock_id(), kernel::Run::Hold::kExclusive, "spin_unlock()", site);
  (void)run.leave_atomic(lock->lock_id());
  thread.spin_unlock(lock->place.address(), kernel::position(site));
}
// The same, with interrupts or softirqs off, of which there are none here. The flags are not touched.
inline void spin_lock_irq(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) { spin_lock(lock, site); }
inline void spin_lock_bh(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) { spin_lock(lock, site); }
inline void spin_unlock_irq(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) { spin_unlock(lock, site); }
inline void spin_unlock_bh(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) { spin_unlock(lock, site); }
inline void spin_lock_irqsave(spinlock_t* lock, unsigned long, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(lock, site);
}
inline void spin_unlock_irqrestore(spinlock_t* lock, unsigned long, const kernel::Site& site = kernel::Site::current()) {
  spin_unlock(lock, site);
}
// Unordered.
[[nodiscard]] inline value<bool> spin_is_locked(spinlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  return value<bool>::from(kernel::thread_for("spin_is_locked()", site).spin_is_locked(lock->place.address(), kernel::position(site)));
}

// Behind spin_lock(): a full barrier for what stands before the lock and behind this (include/linux/spinlock.h).
inline void smp_mb__after_spinlock(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb__after_spinlock()", site).fence(Tag::kAfterSpinlock, kernel::position(site));
}
// Behind a lock: the unlock before it, of the same thread or of the same lock, and this lock are together a full barrier
// (include/linux/rcupdate.h).
inline void smp_mb__after_unlock_lock(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb__after_unlock_lock()", site).fence(Tag::kAfterUnlockLock, kernel::position(site));
}

}  // namespace lkmc
