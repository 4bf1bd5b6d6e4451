// SPDX-License-Identifier: Apache-2.0
// What is told of stores by the code of tests: by the compiler (stores.cc), and by the C library's functions (library.cc).
#pragma once

#include <cstddef>

#include "src/cpp/frames.h"

namespace lkmc::kernel {

// Something is about to be stored by the function that the call returns to. Must not throw: the compiler takes the functions that it calls
// for such that do not.
void store(const void* at, std::size_t size, const Call& call);

}  // namespace lkmc::kernel
