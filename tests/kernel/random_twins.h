// SPDX-License-Identifier: Apache-2.0
// Random litmus tests that can be said in C++ as well, so that the two front ends can be compared on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/reference/test_program.h"

namespace lkmc::kernel_test {

// The first `count` tests of the generator that the API in C++ takes: none in which a thread keeps a spinlock or sleeps where
// it must not, or leaves an object, which are mistakes there; none that counts atomically in what is no atomic_t; and none with loops
// that wait.
[[nodiscard]] std::vector<reference::TestProgram> random_twins(int count);

// `random_17`
[[nodiscard]] std::string name_in_cpp(const reference::TestProgram& program);

// The test as a LITMUS that observes what to_litmus() shows: `0:r0`, `x`.
[[nodiscard]] std::string to_cpp(const reference::TestProgram& program);

// The same with checks of registers at random places, by the name `random_17_checked`.
[[nodiscard]] std::string to_cpp_with_checks(const reference::TestProgram& program);

}  // namespace lkmc::kernel_test
