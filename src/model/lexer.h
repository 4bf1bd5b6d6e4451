// SPDX-License-Identifier: Apache-2.0
// Words of the cat language.
//
// As in herd7: a name starts with a letter, goes on with letters, digits, `_`, `.` and `-`, and may end with `'`;
// `'name` is a tag; `(* … *)` is a comment and nests; `//` and `#` comment out the rest of the line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/model/source.h"

namespace lkmc::cat {

enum class TokenKind : std::uint8_t {
  kName,
  kKeyword,
  kTag,     // text: without the quote
  kString,  // text: without the quotes
  kSymbol,  // an operator or a bracket; also `0` and `_`, and `^-1` as one
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  SourceMark mark;
};

// The words of `source` in order; the last one is kEnd. Throws ModelError.
[[nodiscard]] std::vector<Token> tokenize(const Source& source);

}  // namespace lkmc::cat
