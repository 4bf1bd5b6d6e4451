// SPDX-License-Identifier: Apache-2.0
// Results as JSON. The format is specified in docs/json.md.
#pragma once

#include <string>

#include "src/report/result.h"

namespace lkmc {

// One object on one line, with its newline; so the results of several tests are JSON Lines.
[[nodiscard]] std::string json_report(const Result& result);

}  // namespace lkmc
