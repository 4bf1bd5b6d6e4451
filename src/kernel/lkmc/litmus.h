// SPDX-License-Identifier: Apache-2.0
// The litmus API: what a C++ litmus test includes.
#pragma once

#include <version>
#ifndef __cpp_lib_source_location
#error "lkmc: this compiler has no std::source_location, which tests need; g++ from 11 on and clang++ from 16 on have it: set CXX"
#endif

#include <string_view>
#include <typeinfo>

#include "lkmc/expectations.h"
#include "src/kernel/array.h"
#include "src/kernel/atomic.h"
#include "src/kernel/bitops.h"
#include "src/kernel/cond.h"
#include "src/kernel/control.h"
#include "src/kernel/kcsan.h"
#include "src/kernel/list.h"
#include "src/kernel/lock_rules.h"
#include "src/kernel/lockdep.h"
#include "src/kernel/maple_tree.h"
#include "src/kernel/mutex.h"
#include "src/kernel/rcu.h"
#include "src/kernel/rcu_callback.h"
#include "src/kernel/refcount.h"
#include "src/kernel/rwlock.h"
#include "src/kernel/rwsem.h"
#include "src/kernel/seqlock.h"
#include "src/kernel/shared.h"
#include "src/kernel/slab.h"
#include "src/kernel/spinlock.h"
#include "src/kernel/types.h"
#include "src/kernel/value.h"
#include "src/kernel/wait.h"
#include "src/kernel/waitqueue.h"

namespace lkmc {

// An object in shared memory, made in the set-up of a test.
template <class T, class... Arguments>
LKMC_INLINE inline T& make(Arguments&&... arguments) {
  return *static_cast<T*>(kernel::Run::current("make<>").make(
      typeid(T).name(), sizeof(T), [&]() -> void* { return new T{std::forward<Arguments>(arguments)...}; },
      [](void* object) { delete static_cast<T*>(object); }));
}

// A thread of the test. It may use what the set-up has made, and assign to `value`s of the set-up.
//
// In a thread it starts another one, as kthread_run() does: what comes before it is seen by the new thread (release and acquire).
// The new thread may use what the other has read, but not assign to its variables.
//
// What thread() returns. In another thread, join() waits for the end of the thread and sees what it has done: release and acquire.
struct thread_handle {
  kernel::StartedThread thread;
  void join(const kernel::Site& site = kernel::Site::current()) const { kernel::Run::current("join()").join(thread, "join()", site); }
};
template <class F>
thread_handle thread(std::string_view name, F&& code, const kernel::Site& site = kernel::Site::current()) {
  return {kernel::Run::current("thread()").add_thread(name, std::forward<F>(code), site)};
}
// Asks the thread to end, without any ordering, and joins it (kernel/kthread.c: it waits for the completion by which the thread
// ends). kthread_should_stop() tells the thread.
inline void kthread_stop(const thread_handle& t, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("kthread_stop()");
  run.ask_to_stop(t.thread, site);
  run.join(t.thread, "kthread_stop()", site);
}
[[nodiscard]] inline value<bool> kthread_should_stop(const kernel::Site& site = kernel::Site::current()) {
  return value<bool>::from(kernel::Run::current("kthread_should_stop()").is_to_stop(site));
}

// What to check when all threads have ended: reads see the final memory.
template <class F>
void finally(F&& code, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run::current("finally()").add_finally(std::forward<F>(code), site);
}

#define LITMUS(name, ...)                                                                                                          \
  static void lkmc_test_##name();                                                                                                  \
  static const ::lkmc::kernel::Registration lkmc_registration_##name(#name, __FILE__, __LINE__, &lkmc_test_##name, {__VA_ARGS__}); \
  static void lkmc_test_##name()

}  // namespace lkmc
