// SPDX-License-Identifier: Apache-2.0
// What a thread of a C++ test has that is no `value`: what the compiler has put into registers and on the stack, static variables, and
// the members of objects that are not shared. Memory from `new` is not among it (src/program/allocations.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lkmc::kernel {

// What a function must find as it was when another one that it has called returns, the stack pointer last. All zero where that is not
// known of the machine.
using Registers = std::array<std::uint64_t, 7>;

// Appends the registers, what is on the stack of the running fiber from there on, and the static variables of the executable or shared
// object that `code` is part of. False if the registers are not known.
[[nodiscard]] bool append_state(const Registers& registers, const void* code, std::vector<std::byte>& bytes);
// Appends some memory, as words.
void append_memory(const void* begin, std::size_t size, std::vector<std::byte>& bytes);

}  // namespace lkmc::kernel
