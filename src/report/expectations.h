// SPDX-License-Identifier: Apache-2.0
// What a C++ test expects, as text and back, and whether it is met.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/program/self_checking_test.h"
#include "src/report/result.h"

namespace lkmc {

// `violated "freed once"`
[[nodiscard]] std::string text_of(const Expectation& expectation);
[[nodiscard]] std::optional<Expectation> expectation_from(std::string_view text);

// Fills in which findings are expected, which expectations are met, and the verdict. All else of the result is there.
void judge(std::span<const Expectation> expectations, Result& result);

}  // namespace lkmc
