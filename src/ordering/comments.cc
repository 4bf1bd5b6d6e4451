// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/comments.h"

#include <regex>

#include "src/ordering/source_call.h"

namespace lkmc {
namespace {

// What of a line is comment; empty if nothing is.
std::string comment_in(std::string_view line) {
  const std::size_t slashes = line.find("//");
  if (slashes != std::string_view::npos) return std::string(line.substr(slashes + 2));
  const std::size_t open = line.find("/*");
  if (open == std::string_view::npos) return {};
  const std::size_t close = line.find("*/", open);
  return std::string(line.substr(open + 2, close == std::string_view::npos ? std::string_view::npos : close - open - 2));
}

// The comment that ends in the line above, from its beginning.
std::string comment_above(const Names& names, SourcePos pos) {
  std::string text;
  bool in_block = false;
  while (--pos.line > 0) {
    const std::string_view line = trimmed(names.source_line(pos));
    if (!in_block && line.starts_with("//")) {
      text = std::string(trimmed(line.substr(2))) + ' ' + text;
      continue;
    }
    in_block = in_block || line.ends_with("*/");
    if (!in_block) break;
    std::string_view part = line;
    if (part.ends_with("*/")) part.remove_suffix(2);
    const bool begins = part.starts_with("/*");
    if (begins) part.remove_prefix(2);
    if (part.starts_with('*')) part.remove_prefix(1);
    text = std::string(trimmed(part)) + ' ' + text;
    if (begins) break;
  }
  return text;
}

}  // namespace

std::string pairing_comment(const Names& names, const SourcePos& pos) {
  static const std::regex kPairing(R"(\b[Pp]air(s|ed|ing)?\b[^.;]*)");
  for (const std::string& comment : {comment_in(names.source_line(pos)), comment_above(names, pos)}) {
    std::smatch match;
    if (std::regex_search(comment, match, kPairing)) return std::string(trimmed(match.str()));
  }
  return {};
}

}  // namespace lkmc
