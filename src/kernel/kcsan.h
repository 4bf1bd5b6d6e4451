// SPDX-License-Identifier: Apache-2.0
// What kernel code says to KCSAN (include/linux/kcsan-checks.h, include/linux/kcsan.h, Documentation/dev-tools/kcsan.rst).
// None of it changes what the memory model allows; `lkmc check --kcsan` knows it.
#pragma once

#include <optional>

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

inline void mark(Mark mark, const char* what, const Site& site) {
  mark.pos = position(site);
  thread_for(what, site).mark(mark);
}
template <class T>
void mark_variable(Mark mark, const shared<T>& x, const char* what, const Site& site) {
  mark.pos = position(site);
  thread_for(what, site).mark_location(mark, x.address());
}

// Tells of the beginning and, where the C++ scope ends, of the end. A thread that is abandoned in the middle tells nothing.
class MarkedScope {
 public:
  MarkedScope(MarkKind begin, MarkKind end, const char* what, const Site& site) : end_(end), what_(what), site_(site) {
    mark({.kind = begin}, what, site);
  }
  ~MarkedScope() {
    if (Run* run = Run::current_or_null(); run != nullptr && run->phase() == Phase::kThread) mark({.kind = end_}, what_, site_);
  }
  MarkedScope(const MarkedScope&) = delete;
  MarkedScope& operator=(const MarkedScope&) = delete;

 private:
  MarkKind end_;
  const char* what_;
  Site site_;
};

template <class T>
class AssertScope {
 public:
  AssertScope(const shared<T>& x, bool any_access, const Site& site) : x_(x), any_access_(any_access), site_(site) {
    mark_variable({.kind = MarkKind::kAssertScope, .any_access = any_access}, x, "ASSERT_EXCLUSIVE_…_SCOPED", site);
  }
  ~AssertScope() {
    if (Run* run = Run::current_or_null(); run == nullptr || run->phase() != Phase::kThread) return;
    mark_variable({.kind = MarkKind::kAssertScopeEnd, .any_access = any_access_}, x_, "ASSERT_EXCLUSIVE_…_SCOPED", site_);
  }
  AssertScope(const AssertScope&) = delete;
  AssertScope& operator=(const AssertScope&) = delete;

 private:
  const shared<T>& x_;
  bool any_access_;
  Site site_;
};

// While it lives, the thread is in a data_race().
class MeantRaces {
 public:
  explicit MeantRaces(const Site& site) {
    Run& run = Run::current("data_race()");
    if (run.phase() != Phase::kThread) return;
    not_looked_at_.emplace(MarkKind::kDisable, MarkKind::kEnable, "data_race()", site);
    run.thread("data_race()").mean_races(true);
  }
  ~MeantRaces() {
    if (!not_looked_at_) return;
    if (Run* run = Run::current_or_null(); run != nullptr && run->phase() == Phase::kThread) run->thread("data_race()").mean_races(false);
  }
  MeantRaces(const MeantRaces&) = delete;
  MeantRaces& operator=(const MeantRaces&) = delete;

 private:
  std::optional<MarkedScope> not_looked_at_;
};

// The value of an expression; that of a shared variable is what a plain read sees.
template <class X>
[[nodiscard]] LKMC_INLINE inline auto value_of_expression(const X& x) {
  if constexpr (operand<X>::is_tracked) {
    return value<operand_type<X>>(x);
  } else {
    return x;
  }
}

}  // namespace kernel

// --- functions ----------------------------------------------------------------------------------------------------------

// At the top of a function that is not inlined: KCSAN delays an access no longer than up to the end of its function, and
// names the function in reports. A thread of a test is a function, too.
#define KERNEL_FUNCTION                                                                                                                 \
  const ::lkmc::kernel::MarkedScope lkmc_function(::lkmc::MarkKind::kFunctionEntry, ::lkmc::MarkKind::kFunctionExit, "KERNEL_FUNCTION", \
                                                  std::source_location::current())
// At the top of a function that has the attribute __no_kcsan; here also of what it calls.
#define NO_KCSAN                                                                                                     \
  const ::lkmc::kernel::MarkedScope lkmc_no_kcsan(::lkmc::MarkKind::kDisable, ::lkmc::MarkKind::kEnable, "NO_KCSAN", \
                                                  std::source_location::current())

// Says that races of all accesses of the expression are meant, assignments and `x++` among them. Yields its value. To LKMM
// they stay what they are, but their races are not reported; KCSAN does not look at them.
#define data_race(...)                                                                  \
  ({                                                                                    \
    const ::lkmc::kernel::MeantRaces lkmc_meant_races(std::source_location::current()); \
    ::lkmc::kernel::value_of_expression(__VA_ARGS__);                                   \
  })

