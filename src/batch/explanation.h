// SPDX-License-Identifier: Apache-2.0
// Why a test has failed, and the smallest repair: what `lkmc repair --why` has said of it (docs/json.md), for people and as edits.
#pragma once

#include <string>
#include <vector>

#include "src/batch/record.h"

namespace lkmc::batch {

// The schedule of what the test has shown, and below it the explanation, as lines of text; empty if there is neither.
[[nodiscard]] std::string how_and_why(const Record& record);
// The explanation alone.
[[nodiscard]] std::string explanation_of(const Record& record);

// Lines of a file that are to be replaced.
struct Edit {
  std::string file;
  int line;          // the first of them, from 1
  int removed;       // how many
  std::string text;  // what comes there instead, whole lines
};
// The repair, if there is one that can be made by edits of the source.
[[nodiscard]] std::vector<Edit> repair_of(const Record& record);

}  // namespace lkmc::batch
