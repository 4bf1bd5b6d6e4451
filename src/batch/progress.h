// SPDX-License-Identifier: Apache-2.0
// Shows on stderr how far a batch is: on a terminal one line that changes, with an estimate of the time that is left; in a log a
// line for each test that has ended.
#pragma once

#include <chrono>
#include <string>

#include "src/batch/batch.h"

namespace lkmc::batch {

// `[12/257] 3 not passed, about 40 s left: litmus/vma/detached.cc`
[[nodiscard]] std::string progress_line(const Progress& progress, std::size_t not_passed, double seconds);

class ProgressPrinter {
 public:
  explicit ProgressPrinter(bool on_terminal) : on_terminal_(on_terminal) {}
  ~ProgressPrinter();
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void show(const Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  void say_what_runs(const Progress& progress, Clock::time_point now);

  const bool on_terminal_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_{};
  std::size_t not_passed_ = 0;
  bool is_shown_ = false;
};

}  // namespace lkmc::batch
