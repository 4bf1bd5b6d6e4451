// SPDX-License-Identifier: Apache-2.0
// The calls that have led to a place in the code of a test.
//
// The code of tests is compiled with frame pointers, and so are our own functions that call it or are called by it: each frame
// begins with the address of the frame of the caller, behind which the address stands that the function returns to.
#pragma once

#include "src/cpp/debug_info.h"
#include "src/kernel/control_flow.h"
#include "src/kernel/runtime.h"

namespace lkmc::kernel {

// A function that the code of a test has called: its frame, and the address that it returns to.
struct Call {
  const void* frame;
  const void* return_address;
};
#define LKMC_THIS_CALL \
  ::lkmc::kernel::Call { __builtin_frame_address(0), __builtin_return_address(0) }

// The thread's run, if it is in the code of a test; else null. A path that is given up is unwound by an exception: its destructors
// are no part of it.
[[nodiscard]] Run* run_in_thread();

// The place of the call, as far down as the frame `outermost`.
[[nodiscard]] Point point_of(const Call& call, const void* outermost);

// Whose code a call returns to.
[[nodiscard]] CodeOwner owner_of(const void* return_address);

// The statement of the call, or the one outside of libraries that led to it.
struct Statement {
  CodeOwner owner;
  const void* return_address;
};
[[nodiscard]] Statement statement_of(const Call& call, const void* outermost);

}  // namespace lkmc::kernel
