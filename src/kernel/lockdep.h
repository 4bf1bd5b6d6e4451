// SPDX-License-Identifier: Apache-2.0
// What code says about the locks that it relies on: lockdep_assert_held() and its family (include/linux/lockdep.h). They
// look at what the thread itself holds, touch no memory and order nothing. Besides, each lock function checks what
// lockdep would: unlocks that match, sleeping where that is not allowed, locks held when the thread returns.
#pragma once

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

template <class T>
concept Lock = requires(const T& lock) {
  { lock.lock_id() } -> std::same_as<LockId>;
};

enum class Required : std::uint8_t { kAnyHow, kRead, kWrite, kNot };

template <Lock T>
[[nodiscard]] bool is_held(const T* lock, Required required) {
  const Run& run = Run::current("lockdep");
  const bool writes = run.holds(lock->lock_id(), Run::Hold::kExclusive);
  const bool reads = run.holds(lock->lock_id(), Run::Hold::kShared);
  switch (required) {
    case Required::kAnyHow:
      return writes || reads;
    case Required::kRead:
      return reads;
    case Required::kWrite:
      return writes;
    case Required::kNot:
      return !writes && !reads;
  }
  return false;
}

template <Lock T>
void assert_held(const T* lock, Required required, const char* function, const char* problem, const Site& site) {
  if (!is_held(lock, required)) Run::current(function).fail(site, std::string(function) + ": this thread " + problem);
}

}  // namespace kernel

template <kernel::Lock T>
[[nodiscard]] bool lockdep_is_held(const T* lock) {
  return kernel::is_held(lock, kernel::Required::kAnyHow);
}
template <kernel::Lock T>
void lockdep_assert_held(const T* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::assert_held(lock, kernel::Required::kAnyHow, "lockdep_assert_held()", "does not hold the lock", site);
}
template <kernel::Lock T>
void lockdep_assert_held_write(const T* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::assert_held(lock, kernel::Required::kWrite, "lockdep_assert_held_write()", "does not hold the lock for writing", site);
}
template <kernel::Lock T>
void lockdep_assert_held_read(const T* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::assert_held(lock, kernel::Required::kRead, "lockdep_assert_held_read()", "does not hold the lock for reading", site);
}
template <kernel::Lock T>
void lockdep_assert_not_held(const T* lock, const kernel::Site& site = kernel::Site::current()) {
  kernel::assert_held(lock, kernel::Required::kNot, "lockdep_assert_not_held()", "holds the lock", site);
}

// Says that this is a place to sleep.
inline void might_sleep(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("might_sleep()").might_sleep("might_sleep()", site);
}

}  // namespace lkmc
