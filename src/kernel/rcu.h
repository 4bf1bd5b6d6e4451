// SPDX-License-Identifier: Apache-2.0
// RCU and SRCU. A grace period of synchronize_rcu() does not end before the RCU read-side critical sections that were
// there when it began; sections nest, and nobody sleeps in one (Documentation/RCU/whatisRCU.rst,
// tools/memory-model/Documentation/explanation.txt, "RCU relations"). SRCU is the same per srcu_struct, and its readers may
// sleep; the index that srcu_read_lock() returns says which section srcu_read_unlock() ends.
#pragma once

#include <cstddef>

#include "src/kernel/place.h"

namespace lkmc {

namespace kernel {
inline constexpr const char* kRcuSection = "an RCU read-side critical section";
}  // namespace kernel

// Orders nothing by itself; see above.
inline void rcu_read_lock(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("rcu_read_lock()", site).fence(Tag::kRcuLock, kernel::position(site));
  kernel::Run::current("rcu_read_lock()").enter_atomic(kernel::kRcuSection, {}, site);
}
inline void rcu_read_unlock(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("rcu_read_unlock()");
  Thread& thread = run.thread("rcu_read_unlock()", site);
  if (!run.leave_atomic({})) run.fail(site, "bad unlock balance: rcu_read_unlock() without rcu_read_lock()");
  thread.fence(Tag::kRcuUnlock, kernel::position(site));
}
// Waits for a grace period: sleeps. Also a full barrier.
inline void synchronize_rcu(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("synchronize_rcu()");
  run.might_sleep("synchronize_rcu()", site);
  run.thread("synchronize_rcu()", site).synchronize_rcu(kernel::position(site));
}
inline void synchronize_rcu_expedited(const kernel::Site& site = kernel::Site::current()) { synchronize_rcu(site); }

// Orders only what depends on the pointer by address, as READ_ONCE() (include/linux/rcupdate.h).
template <class X>
[[nodiscard]] auto rcu_dereference(const X& p, const kernel::Site& site = kernel::Site::current()) -> value<kernel::accessed_type<X>> {
  return kernel::variable(p).read(Tag::kOnce, site);
}
// Release (include/linux/rcupdate.h).
template <class X>
void rcu_assign_pointer(X&& p, const kernel::Stored<kernel::accessed_type<X>>& v, const kernel::Site& site = kernel::Site::current()) {
  kernel::variable(p).write(v.value, Tag::kRelease, site);
}
// A constant NULL publishes nothing and is stored as by WRITE_ONCE(), unordered.
template <class X>
void rcu_assign_pointer(X&& p, std::nullptr_t, const kernel::Site& site = kernel::Site::current()) {
  WRITE_ONCE(p, nullptr, site);
}

// The pointer's value only, not what it points to: READ_ONCE().
template <class T>
[[nodiscard]] value<T*> rcu_access_pointer(const shared<T*>& p, const kernel::Site& site = kernel::Site::current()) {
  return p.read(Tag::kOnce, site);
}
// For who keeps others from changing the pointer: a plain read.
template <class T>
[[nodiscard]] value<T*> rcu_dereference_protected(const shared<T*>& p, bool protects, const kernel::Site& site = kernel::Site::current()) {
  if (!protects) {
    kernel::Run::current("rcu_dereference_protected()").fail(site, "suspicious RCU usage: suspicious rcu_dereference_protected() usage");
  }
  return p.read(Tag::kPlain, site);
}
// Unordered, for pointers to what readers may see already, or to nothing: WRITE_ONCE().
template <class T>
void RCU_INIT_POINTER(shared<T*>& p, const std::type_identity_t<kernel::Stored<T*>>& v,
                      const kernel::Site& site = kernel::Site::current()) {
  p.write(v.value, Tag::kOnce, site);
}

struct srcu_struct {
  kernel::Place place;
};

// Begins a section, which synchronize_srcu() of the same srcu_struct waits for (include/linux/srcu.h).
[[nodiscard]] inline value<int> srcu_read_lock(srcu_struct* srcu, const kernel::Site& site = kernel::Site::current()) {
  return value<int>::from(kernel::thread_for("srcu_read_lock()", site).read(srcu->place.address(), Tag::kSrcuLock, kernel::position(site)));
}
// Ends the section that returned the index; not an RCU-like ordering for what follows, see
// smp_mb__after_srcu_read_unlock().
inline void srcu_read_unlock(srcu_struct* srcu, const kernel::Stored<int>& index, const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("srcu_read_unlock()", site).write(srcu->place.address(), index.value, Tag::kSrcuUnlock, kernel::position(site));
}
// The same pair, for sections that another thread ends.
[[nodiscard]] inline value<int> srcu_down_read(srcu_struct* srcu, const kernel::Site& site = kernel::Site::current()) {
  return srcu_read_lock(srcu, site);
}
inline void srcu_up_read(srcu_struct* srcu, const kernel::Stored<int>& index, const kernel::Site& site = kernel::Site::current()) {
  srcu_read_unlock(srcu, index, site);
}
// Waits for a grace period of the srcu_struct: sleeps. Also a full barrier.
inline void synchronize_srcu(srcu_struct* srcu, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("synchronize_srcu()");
  run.might_sleep("synchronize_srcu()", site);
  run.thread("synchronize_srcu()", site).synchronize_srcu(srcu->place.address(), kernel::position(site));
}
inline void synchronize_srcu_expedited(srcu_struct* srcu, const kernel::Site& site = kernel::Site::current()) {
  synchronize_srcu(srcu, site);
}
// A full barrier behind srcu_read_unlock() (include/linux/srcu.h).
inline void smp_mb__after_srcu_read_unlock(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb__after_srcu_read_unlock()", site).fence(Tag::kAfterSrcuReadUnlock, kernel::position(site));
}

}  // namespace lkmc
