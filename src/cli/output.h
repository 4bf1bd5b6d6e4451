// SPDX-License-Identifier: Apache-2.0
// What lkmc prints, and whether it could. Control characters of a file's name or text are printed as `\x1b`: they must not reach
// a terminal.
#pragma once

#include <string_view>

#include "src/report/paint.h"

namespace lkmc {

// What stdout takes.
[[nodiscard]] Colour colour_of_stdout();

void print(std::string_view text);
// To stderr, in order with what is on stdout where the two go to one place.
void print_error(std::string_view text);

// `status`; kError, with a word on stderr, if something could not be written.
[[nodiscard]] int status_after_output(int status);

}  // namespace lkmc
