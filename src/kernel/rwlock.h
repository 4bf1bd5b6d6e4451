// SPDX-License-Identifier: Apache-2.0
// rwlock_t: any number of readers or one writer, which spin until they get it; nobody sleeps in between. Taking it is an
// acquire, giving it back a release, a failed trylock is unordered (Documentation/locking/spinlocks.rst, lesson 2;
// Documentation/locking/locktypes.rst; kernel/locking/qrwlock.c). The memory model knows no rwlocks: these are made of
// atomic operations, as in the kernel, so smp_mb__after_spinlock() is nothing for them. The fair lock of the kernel lets
// readers pass a writer that waits only in interrupts, so a thread that takes it twice for reading is told so
// (Documentation/locking/lockdep-design.rst, "Recursive read locks").
#pragma once

#include "src/kernel/rw_count.h"

namespace lkmc {

struct rwlock_t {
  shared<int> cnts;
  [[nodiscard]] LockId lock_id() const { return {cnts.location()}; }
};

namespace kernel {
inline bool take_rwlock(rwlock_t* lock, Wait wait, Run::Hold how, const char* function, const Site& site) {
  const bool taken = take_count(lock->cnts, wait, how, function, site);
  if (taken) Run::current(function).enter_atomic("a section that holds an rwlock_t", lock->lock_id(), site);
  return taken;
}
inline void give_rwlock_back(rwlock_t* lock, Run::Hold how, const char* function, const Site& site) {
  give_count_back(lock->cnts, how, function, site);
  (void)Run::current(function).leave_atomic(lock->lock_id());
}
}  // namespace kernel

// Acquire. Waits while a writer holds it.
inline void read_lock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_rwlock(lock, kernel::Wait::kSpins, kernel::Run::Hold::kShared, "read_lock()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool read_trylock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_rwlock(lock, kernel::Wait::kNever, kernel::Run::Hold::kShared, "read_trylock()", site);
}
// Release.
inline void read_unlock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_rwlock_back(lock, kernel::Run::Hold::kShared, "read_unlock()", site);
}
// Acquire. Waits while anybody holds it.
inline void write_lock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_rwlock(lock, kernel::Wait::kSpins, kernel::Run::Hold::kExclusive, "write_lock()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool write_trylock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_rwlock(lock, kernel::Wait::kNever, kernel::Run::Hold::kExclusive, "write_trylock()", site);
}
// Release.
inline void write_unlock(rwlock_t* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_rwlock_back(lock, kernel::Run::Hold::kExclusive, "write_unlock()", site);
}

}  // namespace lkmc
