// SPDX-License-Identifier: Apache-2.0
#include "src/batch/progress.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
// After so long a log says what takes so long.
constexpr auto kLogInterval = std::chrono::seconds(30);
constexpr std::size_t kColumns = 79;

std::string time_text(double seconds) {
  if (seconds < 100) return fmt::format("{:.0f} s", std::ceil(seconds));
  return seconds < 6000 ? fmt::format("{:.0f} min", std::ceil(seconds / 60)) : fmt::format("{:.0f} h", std::ceil(seconds / 3600));
}

}  // namespace

std::string progress_line(const Progress& progress, std::size_t not_passed, double seconds) {
  std::string text = fmt::format("[{}/{}]", progress.done, progress.known);
  if (not_passed > 0) text += fmt::format(" {} not passed", not_passed);
  if (progress.done > 0 && progress.done < progress.known) {
    const double left = seconds / static_cast<double>(progress.done) * static_cast<double>(progress.known - progress.done);
    text += fmt::format("{} about {} left", not_passed > 0 ? "," : "", time_text(left));
  }
  if (!progress.running.empty()) text += ": " + progress.running.front();
  return text.substr(0, kColumns);
}

ProgressPrinter::~ProgressPrinter() {
  if (is_shown_) std::fputs("\r\033[K", stderr);
}

void ProgressPrinter::say_what_runs(const Progress& progress, Clock::time_point now) {
  if (next_ == Clock::time_point()) next_ = now + kLogInterval;
  if (now < next_ || progress.running.empty()) return;
  next_ = now + kLogInterval;
  std::fputs(fmt::format("[{}/{}] still running: {}\n", progress.done, progress.known, fmt::join(progress.running, ", ")).c_str(), stderr);
}

void ProgressPrinter::show(const Progress& progress) {
  const Record* last = progress.last;
  if (last != nullptr && last->outcome != Outcome::kPassed) ++not_passed_;
  const auto now = Clock::now();
  if (!on_terminal_) {
    if (last == nullptr) return say_what_runs(progress, now);
    const std::string time = last->is_cached ? "known" : fmt::format("{:.1f} s", last->seconds);
    std::fputs(fmt::format("[{}/{}] {}: {}{}{} ({})\n", progress.done, progress.known, to_string(last->outcome), last->id,
                           last->message.empty() ? "" : ": ", printable(last->message), time)
                   .c_str(),
               stderr);
    next_ = now + kLogInterval;
    return;
  }
  if (now < next_) return;
  next_ = now + kInterval;
  std::fputs(("\r\033[K" + progress_line(progress, not_passed_, std::chrono::duration<double>(now - start_).count())).c_str(), stderr);
  is_shown_ = true;
}

}  // namespace lkmc::batch
