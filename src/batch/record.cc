// SPDX-License-Identifier: Apache-2.0
#include "src/batch/record.h"

#include <algorithm>

namespace lkmc::batch {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kInconclusive:
      return "inconclusive";
    case Outcome::kError:
      return "error";
    case Outcome::kNotRun:
      return "not run";
  }
  return {};
}

std::size_t count(std::span<const Record> records, Outcome outcome) {
  return static_cast<std::size_t>(std::count_if(records.begin(), records.end(), [&](const Record& r) { return r.outcome == outcome; }));
}

int exit_status(std::span<const Record> records) {
  if (count(records, Outcome::kError) > 0) return 2;
  if (count(records, Outcome::kFailed) > 0) return 1;
  return count(records, Outcome::kPassed) == records.size() ? 0 : 3;
}

}  // namespace lkmc::batch
