// SPDX-License-Identifier: Apache-2.0
// When an exploration has to stop early, and when it reports progress; shared by its workers.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>

#include "src/explore/explorer.h"

namespace lkmc {

class Limits {
 public:
  using Clock = std::chrono::steady_clock;

  Limits(const ExploreOptions& options, Clock::time_point start) : options_(options), start_(start) {}

  void count_execution() {
    const std::uint64_t count = executions_.fetch_add(1, std::memory_order_relaxed) + 1;
    if (options_.max_executions && count >= *options_.max_executions) interrupt(Interruption::kMaxExecutions);
  }

  // Whether to stop; looks at the clock, so not to be asked too often.
  [[nodiscard]] bool expired() {
    if (options_.cancelled != nullptr && options_.cancelled->load(std::memory_order_relaxed)) {
      interrupt(Interruption::kCancelled);
    }
    if (options_.timeout && Clock::now() - start_ >= *options_.timeout) interrupt(Interruption::kTimeout);
    return interruption() != Interruption::kNone;
  }

  // To be called now and then by one worker; `fraction` is how far it is.
  void progress(std::optional<double> fraction) {
    if (!options_.on_progress || Clock::now() < next_report_) return;
    next_report_ = Clock::now() + std::chrono::milliseconds(250);
    options_.on_progress({.executions = executions_.load(std::memory_order_relaxed),
                          .seconds = std::chrono::duration<double>(Clock::now() - start_).count(),
                          .fraction = fraction});
  }

  // Stops because a thread goes on with a number that it is not known how to guess.
  void stop_at_unknown_value() { interrupt(Interruption::kUnknownValue); }
  // Stops so that the exploration can begin anew.
  void restart() { interrupt(Interruption::kRestart); }
  [[nodiscard]] bool may_restart() const {
    const Interruption why = interruption();
    return why == Interruption::kNone || why == Interruption::kRestart;
  }
  [[nodiscard]] Interruption interruption() const { return interruption_.load(std::memory_order_relaxed); }

 private:
  void interrupt(Interruption why) {
    Interruption none = Interruption::kNone;
    interruption_.compare_exchange_strong(none, why, std::memory_order_relaxed);
  }

  const ExploreOptions& options_;
  Clock::time_point start_;
  Clock::time_point next_report_{};
  std::atomic<std::uint64_t> executions_ = 0;
  std::atomic<Interruption> interruption_ = Interruption::kNone;
};

}  // namespace lkmc
