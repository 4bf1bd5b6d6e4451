// SPDX-License-Identifier: Apache-2.0
// Text that may come from anybody's file, as it may be written to a terminal.
#pragma once

#include <string>
#include <string_view>

#include "src/report/paint.h"

namespace lkmc {

// Control characters other than tab and newline, and bytes that are no UTF-8, are written as `\x1b`. With colour, the sequences
// that Painter writes stay.
[[nodiscard]] std::string printable(std::string_view text, Colour colour = Colour::kNever);

}  // namespace lkmc
