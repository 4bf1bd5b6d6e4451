// SPDX-License-Identifier: Apache-2.0
// What a thread tells a race detector besides its accesses: assertions, regions in which accesses count as atomic, and
// where functions begin and end.
//
// Marks stand between the events of a thread, not among them: a memory model does not know of them, and they change no
// execution. KCSAN does (src/kcsan/oracle.h); what each mark stands for is said in include/linux/kcsan-checks.h of the kernel.
#pragma once

#include "src/graph/event.h"
#include "src/program/expr.h"

namespace lkmc {

enum class MarkKind : std::uint8_t {
  kFunctionEntry,  // of a function that is not inlined; `pos.function` is its name
  kFunctionExit,
  kDisable,  // KCSAN does not look at the thread until kEnable; they nest
  kEnable,
  kNestableBegin,  // kcsan_nestable_atomic_begin()
  kNestableEnd,
  kFlatBegin,  // kcsan_flat_atomic_begin()
  kFlatEnd,
  kAtomicNext,   // kcsan_atomic_next(argument)
  kAccessMask,   // kcsan_set_access_mask(argument)
  kAssert,       // ASSERT_EXCLUSIVE_WRITER(location), or _ACCESS
  kAssertScope,  // the same until kAssertScopeEnd of this location
  kAssertScopeEnd,
  kTaskFlags,  // the location is the thread's own current->flags
};

struct Mark {
  MarkKind kind = MarkKind::kFunctionEntry;
  EventIndex before = 0;  // the event of the thread that it precedes
  Location location = kNoLocation;
  bool any_access = false;  // an assertion about all accesses, not only about writes
  Word argument = 0;
  SourcePos pos{};
};

}  // namespace lkmc
