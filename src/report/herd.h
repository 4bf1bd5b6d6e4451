// SPDX-License-Identifier: Apache-2.0
// herd7's output, which the scripts of the kernel's tools/memory-model and many others read.
#pragma once

#include <string>

#include "src/report/result.h"

namespace lkmc {

// Of a test with a condition. Ends with an empty line. Two things differ from herd7 on purpose: the digits of `Hash=` (see hash.h), and an
// exploration that was stopped early prints `Inconclusive` where the executions it did not see might turn Never or Always
// into Sometimes. A loop bound that was hit prints `Loop` before Ok or No and nothing else, as in herd7.
[[nodiscard]] std::string herd_report(const Result& result);
// The digits of `Hash=`.
[[nodiscard]] std::string herd_hash(const Result& result);

}  // namespace lkmc
