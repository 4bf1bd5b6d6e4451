// SPDX-License-Identifier: Apache-2.0
// What KCSAN would say, in the words in which the kernel logs it, and for the races of the memory model whether it would.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/kcsan/oracle.h"
#include "src/report/names.h"

namespace lkmc {

// The runs of a program under several configurations, first the one that was asked for, and the races of the memory model;
// nothing if they are not known.
struct KcsanFindings {
  std::span<const KcsanRun> runs;
  const std::optional<std::vector<RacingPair>>& races;
  bool races_complete = true;  // there are no others
};

// One report, as kernel/kcsan/report.c prints it. What a test has not (addresses, offsets in functions, a machine) is made
// up: the address tells locations apart, offsets are 0, a task has the number of its thread.
[[nodiscard]] std::string kcsan_report_text(const KcsanReport& report, const Names& names);

// The reports under the configuration that was asked for, each race of the memory model with what all configurations make of
// it, and what was not explored.
[[nodiscard]] std::string kcsan_text(const KcsanFindings& findings, const Names& names);
// The same as a JSON object (docs/json.md).
[[nodiscard]] std::string kcsan_json(const KcsanFindings& findings, const Names& names);

}  // namespace lkmc
