// SPDX-License-Identifier: Apache-2.0
// What the debug information of the running program tells: where code stands in the source, and how members are called.
//
// A plain access to a shared variable looks like any other access, so no macro or default argument can tell where it is. But
// the API's functions know the address that they return to, and the compiler has written down which line that is, through
// all that was inlined (DWARF, read by elfutils' libdw). It works for what is compiled with -g, as tests are, and was loaded
// before the first question.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "src/graph/event.h"

namespace lkmc::kernel {

// The statement that a call returns to; of inlined functions the innermost that is not one of the API's own. Line 0 if it is not
// known. The names in it live for ever.
[[nodiscard]] SourcePos caller_at(const void* return_address);

// Whose code the statement is that a call returns to: that of the test, the API's, or that of a library that one of them calls.
enum class CodeOwner : std::uint8_t { kTest, kApi, kLibrary };
[[nodiscard]] CodeOwner owner_at(const void* return_address);

// The name of a type as the source has it, from that of its type_info.
[[nodiscard]] std::string readable_type(std::string_view type);

// The same without namespaces and template arguments, as one speaks of it: `machine` of `vma::machine<vma::v2>`. Of the API's
// own types only what stands in tests: `shared<int>`.
[[nodiscard]] std::string short_type(std::string_view readable_type);
[[nodiscard]] bool is_api_type(std::string_view readable_type);

// The name of the variable that is declared at the place; empty if there is none.
[[nodiscard]] std::string declared_at(const SourcePos& place);
// The variable that is made of what `function` returns in that line: `x` of `auto &x = make<shared<int>>()`. Empty if there is none.
[[nodiscard]] std::string assigned_from(std::string_view function, const SourcePos& place);

// What is at an offset into an object of that name, and of a type of that readable name and size: `vma.vm_lock_seq`,
// `vma.slots[2].lock`; `vma+8` if it is not known. Members of the API's own types are told only where there is a choice.
[[nodiscard]] std::string part_name(const std::string& object, std::string_view type, std::size_t size, std::size_t offset);

}  // namespace lkmc::kernel