// --- assertions: no other thread writes the variable, or accesses it, while the assertion stands ---------------------------

#define LKMC_KCSAN_NAME_(name, line) name##line
#define LKMC_KCSAN_NAME(name, line) LKMC_KCSAN_NAME_(name, line)

template <class T>
void ASSERT_EXCLUSIVE_WRITER(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  kernel::mark_variable({.kind = MarkKind::kAssert}, x, "ASSERT_EXCLUSIVE_WRITER()", site);
}
template <class T>
void ASSERT_EXCLUSIVE_ACCESS(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  kernel::mark_variable({.kind = MarkKind::kAssert, .any_access = true}, x, "ASSERT_EXCLUSIVE_ACCESS()", site);
}
// Up to the end of the scope.
#define ASSERT_EXCLUSIVE_WRITER_SCOPED(x) \
  const ::lkmc::kernel::AssertScope LKMC_KCSAN_NAME(lkmc_assert_, __LINE__)((x), false, std::source_location::current())
#define ASSERT_EXCLUSIVE_ACCESS_SCOPED(x) \
  const ::lkmc::kernel::AssertScope LKMC_KCSAN_NAME(lkmc_assert_, __LINE__)((x), true, std::source_location::current())

// Checks look only at these bits for changes, until the mask is 0 again.
inline void kcsan_set_access_mask(unsigned long mask, const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kAccessMask, .argument = static_cast<Word>(mask)}, "kcsan_set_access_mask()", site);
}
// The next `n` checks take the access for atomic.
inline void kcsan_atomic_next(int n, const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kAtomicNext, .argument = n}, "kcsan_atomic_next()", site);
}
// No other thread changes these bits. The access that follows counts as atomic.
template <class T>
void ASSERT_EXCLUSIVE_BITS(const shared<T>& x, unsigned long mask, const kernel::Site& site = kernel::Site::current()) {
  kcsan_set_access_mask(mask, site);
  kernel::mark_variable({.kind = MarkKind::kAssert}, x, "ASSERT_EXCLUSIVE_BITS()", site);
  kcsan_set_access_mask(0, site);
  kcsan_atomic_next(1, site);
}

// --- regions ------------------------------------------------------------------------------------------------------------

// Plain accesses inside count as atomic: no watchpoint is set for them. The nestable ones are for writers of sequence
// counters, the flat ones, which do not nest, for readers.
inline void kcsan_nestable_atomic_begin(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kNestableBegin}, "kcsan_nestable_atomic_begin()", site);
}
inline void kcsan_nestable_atomic_end(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kNestableEnd}, "kcsan_nestable_atomic_end()", site);
}
inline void kcsan_flat_atomic_begin(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kFlatBegin}, "kcsan_flat_atomic_begin()", site);
}
inline void kcsan_flat_atomic_end(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kFlatEnd}, "kcsan_flat_atomic_end()", site);
}
// KCSAN does not look at the thread in between; they nest. What data_race() does to its expression.
inline void kcsan_disable_current(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kDisable}, "kcsan_disable_current()", site);
}
inline void kcsan_enable_current(const kernel::Site& site = kernel::Site::current()) {
  kernel::mark({.kind = MarkKind::kEnable}, "kcsan_enable_current()", site);
}

// --- variables, in the set-up of a test -----------------------------------------------------------------------------------

// The variable has the qualifier __data_racy: no race on it is reported. KCSAN takes its accesses for marked ones.
template <class T>
void set_data_racy(shared<T>& x) {
  kernel::Run::current("set_data_racy()").location_info(x.location()).is_racy = true;
}
// The variable is a ghost: only the test has it, to say what is right. KCSAN knows nothing of its accesses, and no advice is
// about them; to the memory model they are like others, so they should be marked.
template <class T>
void set_ghost(shared<T>& x) {
  kernel::Run::current("set_ghost()").location_info(x.location()).is_ghost = true;
}
// The variable stands for one that is not aligned to its size, or for an object of so many bytes that is copied at once.
template <class T>
void set_unaligned(shared<T>& x) {
  kernel::Run::current("set_unaligned()").location_info(x.location()).aligned = false;
}
template <class T>
void set_bytes(shared<T>& x, int bytes) {
  kernel::Run::current("set_bytes()").location_info(x.location()).bytes = bytes;
}
// In a thread: the variable is its own current->flags.
template <class T>
void set_task_flags(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  kernel::mark_variable({.kind = MarkKind::kTaskFlags}, x, "set_task_flags()", site);
}

}  // namespace lkmc
