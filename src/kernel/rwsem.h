// SPDX-License-Identifier: Apache-2.0
// rw_semaphore: any number of readers or one writer, which sleep until they get it. Taking it is an acquire, giving it back
// a release, a failed trylock is unordered (Documentation/locking/locktypes.rst; kernel/locking/rwsem.c). Who took it gives
// it back, unless it says that it is not the owner. See rw_count.h for what is not modelled.
#pragma once

#include "src/kernel/rw_count.h"

namespace lkmc {

struct rw_semaphore {
  shared<long> count;
  [[nodiscard]] LockId lock_id() const { return {count.location()}; }
};

// WRITE_ONCE(): for memory that becomes a rw_semaphore again. Nobody has it then.
inline void init_rwsem(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  sem->count.write(kernel::Run::current("init_rwsem()").constant(0), Tag::kOnce, site);
}

// Acquire. Sleeps while a writer holds it.
inline void down_read(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_count(sem->count, kernel::Wait::kSleeps, kernel::Run::Hold::kShared, "down_read()", site);
}
// The same, and returns 0; or -EINTR, unordered, if a signal comes while it would sleep (see allow_signals()).
[[nodiscard]] inline int down_read_interruptible(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_count_or_signal(sem->count, kernel::Run::Hold::kShared, "down_read_interruptible()", site);
}
[[nodiscard]] inline int down_read_killable(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_count_or_signal(sem->count, kernel::Run::Hold::kShared, "down_read_killable()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool down_read_trylock(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_count(sem->count, kernel::Wait::kNever, kernel::Run::Hold::kShared, "down_read_trylock()", site);
}
// Release.
inline void up_read(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_count_back(sem->count, kernel::Run::Hold::kShared, "up_read()", site);
}
// Acquire. Sleeps while anybody holds it.
inline void down_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::take_count(sem->count, kernel::Wait::kSleeps, kernel::Run::Hold::kExclusive, "down_write()", site);
}
// The same, and returns 0; or -EINTR, unordered, if a signal comes while it would sleep (see allow_signals()).
[[nodiscard]] inline int down_write_killable(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_count_or_signal(sem->count, kernel::Run::Hold::kExclusive, "down_write_killable()", site);
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool down_write_trylock(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return kernel::take_count(sem->count, kernel::Wait::kNever, kernel::Run::Hold::kExclusive, "down_write_trylock()", site);
}
// Release.
inline void up_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::give_count_back(sem->count, kernel::Run::Hold::kExclusive, "up_write()", site);
}
// From writer to reader, without a gap. Release: what was written under the lock is seen by the readers it lets in.
inline void downgrade_write(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("downgrade_write()");
  (void)run.thread("downgrade_write()", site);
  run.release(sem->lock_id(), kernel::Run::Hold::kExclusive, "downgrade_write()", site);
  kernel::add_to_count(sem->count.address(), kernel::kReader - kernel::kWriter, "downgrade_write()", site);
  run.hold(sem->lock_id(), kernel::Run::Hold::kShared, "downgrade_write()", site);
}

// A reader whose section another thread ends; ordered as the others.
inline void down_read_non_owner(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  down_read(sem, site);
  kernel::Run& run = kernel::Run::current("down_read_non_owner()");
  run.release(sem->lock_id(), kernel::Run::Hold::kShared, "down_read_non_owner()", site);
}
inline void up_read_non_owner(rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  (void)kernel::thread_for("up_read_non_owner()", site);
  kernel::add_to_count(sem->count.address(), -kernel::kReader, "up_read_non_owner()", site);
}

// Unordered.
[[nodiscard]] inline value<bool> rwsem_is_locked(const rw_semaphore* sem, const kernel::Site& site = kernel::Site::current()) {
  return sem->count.read(Tag::kOnce, site) != 0L;
}

}  // namespace lkmc
