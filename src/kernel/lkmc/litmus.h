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
template <class F>
void thread(std::string_view name, F&& code) {
  kernel::Run::current("thread()").add_thread(name, std::forward<F>(code));
}

// What to check when all threads have ended: reads see the final memory.
template <class F>
void finally(F&& code) {
  kernel::Run::current("finally()").add_finally(std::forward<F>(code));
}

#define LITMUS(name, ...)                                                                                    \
  static void lkmc_test_##name();                                                                            \
  static const ::lkmc::kernel::Registration lkmc_registration_##name(#name, __FILE__, __LINE__, &lkmc_test_##name, \
                                                                     {__VA_ARGS__});                         \
  static void lkmc_test_##name()

}  // namespace lkmc
