// SPDX-License-Identifier: Apache-2.0
// Colour for terminals.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace lkmc {

enum class Colour : std::uint8_t { kNever, kOnTerminal };

enum class Paint : std::uint8_t { kGood, kBad, kUnsure, kNote, kStrong };

class Painter {
 public:
  explicit Painter(Colour colour) : colour_(colour) {}

  [[nodiscard]] std::string operator()(Paint paint, std::string_view text) const {
    if (colour_ == Colour::kNever || text.empty()) return std::string(text);
    return fmt::format("\033[{}m{}\033[0m", code(paint), text);
  }

 private:
  [[nodiscard]] static std::string_view code(Paint paint) {
    switch (paint) {
      case Paint::kGood:
        return "1;32";
      case Paint::kBad:
        return "1;31";
      case Paint::kUnsure:
        return "1;33";
      case Paint::kNote:
        return "36";
      case Paint::kStrong:
        return "1";
    }
    return "0";
  }

  Colour colour_;
};

}  // namespace lkmc
