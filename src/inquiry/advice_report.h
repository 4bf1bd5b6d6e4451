// SPDX-License-Identifier: Apache-2.0
// Which markings would remove the races of a test, for people and as JSON.
#pragma once

#include <string>

#include "src/ordering/advice.h"
#include "src/report/names.h"

namespace lkmc {

[[nodiscard]] std::string advice_text(const AllAdvice& advice, const AdviceJob& job, const Names& names);
// A JSON object (docs/json.md).
[[nodiscard]] std::string advice_json(const AllAdvice& advice, const AdviceJob& job, const Names& names);

}  // namespace lkmc
