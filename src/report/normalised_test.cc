// SPDX-License-Identifier: Apache-2.0
#include "src/report/normalised_test.h"

#include <algorithm>

namespace lkmc {
namespace {

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The end of the comment that starts at `at`, or `at` if none does. In the body of a thread `(*x)` is no comment.
std::size_t skip_comment(std::string_view text, std::size_t at, bool in_thread) {
  const auto looking_at = [&](std::string_view token) { return text.substr(at).starts_with(token); };
  if (looking_at("//")) return std::min(text.find('\n', at), text.size());
  if (looking_at("/*")) {
    const std::size_t end = text.find("*/", at + 2);
    return end == std::string_view::npos ? text.size() : end + 2;
  }
  if (in_thread || !looking_at("(*")) return at;
  int depth = 0;
  do {
    const bool opens = looking_at("(*");
    const bool closes = looking_at("*)");
    depth += opens ? 1 : closes ? -1 : 0;
    at += opens || closes ? 2 : 1;
  } while (depth > 0 && at < text.size());
  return std::min(at, text.size());
}

}  // namespace

std::string normalised_test(std::string_view text) {
  std::string out;
  bool space = false;
  int depth = 0;
  int groups = 0;  // of braces: the first is the initial state, the others are threads
  for (std::size_t at = 0; at < text.size();) {
    if (const std::size_t end = skip_comment(text, at, depth > 0 && groups > 1); end != at) {
      space = true;
      at = end;
      continue;
    }
    const char c = text[at++];
    if (is_space(c)) {
      space = true;
      continue;
    }
    if (c == '{' && depth++ == 0) ++groups;
    if (c == '}' && depth > 0) --depth;
    if (space && !out.empty()) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

}  // namespace lkmc
