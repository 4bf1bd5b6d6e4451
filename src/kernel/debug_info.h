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

// Whose code stands at a place: that of the test, the API's, or that of a library that one of them calls.
enum class CodeOwner : std::uint8_t { kTest, kApi, kLibrary };
struct CodePlace {
  CodeOwner owner = CodeOwner::kLibrary;
  SourcePos pos{};  // of the innermost function that is no library's
};
// The same as caller_at, but the API's own functions count.
[[nodiscard]] CodePlace code_at(const void* return_address);

// The name of a type as the source has it, from that of its type_info.
[[nodiscard]] std::string readable_type(std::string_view type);

// The name of the variable that is declared at the place; empty if there is none.
[[nodiscard]] std::string declared_at(const SourcePos& place);

// The way to the member at an offset into a type of that demangled name and size: `vm_lock_seq`, `slots[2].lock`; empty if it
// is not known. Members of the API's own types are told only where there is a choice.
[[nodiscard]] std::string member_at(std::string_view type, std::size_t size, std::size_t offset);

}  // namespace lkmc::kernel
