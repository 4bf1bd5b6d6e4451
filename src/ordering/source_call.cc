// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/source_call.h"

#include <cctype>

namespace lkmc {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::optional<Call> call_at(std::string_view line, int column) {
  std::size_t open = static_cast<std::size_t>(column > 0 ? column - 1 : 0);
  while (open < line.size() && is_word(line[open])) ++open;
  std::size_t begin = open;
  while (begin > 0 && begin <= line.size() && is_word(line[begin - 1])) --begin;
  if (begin == open || open >= line.size() || line[open] != '(') return std::nullopt;
  Call call{begin, 0, std::string(line.substr(begin, open - begin)), {}};
  int depth = 0;
  std::size_t argument = open + 1;
  for (std::size_t i = open; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if ((c == ',' && depth == 1) || depth == 0) {
      call.arguments.emplace_back(trimmed(line.substr(argument, i - argument)));
      argument = i + 1;
    }
    if (depth == 0) {
      call.end = i + 1;
      return call;
    }
  }
  return std::nullopt;
}

}  // namespace lkmc
