// SPDX-License-Identifier: Apache-2.0
// What a C++ test expects, as text and back, and whether it is met.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/kernel/runtime.h"
#include "src/report/result.h"

namespace lkmc {

// `violated "freed once"`
[[nodiscard]] std::string text_of(const kernel::Expectation& expectation);
[[nodiscard]] std::optional<kernel::Expectation> expectation_from(std::string_view text);

// Fills in which findings are expected, which expectations are met, and the verdict. All else of the result is there.
void judge(std::span<const kernel::Expectation> expectations, Result& result);

}  // namespace lkmc
