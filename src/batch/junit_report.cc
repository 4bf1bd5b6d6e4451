// SPDX-License-Identifier: Apache-2.0
// JUnit's XML, as CI servers read it: a suite for each file, a case for each test. An inconclusive test counts as an error: it has
// not been verified.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "src/batch/explanation.h"
#include "src/batch/findings.h"
#include "src/batch/formats.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

// XML has no way to write control characters, nor the last two characters of the first plane.
std::string escaped(std::string_view text) {
  const std::string shown = printable(text);
  std::string out;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::string_view rest = std::string_view(shown).substr(i);
    if (rest.starts_with("\xef\xbf\xbe") || rest.starts_with("\xef\xbf\xbf")) {
      out += "?";
      i += 2;
      continue;
    }
    switch (shown[i]) {
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
      case '\n':
        out += "&#10;";
        break;
      case '\t':
        out += "&#9;";
        break;
      default:
        out += shown[i];
    }
  }
  return out;
}

std::string what_became(const Record& r) {
  const auto element = [&](const char* name, std::string_view type, const std::string& text) {
    return fmt::format("<{0} type=\"{1}\" message=\"{2}\">{3}</{0}>", name, type, escaped(r.message), escaped(text));
  };
  switch (r.outcome) {
    case Outcome::kPassed:
      return {};
    case Outcome::kFailed: {
      std::string text;
      for (const Found& f : findings_of(r)) text += fmt::format("{}:{}:{}: {}\n", f.place.file, f.place.line, f.place.column, f.message);
      return element("failure", "violation", text + how_and_why(r));
    }
    case Outcome::kInconclusive:
      return element("error", "inconclusive", r.diagnostics);
    case Outcome::kError:
      return element("error", "error", r.diagnostics);
    case Outcome::kNotRun:
      return fmt::format("<skipped message=\"{}\"/>", escaped(r.message));
  }
  return {};
}

std::string attributes_of(std::span<const Record> records) {
  double seconds = 0;
  for (const Record& r : records) seconds += r.seconds;
  return fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3f}\"", records.size(),
                     count(records, Outcome::kFailed), count(records, Outcome::kInconclusive) + count(records, Outcome::kError),
                     count(records, Outcome::kNotRun), seconds);
}

}  // namespace

std::string junit_report(const Report& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites name=\"lkmc\" {}>\n", attributes_of(report.records));
  for (auto rest = report.records; !rest.empty();) {
    const auto end = std::find_if(rest.begin(), rest.end(), [&](const Record& r) { return r.file != rest.front().file; });
    const auto suite = rest.first(static_cast<std::size_t>(end - rest.begin()));
    rest = rest.subspan(suite.size());
    out += fmt::format("  <testsuite name=\"{}\" {}>\n", escaped(suite.front().file), attributes_of(suite));
    for (const Record& r : suite) {
      out += fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\" time=\"{:.3f}\"", escaped(r.file),
                         escaped(r.name), escaped(r.file), r.line, r.seconds);
      const std::string inside = what_became(r);
      out += inside.empty() ? "/>\n" : ">" + inside + "</testcase>\n";
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace lkmc::batch
