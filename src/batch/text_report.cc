// SPDX-License-Identifier: Apache-2.0
// For people: what has not passed and why, the slowest tests, and the numbers; or what has changed.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "src/batch/explanation.h"
#include "src/batch/formats.h"

namespace lkmc::batch {
namespace {

constexpr std::size_t kSlowest = 5;

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += "    " + text.substr(begin, end - begin) + '\n';
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string text_report(const Report& report) {
  if (!report.comparison.empty()) return comparison_text(report.comparison);
  std::string out;
  for (const Record& r : report.records) {
    if (r.outcome == Outcome::kPassed || r.outcome == Outcome::kNotRun) continue;
    out += fmt::format("{}: {}: {}\n", to_string(r.outcome), r.id, r.message);
    if (r.outcome == Outcome::kFailed) out += indented(how_and_why(r));
    if (r.outcome == Outcome::kError) out += indented(r.diagnostics);
  }
  std::vector<const Record*> slowest;
  for (const Record& r : report.records) {
    if (r.outcome != Outcome::kNotRun && !r.is_cached) slowest.push_back(&r);
  }
  std::sort(slowest.begin(), slowest.end(), [](const Record* a, const Record* b) { return a->seconds > b->seconds; });
  if (slowest.size() > kSlowest) slowest.resize(kSlowest);
  if (!slowest.empty()) out += "slowest:\n";
  for (const Record* r : slowest) out += fmt::format("  {:7.2f} s  {}\n", r->seconds, r->id);

  std::string numbers;
  for (const Outcome outcome : kOutcomes) {
    const std::size_t n = count(report.records, outcome);
    if (n > 0 || outcome == Outcome::kPassed || outcome == Outcome::kFailed) {
      numbers += fmt::format("{}{} {}", numbers.empty() ? "" : ", ", n, to_string(outcome));
    }
  }
  const auto known = std::count_if(report.records.begin(), report.records.end(), [](const Record& r) { return r.is_cached; });
  const std::string cached = known > 0 ? fmt::format(" ({} known from before)", known) : "";
  return out + fmt::format("{} tests: {}; {:.1f} s{}\n", report.records.size(), numbers, report.seconds, cached);
}

}  // namespace lkmc::batch
