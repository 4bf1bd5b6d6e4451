// SPDX-License-Identifier: Apache-2.0
// What is wrong with a test, in the form that the formats for machines want: each finding with its place and its steps.
#pragma once

#include <string>
#include <vector>

#include "src/batch/record.h"

namespace lkmc::batch {

struct Place {
  std::string file;
  int line = 1, column = 1;
};

struct StepAt {
  std::string text;
  Place place;
};

struct Found {
  enum class Kind : std::uint8_t { kViolation, kRace, kDeadlock, kError } kind;
  std::string message;
  Place place;
  std::vector<Place> others;  // the other access of a race, the other threads of a deadlock
  std::vector<StepAt> steps;
};

// Of a test that has failed, what lkmc check has found; of one that could not be checked, what it complained of.
[[nodiscard]] std::vector<Found> findings_of(const Record& record);

// The schedule of the first finding as lines of text; empty if there is none.
[[nodiscard]] std::string schedule_of(const Record& record);

}  // namespace lkmc::batch
