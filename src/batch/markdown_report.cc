// SPDX-License-Identifier: Apache-2.0
// Markdown for the comment of a pull request: the numbers, what has not passed, and how it comes about folded away.
#include <fmt/format.h>

#include "src/batch/explanation.h"
#include "src/batch/formats.h"
#include "src/batch/markdown.h"

namespace lkmc::batch {
std::string markdown_report(const Report& report) {
  if (!report.comparison.empty()) return comparison_markdown(report.comparison);
  std::string out = fmt::format("### lkmc: {} tests\n\n", report.records.size());
  std::string head = "|", rule = "|", numbers = "|";
  for (const Outcome outcome : kOutcomes) {
    head += fmt::format(" {} |", to_string(outcome));
    rule += " ---: |";
    numbers += fmt::format(" {} |", count(report.records, outcome));
  }
  out += head + '\n' + rule + '\n' + numbers + '\n';
  if (count(report.records, Outcome::kPassed) == report.records.size()) return out;
  out += "\n| test | | why |\n| --- | --- | --- |\n";
  for (const Record& r : report.records) {
    if (r.outcome != Outcome::kPassed)
      out += fmt::format("| {} | {} | {} |\n", markdown_text(r.id), to_string(r.outcome), markdown_text(r.message));
  }
  for (const Record& r : report.records) {
    const std::string text = r.outcome == Outcome::kFailed ? how_and_why(r) : r.outcome == Outcome::kError ? r.diagnostics : "";
    if (!text.empty()) out += markdown_details(r.id, text);
  }
  return out;
}

}  // namespace lkmc::batch
