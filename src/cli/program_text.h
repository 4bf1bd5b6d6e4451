// SPDX-License-Identifier: Apache-2.0
// All of a program that a user has written, so that a trace can tell whether it was made of it.
#pragma once

#include <string>
#include <string_view>

#include "src/cpp/compile.h"

namespace lkmc {

// The program's text; if it is a C++ test, followed by the text of each header that it includes, in the order in which the
// compiler lists them, without lkmc's own and the compiler's.
[[nodiscard]] std::string text_of_program(const std::string& path, std::string_view text, const Stop& stop);

}  // namespace lkmc
