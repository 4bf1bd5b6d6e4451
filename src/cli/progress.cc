// SPDX-License-Identifier: Apache-2.0
#include "src/cli/progress.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "src/report/printable.h"

namespace lkmc {
namespace {

constexpr double kPatience = 1;  // seconds before the line is shown
constexpr double kMaxEstimate = 1e15;

std::string with_commas(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

// Rounded, since more would pretend to know more.
std::uint64_t two_digits(double number) {
  double unit = 1;
  while (number / unit >= 100) unit *= 10;
  return static_cast<std::uint64_t>(std::round(number / unit) * unit);
}

}  // namespace

ProgressLine::ProgressLine(const std::string& file) : file_(printable(file)), enabled_(isatty(STDERR_FILENO) != 0) {}

ProgressLine::~ProgressLine() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const Progress& progress) {
  if (!enabled_ || progress.seconds < kPatience) return;
  std::fputs(("\r\033[K" + progress_text(file_, progress)).c_str(), stderr);
  shown_ = true;
}

std::string progress_text(std::string_view file, const Progress& progress) {
  std::string text = fmt::format("{}: {} executions", file, with_commas(progress.executions));
  const double fraction = progress.fraction.value_or(0);
  const double total = static_cast<double>(progress.executions) / fraction;
  if (fraction > 0 && total < kMaxEstimate) {
    text += fmt::format(", {:.2g}% of about {}", 100 * fraction, with_commas(two_digits(total)));
  }
  return text + fmt::format(", {:.1f} s", progress.seconds);
}

}  // namespace lkmc
