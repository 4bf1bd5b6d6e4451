// SPDX-License-Identifier: Apache-2.0
// A page for people: the numbers, what has not passed and why, with links to the pages of failed tests (pages.h), and the rest
// folded away. It needs nothing but itself.
#include <fmt/format.h>

#include <string_view>

#include "src/batch/explanation.h"
#include "src/batch/formats.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

constexpr std::string_view kHead = R"(<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lkmc batch</title>
<style>
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --faint: #69727d; --line: #d7dce2; --shade: #f3f5f8; --bad: #b3261e; --good: #1a6b3c; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e4e7ea; --faint: #98a2ad; --line: #343b43; --shade: #1e2329; --bad: #ff8a80; --good: #7bd69c; }
}
body { margin: 0 auto; max-width: 80em; padding: 0 1rem 2rem; font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1rem; font-weight: 600; margin: 1.4rem 0 .2rem; }
p { margin: .2rem 0; }
a { color: inherit; }
pre { background: var(--shade); padding: .5rem .8rem; white-space: pre-wrap; }
.passed { color: var(--good); }
.failed, .error { color: var(--bad); }
.time { color: var(--faint); }
li { margin: .1rem 0; }
</style>
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// `not run` is no name of a class.
std::string class_of(Outcome outcome) { return outcome == Outcome::kNotRun ? "not-run" : std::string(to_string(outcome)); }

std::string block(const Record& r, const std::string& folder) {
  std::string out =
      fmt::format("<h2 id=\"{0}\"><span class=\"{1}\">{2}</span> {0}</h2>\n", escaped(r.id), class_of(r.outcome), to_string(r.outcome));
  out += fmt::format("<p>{} <span class=\"time\">{:.2f} s</span></p>\n", escaped(r.message), r.seconds);
  if (!r.page.empty()) out += fmt::format("<p><a href=\"{}/{}\">step by step</a></p>\n", escaped(folder), escaped(r.page));
  const std::string text = r.outcome == Outcome::kFailed ? how_and_why(r) : r.diagnostics;
  return text.empty() ? out : out + fmt::format("<pre>{}</pre>\n", escaped(text));
}

}  // namespace

std::string html_report(const Report& report) {
  std::string out(kHead);
  out += fmt::format("<h1>lkmc: {} tests</h1>\n<p>", report.records.size());
  for (const Outcome outcome : kOutcomes) {
    out += fmt::format("<span class=\"{}\">{} {}</span>, ", class_of(outcome), count(report.records, outcome), to_string(outcome));
  }
  out += fmt::format("under {} <span class=\"time\">{:.1f} s</span></p>\n", escaped(report.model), report.seconds);
  if (!report.comparison.empty()) out += fmt::format("<pre>{}</pre>\n", escaped(comparison_text(report.comparison)));
  for (const Record& r : report.records) {
    if (r.outcome != Outcome::kPassed) out += block(r, report.pages);
  }
  out += "<details><summary>passed</summary>\n<ul>\n";
  for (const Record& r : report.records) {
    if (r.outcome == Outcome::kPassed)
      out += fmt::format("<li>{} <span class=\"time\">{} {:.2f} s</span></li>\n", escaped(r.id), escaped(r.result), r.seconds);
  }
  return out + "</ul>\n</details>\n</html>\n";
}

}  // namespace lkmc::batch
