// SPDX-License-Identifier: Apache-2.0
// Tells a schedule in words: one line per step, with the thread, the line of the source and what happens there.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "src/report/names.h"
#include "src/report/paint.h"
#include "src/report/schedule.h"
#include "src/report/witness.h"

namespace lkmc {

// One step.
struct StoryLine {
  std::string thread;
  std::string place;   // `line 7`
  std::string source;  // the statement that stands there, as far as it is on that line
  std::string effect;
  std::string remark;      // what is out of the ordinary about it; empty if nothing is
  bool is_told = false;    // by the line before: it is one more part of an object that is freed or allocated
  std::size_t access = 0;  // where in `source` the step is
  SourcePos pos{};         // of the step
};
[[nodiscard]] std::vector<StoryLine> story_lines(const Names& names, const Witness& witness, const std::vector<Step>& steps);
// The lines numbered from 1 and in columns; statements that would take too much room are cut.
[[nodiscard]] std::vector<std::string> formatted(const std::vector<StoryLine>& lines, const Painter& paint);

// Where a story may end: when a thread has done so many of its events.
struct StoryEnd {
  ThreadId thread;
  EventIndex events;
};
[[nodiscard]] std::string story(const Names& names, const Witness& witness, const Painter& paint,
                                const std::optional<StoryEnd>& end = std::nullopt);

}  // namespace lkmc
