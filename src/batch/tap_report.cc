// SPDX-License-Identifier: Apache-2.0
// TAP in the kernel's dialect, KTAP: `prove` and tools/testing/kunit/kunit.py read it.
#include <fmt/format.h>

#include "src/batch/explanation.h"
#include "src/batch/formats.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

// A `#` begins a directive, a line break ends the test.
std::string description(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) out += c == '#' ? "\\x23" : c == '\n' ? "\\x0a" : std::string(1, c);
  return out;
}

std::string comment(const std::string& text) {
  std::string out;
  const std::string shown = printable(text);
  for (std::size_t begin = 0; begin < shown.size();) {
    const std::size_t end = std::min(shown.find('\n', begin), shown.size());
    out += "# " + shown.substr(begin, end - begin) + '\n';
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string tap_report(const Report& report) {
  std::string out = fmt::format("KTAP version 1\n1..{}\n", report.records.size());
  std::size_t number = 0;
  for (const Record& r : report.records) {
    ++number;
    const std::string name = description(r.id);
    switch (r.outcome) {
      case Outcome::kPassed:
        out += fmt::format("ok {} {}\n", number, name);
        break;
      case Outcome::kNotRun:
        out += fmt::format("ok {} {} # SKIP {}\n", number, name, description(r.message));
        break;
      case Outcome::kFailed:
      case Outcome::kInconclusive:
      case Outcome::kError:
        out += comment(
            fmt::format("{}: {}\n{}", to_string(r.outcome), r.message, r.outcome == Outcome::kFailed ? how_and_why(r) : r.diagnostics));
        out += fmt::format("not ok {} {}\n", number, name);
        break;
    }
  }
  return out;
}

}  // namespace lkmc::batch
