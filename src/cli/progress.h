// SPDX-License-Identifier: Apache-2.0
// How far a check is, for who waits for it.
#pragma once

#include <string>
#include <string_view>

#include "src/explore/explorer.h"

namespace lkmc {

// A line at the bottom of a terminal that says how far a check is, if it takes over a second. Not shown where stderr is no
// terminal.
class ProgressLine {
 public:
  // `file` is what is being checked.
  explicit ProgressLine(const std::string& file);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);

 private:
  std::string file_;
  bool enabled_;
  bool shown_ = false;
};

// `file: 12,000 executions, 40% of about 30,000, 3.1 s`
[[nodiscard]] std::string progress_text(std::string_view file, const Progress& progress);

}  // namespace lkmc
