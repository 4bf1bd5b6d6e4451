// SPDX-License-Identifier: Apache-2.0
#include "src/batch/explanation.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <sstream>

#include "src/batch/findings.h"

namespace lkmc::batch {
namespace {

using Lines = std::vector<std::string>;

// A part of what lkmc has said; null if it has not said so much.
const Json& part(const Json& json, const char* key) {
  static const Json none;
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? *found : none;
}

Lines lines_of(const Json& json) {
  Lines lines;
  for (const Json& line : json) {
    if (line.is_string()) lines.push_back(line);
  }
  return lines;
}

std::string text_of(const Json& json) { return json.is_string() ? json.get<std::string>() : ""; }

std::string cycle_text(const Json& entry, std::string_view title) {
  std::string out;
  for (const std::string& line : lines_of(part(entry, "cycle"))) out += fmt::format("    {}\n", line);
  return out.empty() ? out : fmt::format("  {}\n{}", title, out);
}

// A test may be wrong for what it shows, or for what it does not show.
std::string why_text(const Json& why) {
  std::string out;
  for (const Json& wrong : part(why, "wrong")) {
    out += fmt::format("why: {}\n", text_of(part(wrong, "what")));
    if (part(wrong, "would_forbid").is_null()) {
      out += "  threads in turns do it, however strongly all is ordered\n";
    } else {
      out += cycle_text(wrong, "a cycle of accesses that nothing forbids:");
      out += fmt::format("  it would be forbidden by {}\n", fmt::join(lines_of(part(wrong, "would_forbid")), ", and "));
    }
  }
  if (!out.empty()) return out;
  for (const Json& forbidden : part(why, "forbidden")) {
    out += fmt::format("why not: {}\n", text_of(part(forbidden, "what"))) + cycle_text(forbidden, "it would take a cycle of accesses:");
    const Lines by = lines_of(part(forbidden, "by"));
    out += by.empty() ? "  forbidden by the orderings together\n" : fmt::format("  forbidden by {}\n", fmt::join(by, ", and "));
  }
  if (out.empty() && part(why, "complete") == false) out = "why: not found in time (--explain gives more)\n";
  return out;
}

std::string repair_text(const Json& repair) {
  if (lines_of(part(repair, "wrong")).empty()) return {};
  std::string out;
  if (const Lines others = lines_of(part(repair, "not_by_ordering")); !others.empty()) {
    out += fmt::format("repair: no ordering repairs {}; the threads interleave so\n", fmt::join(others, "; "));
  }
  if (part(repair, "found") == true) {
    out += "repair:\n";
    for (const Json& change : part(repair, "changes")) {
      out += fmt::format("  {}:{}: {}\n", text_of(part(change, "file")), part(change, "line").dump(), text_of(part(change, "change")));
    }
    out += text_of(part(repair, "diff"));
  } else if (part(repair, "complete") == false) {
    out += "repair: not found in time (--explain gives more)\n";
  }
  return out;
}

}  // namespace

std::string explanation_of(const Record& record) {
  return why_text(part(record.details, "why")) + repair_text(part(record.details, "repair"));
}

std::string how_and_why(const Record& record) { return schedule_of(record) + explanation_of(record); }

std::vector<Edit> repair_of(const Record& record) {
  std::vector<Edit> edits;
  std::istringstream diff(text_of(part(part(record.details, "repair"), "diff")));
  std::string file;
  int line = 0;          // of the file as it is
  bool is_open = false;  // the last edit goes on
  for (std::string text; std::getline(diff, text);) {
    if (text.starts_with("--- ") || text.starts_with("+++ ") || text.starts_with("@@ ")) {
      is_open = false;
      if (text.starts_with("--- a/")) file = text.substr(6);
      if (text.starts_with("@@ ")) (void)std::sscanf(text.c_str(), "@@ -%d", &line);
    } else if (text.starts_with('+') || text.starts_with('-')) {
      if (!is_open) edits.push_back({.file = file, .line = line, .removed = 0, .text = {}});
      is_open = true;
      if (text[0] == '+') {
        edits.back().text += text.substr(1) + '\n';
      } else {
        ++edits.back().removed;
        ++line;
      }
    } else {
      is_open = false;
      ++line;
    }
  }
  return edits;
}

}  // namespace lkmc::batch
