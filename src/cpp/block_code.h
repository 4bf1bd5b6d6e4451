// SPDX-License-Identifier: Apache-2.0
// What a basic block of a test does with the plain variables of its function, read off its machine code (variable_flow.h).
//
// A test is compiled without optimisation and with frame pointers: a variable is where it is for the whole of its function, and between
// two blocks nothing is anywhere else, but in the registers that calls preserve. So in a block it is enough to follow what each
// instruction reads and writes, which Capstone tells. What goes through pointers, and what functions return, is not followed, but for the
// answers of the API.
#pragma once

#include "src/kernel/variable_flow.h"

namespace lkmc::kernel {

// The block that begins where the call of its point returns to. On machines other than x86-64 nothing is known of it. It lives for ever.
[[nodiscard]] const BlockCode& block_code(const void* return_address);

}  // namespace lkmc::kernel
