// SPDX-License-Identifier: Apache-2.0
#include "src/batch/progress.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

constexpr auto kInterval = std::chrono::milliseconds(200);
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

void ProgressPrinter::show(const Progress& progress) {
  const Record* last = progress.last;
  if (last != nullptr && last->outcome != Outcome::kPassed) ++not_passed_;
  if (!on_terminal_) {
    if (last == nullptr) return;
    std::fputs(fmt::format("[{}/{}] {}: {}{}{} ({:.1f} s)\n", progress.done, progress.known, to_string(last->outcome), last->id,
                           last->message.empty() ? "" : ": ", printable(last->message), last->seconds)
                   .c_str(),
               stderr);
    return;
  }
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now + kInterval;
  std::fputs(("\r\033[K" + progress_line(progress, not_passed_, std::chrono::duration<double>(now - start_).count())).c_str(), stderr);
  is_shown_ = true;
}

}  // namespace lkmc::batch
