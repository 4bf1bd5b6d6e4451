// SPDX-License-Identifier: Apache-2.0
// Errors as a compiler prints them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "src/litmus/source.h"

namespace lkmc {

enum class Severity : std::uint8_t { kError, kWarning };

// `FILE:LINE:COL: error: message`, and under it the line of the source, if it is known and text, with a caret below the
// column.
[[nodiscard]] std::string diagnostic_text(const Diagnostic& diagnostic, Severity severity = Severity::kError);

}  // namespace lkmc
