// SPDX-License-Identifier: Apache-2.0
// A place in the token list, with the look-ahead and the complaints that the parsers share.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "src/litmus/lexer.h"

namespace lkmc::litmus {

class Cursor {
 public:
  Cursor(const Source& source, const std::vector<Token>& tokens) : source_(source), tokens_(tokens) {}

  [[nodiscard]] const Token& peek(std::size_t ahead = 0) const {
    const std::size_t index = at_ + ahead;
    return index < tokens_.size() ? tokens_[index] : tokens_.back();
  }
  [[nodiscard]] bool at_end() const { return peek().kind == TokenKind::kEnd; }
  const Token& next() {
    const Token& token = peek();
    if (!at_end()) ++at_;
    return token;
  }
  bool accept(std::string_view text) {
    if (!peek().is(text)) return false;
    next();
    return true;
  }
  const Token& expect(std::string_view text, std::string_view where) {
    if (!peek().is(text)) fail_expected("`" + std::string(text) + "` " + std::string(where));
    return next();
  }
  const Token& expect_identifier(std::string_view what) {
    if (!peek().is_identifier()) fail_expected(what);
    return next();
  }

  [[nodiscard]] Diagnostic diagnose(SourcePos pos, std::string message) const { return source_.diagnose(pos, std::move(message)); }
  [[noreturn]] void fail(SourcePos pos, std::string message) const { throw ParseError{diagnose(pos, std::move(message))}; }
  [[noreturn]] void fail_expected(std::string_view what) const {
    fail(peek().pos, "expected " + std::string(what) + ", not " + describe(peek()));
  }

  [[nodiscard]] static std::string describe(const Token& token) {
    return token.kind == TokenKind::kEnd ? std::string("the end of the file") : "`" + printable(token.text, 40) + "`";
  }

 private:
  const Source& source_;
  const std::vector<Token>& tokens_;
  std::size_t at_ = 0;
};

// Counts how deep a recursive parser is.
class NestingGuard {
 public:
  NestingGuard(int& depth, int limit, const Cursor& cursor) : depth_(depth) {
    if (depth_ >= limit) {
      cursor.fail(cursor.peek().pos, "nested more than " + std::to_string(limit) + " levels deep");
    }
    ++depth_;
  }
  ~NestingGuard() { --depth_; }
  NestingGuard(const NestingGuard&) = delete;
  NestingGuard& operator=(const NestingGuard&) = delete;

 private:
  int& depth_;
};

// The number of `P3`; -1 if the token is no name of a thread.
[[nodiscard]] inline int thread_number(const Token& token) {
  if (!token.is_identifier() || token.text.size() < 2 || token.text.size() > 7 || token.text[0] != 'P') return -1;
  int number = 0;
  for (const char c : token.text.substr(1)) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace lkmc::litmus
