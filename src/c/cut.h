// SPDX-License-Identifier: Apache-2.0
// Cuts declarations out of a C file: what is not asked for becomes blank, so that what is left stands where it stood.
//
// The file is not parsed, only taken apart at its outermost level: a declaration ends with a semicolon or with the brace that
// closes what it opened. Conditional compilation around what is kept is kept, too, so it is the preprocessor that decides.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace lkmc::c {

// A function, variable, macro, typedef, enumerator (with its enumeration) or `struct foo`; of a structure perhaps only some members.
struct Wanted {
  std::string name;
  std::vector<std::string> members{};  // all if there are none
};

struct NotThere {
  std::string name;  // `foo`, `struct foo`, or a member: `struct foo: bar`
};

[[nodiscard]] std::variant<std::string, NotThere> cut(std::string_view text, const std::vector<Wanted>& wanted);

}  // namespace lkmc::c
