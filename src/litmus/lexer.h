// SPDX-License-Identifier: Apache-2.0
// Splits a litmus file into its header and tokens.
//
// A file is written in two languages: OCaml-like for the initial state and the condition, where `(* … *)` is a
// comment, and C for the threads, where `(*x == 1)` is an expression. The lexer tells them apart by braces: the first
// braced group is the initial state, every later one is the body of a thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/litmus/source.h"
#include "src/program/expr.h"

namespace lkmc::litmus {

enum class TokenKind : std::uint8_t { kIdentifier, kNumber, kPunctuation, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;  // part of the source
  SourcePos pos;
  Word value = 0;  // of a number

  [[nodiscard]] bool is(std::string_view expected) const { return kind != TokenKind::kEnd && text == expected; }
  [[nodiscard]] bool is_identifier() const { return kind == TokenKind::kIdentifier; }
};

struct LexedFile {
  std::string test_name;
  std::vector<Token> tokens;  // from the `{` of the initial state on; ends with one kEnd token
};

// Throws ParseError.
[[nodiscard]] LexedFile lex(const Source& source);

}  // namespace lkmc::litmus
