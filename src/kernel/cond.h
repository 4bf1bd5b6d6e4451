// SPDX-License-Identifier: Apache-2.0
// Waiting for a value in memory, without side effects: the scheduler knows what is waited for, so a wait costs one round,
// and one that never ends is reported as a deadlock (include/asm-generic/barrier.h).
#pragma once

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

template <class T, class Condition>
value<T> cond_load(const shared<T>* x, Tag tag, const Condition& condition, const char* function, const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  for (;;) {
    const value<T> v = x->read(tag, site);
    const Value holds = get(condition(v));
    if (thread.looks_again(holds)) continue;
    thread.await(holds, position(site), {.looks = v.symbolic().reads});
    run.control_from_here(holds);
    return v;
  }
}

}  // namespace kernel

// Waits until the condition holds of *ptr, which it calls VAL, and returns that value. Unordered but for the control
// dependency of all that follows in the thread, also behind an `if` around it: who waits in vain does not get there; and an acquire.
#define smp_cond_load_relaxed(ptr, ...)                                                                                 \
  ::lkmc::kernel::cond_load((ptr), ::lkmc::Tag::kOnce, [&]([[maybe_unused]] const auto& VAL) { return (__VA_ARGS__); }, \
                            "smp_cond_load_relaxed()", std::source_location::current())
#define smp_cond_load_acquire(ptr, ...)                                                                                    \
  ::lkmc::kernel::cond_load((ptr), ::lkmc::Tag::kAcquire, [&]([[maybe_unused]] const auto& VAL) { return (__VA_ARGS__); }, \
                            "smp_cond_load_acquire()", std::source_location::current())

// What a loop does that spins; orders nothing. A loop that only waits is better an smp_cond_load, which has no bound.
inline void cpu_relax() {}

// Behind a branch on a load makes it an acquire: the branch orders the load before later stores, and this, an smp_rmb(),
// before later loads.
inline void smp_acquire__after_ctrl_dep(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_acquire__after_ctrl_dep()", site).fence(Tag::kRmb, kernel::position(site));
}

}  // namespace lkmc
