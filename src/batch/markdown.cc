// SPDX-License-Identifier: Apache-2.0
#include "src/batch/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

// A block of code, fenced by more backticks than stand in a row in it.
std::string block(const std::string& text) {
  std::size_t longest = 2, now = 0;
  for (const char c : text) {
    now = c == '`' ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  const std::string fence(longest + 1, '`');
  return fence + "text\n" + printable(text) + (text.ends_with('\n') ? "" : "\n") + fence + "\n";
}

}  // namespace

std::string markdown_text(const std::string& text) {
  std::string out;
  for (const char c : printable(text)) {
    if (std::string_view("\\`*_[]<>|#&~").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string markdown_details(const std::string& title, const std::string& text) {
  return fmt::format("\n<details><summary>{}</summary>\n\n{}\n</details>\n", markdown_text(title), block(text));
}

}  // namespace lkmc::batch
