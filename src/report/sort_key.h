// SPDX-License-Identifier: Apache-2.0
// Texts that sort, byte by byte, as what they are made of does: for things that are put in order where they are found, and
// merged in that order elsewhere.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace lkmc {

class SortKey {
 public:
  // Numbers sort before texts.
  SortKey& add(std::int64_t number) {
    if (number < 0) {
      text_ += fmt::format("-{:016x}", static_cast<std::uint64_t>(number));
    } else {
      const std::string digits = fmt::format("{:x}", number);
      text_ += static_cast<char>('A' + digits.size());  // of two numbers the one with fewer digits is smaller
      text_ += digits;
    }
    return *this;
  }
  SortKey& add(std::string_view text) {
    (text_ += '~') += text;
    text_ += '\x01';  // so that a text comes before those that it is the beginning of
    return *this;
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace lkmc
