// SPDX-License-Identifier: Apache-2.0
#include "src/report/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace lkmc {
namespace {

// What has to stand below `line` to the left of its column: as wide as the text, tabs included. A character outside
// ASCII is one wide.
std::string indentation(std::string_view line, int column) {
  std::string blank;
  for (std::size_t at = 0; at < line.size() && static_cast<int>(at) + 1 < column; ++at) {
    const auto byte = static_cast<unsigned char>(line[at]);
    if ((byte & 0xc0) != 0x80) blank += byte == '\t' ? '\t' : ' ';
  }
  return blank;
}

// Bytes that are no text have been written as `\x00`.
bool is_text(std::string_view line) { return !line.empty() && line.find("\\x") == std::string_view::npos; }

}  // namespace

std::string diagnostic_text(const Diagnostic& d, Severity severity) {
  std::string out = fmt::format("{}:{}:{}: {}: {}\n", d.file, std::max(d.line, 1), std::max(d.column, 1),
                                severity == Severity::kError ? "error" : "warning", d.message);
  if (is_text(d.source_line)) out += d.source_line + '\n' + indentation(d.source_line, d.column) + "^\n";
  return out;
}

}  // namespace lkmc
