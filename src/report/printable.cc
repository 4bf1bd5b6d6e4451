// SPDX-License-Identifier: Apache-2.0
#include "src/report/printable.h"

namespace lkmc {
namespace {

// The length of the character that the text begins with if it is UTF-8 and no control character; else 0.
std::size_t character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return (first >= ' ' && first != 0x7f) || first == '\t' || first == '\n' ? 1 : 0;
  const std::size_t length = first >= 0xf5 ? 0 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool is_control = first == 0xc2 && byte(1) < 0xa0;
  return is_control ? 0 : length;
}

// The length of the sequence of a Painter that the text begins with; 0 if it begins with none. Others, such as the one that hides
// what follows, are not ours.
std::size_t painted(std::string_view text) {
  for (const std::string_view ours : {"\033[1;32m", "\033[1;31m", "\033[1;33m", "\033[36m", "\033[1m", "\033[0m"}) {
    if (text.starts_with(ours)) return ours.size();
  }
  return 0;
}

}  // namespace

std::string printable(std::string_view text, Colour colour) {
  std::string out;
  while (!text.empty()) {
    std::size_t length = character(text);
    if (length == 0 && colour == Colour::kOnTerminal) length = painted(text);
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[0]));
      length = 1;
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace lkmc
