// SPDX-License-Identifier: Apache-2.0
// Work for after a grace period: call_rcu(), kfree_rcu(), rcu_barrier() (Documentation/RCU/whatisRCU.rst,
// include/linux/rcupdate.h). Each callback runs once, in a thread of its own that may not sleep, some time after a grace period
// that begins after the call; so readers that were there at the call have left, and what came before the call is seen.
// All callbacks have run when an execution is complete.
#pragma once

#include "src/kernel/slab.h"

namespace lkmc {

// A member of objects that are handed to call_rcu().
struct rcu_head {
  char unused = 0;  // so that it has an address of its own
};

using rcu_callback_t = void (*)(value<rcu_head*>);

// Does not wait. `function` is a function or a lambda that captures nothing.
inline void call_rcu(const value<rcu_head*>& head, rcu_callback_t function, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("call_rcu()").call_rcu(head.symbolic(), function, site);
}

// Frees what kmalloc() returned after a grace period; NULL is ignored.
template <class T>
void kfree_rcu(const value<T*>& object, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("kfree_rcu()");
  if (!run.branch((object != nullptr).symbolic())) return;
  run.call_rcu(
      object.symbolic(), +[](value<rcu_head*> freed) { kfree(freed); }, site);
}

// Waits until all callbacks that were there at the call have run: sleeps.
inline void rcu_barrier(const kernel::Site& site = kernel::Site::current()) { kernel::Run::current("rcu_barrier()").rcu_barrier(site); }

}  // namespace lkmc
