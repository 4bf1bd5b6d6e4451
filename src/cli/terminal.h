// SPDX-License-Identifier: Apache-2.0
// What depends on how lkmc was started: terminals, and interrupts from the keyboard.
#pragma once

#include <atomic>
#include <initializer_list>
#include <string>

#include "src/explore/explorer.h"
#include "src/report/paint.h"

namespace lkmc {

// Whether stdout takes colour: a terminal, unless the environment variable NO_COLOR is set.
[[nodiscard]] Colour colour_of_stdout();

// The first of the signals sets the flag that this returns; the same one again ends the process.
[[nodiscard]] const std::atomic<bool>& catch_interrupt(std::initializer_list<int> signals);

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
