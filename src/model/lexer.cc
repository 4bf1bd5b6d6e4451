// SPDX-License-Identifier: Apache-2.0
// One pass over the text, one function for each kind of word.
#include "src/model/lexer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>
#include <utility>

namespace lkmc::cat {
namespace {

// Words that herd7 reserves, so that a model accepted here is one that herd7 accepts.
constexpr std::array<std::string_view, 35> kKeywords = {"acyclic",
                                                        "and",
                                                        "as",
                                                        "begin",
                                                        "call",
                                                        "debug",
                                                        "default",
                                                        "do",
                                                        "else",
                                                        "empty",
                                                        "end",
                                                        "enum",
                                                        "flag",
                                                        "forall",
                                                        "from",
                                                        "fun",
                                                        "if",
                                                        "in",
                                                        "include",
                                                        "compat",
                                                        "instructions",
                                                        "let",
                                                        "irreflexive",
                                                        "procedure",
                                                        "match",
                                                        "rec",
                                                        "show",
                                                        "subset",
                                                        "then",
                                                        "try",
                                                        "undefined_unless",
                                                        "unshow",
                                                        "when",
                                                        "with",
                                                        "yield"};

// Longer symbols come before their prefixes. `^-1` is handled apart, since blanks may stand inside.
constexpr std::array<std::string_view, 21> kSymbols = {"||", "++", "->", "(", ")", "{",  "}", "[", "]", "_", "0",
                                                       "|",  "&",  "*",  "~", "+", "\\", "?", "=", ";", ","};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v'; }
bool goes_on_name(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '-'; }

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), text_(source.text) {}

  std::vector<Token> run() {
    for (skip_blanks_and_comments(); !at_end(); skip_blanks_and_comments()) read_token();
    emit(TokenKind::kEnd, "", mark());
    return std::move(tokens_);
  }

 private:
  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  [[nodiscard]] bool looking_at(std::string_view word) const { return text_.substr(at_).starts_with(word); }
  [[nodiscard]] SourceMark mark() const { return {&source_, line_, column_}; }

  void advance(std::size_t count = 1) {
    for (; count > 0; --count, ++at_) {
      if (text_[at_] == '\n') {
        ++line_;
        column_ = 1;
      } else {
        ++column_;
      }
    }
  }
  void skip_blanks() {
    while (!at_end() && is_blank(peek())) advance();
  }
  void emit(TokenKind kind, std::string_view text, const SourceMark& mark) { tokens_.push_back({kind, std::string(text), mark}); }

  void skip_blanks_and_comments() {
    while (!at_end()) {
      if (is_blank(peek())) {
        advance();
      } else if (looking_at("//") || peek() == '#') {
        while (!at_end() && peek() != '\n') advance();
      } else if (looking_at("(*")) {
        skip_comment();
      } else {
        return;
      }
    }
  }

  void skip_comment() {
    const SourceMark start = mark();
    int depth = 0;
    do {
      if (at_end()) throw error_at(start, "this comment is not closed");
      if (looking_at("(*")) {
        ++depth;
        advance(2);
      } else if (looking_at("*)")) {
        --depth;
        advance(2);
      } else {
        advance();
      }
    } while (depth > 0);
  }

  // The length of the name at `at_ + skip`, 0 if none is there.
  [[nodiscard]] std::size_t name_length(std::size_t skip) const {
    std::size_t n = skip;
    if (peek(n) == '_') ++n;
    if (!is_letter(peek(n))) return 0;
    while (goes_on_name(peek(n))) ++n;
    if (peek(n) == '\'') ++n;
    return n - skip;
  }

  void read_token() {
    const SourceMark start = mark();
    if (const std::size_t length = name_length(0); length > 0) {
      const std::string_view name = text_.substr(at_, length);
      const bool keyword = std::find(kKeywords.begin(), kKeywords.end(), name) != kKeywords.end();
      emit(keyword ? TokenKind::kKeyword : TokenKind::kName, name, start);
      advance(length);
    } else if (peek() == '"') {
      read_string(start);
    } else if (peek() == '\'') {
      const std::size_t tag = name_length(1);
      if (tag == 0) throw error_at(start, "a tag needs a name after \"'\"");
      emit(TokenKind::kTag, text_.substr(at_ + 1, tag), start);
      advance(tag + 1);
    } else if (peek() == '^') {
      read_inverse(start);
    } else {
      read_symbol(start);
    }
  }

  void read_string(const SourceMark& start) {
    const std::size_t end = text_.find_first_of("\"\n", at_ + 1);
    if (end == std::string_view::npos || text_[end] == '\n') throw error_at(start, "this string is not closed");
    emit(TokenKind::kString, text_.substr(at_ + 1, end - at_ - 1), start);
    advance(end + 1 - at_);
  }

  void read_inverse(const SourceMark& start) {
    advance();
    skip_blanks();
    if (!looking_at("-1")) throw error_at(start, "expected '^-1' (the inverse of a relation)");
    advance(2);
    emit(TokenKind::kSymbol, "^-1", start);
  }

  void read_symbol(const SourceMark& start) {
    for (const std::string_view symbol : kSymbols) {
      if (looking_at(symbol)) {
        emit(TokenKind::kSymbol, symbol, start);
        advance(symbol.size());
        return;
      }
    }
    const auto byte = static_cast<unsigned char>(peek());
    if (byte > ' ' && byte < 0x7f) {
      throw error_at(start, std::string("unexpected character '") + peek() + "'");
    }
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "0x%02x", byte);
    throw error_at(start, std::string("unexpected byte ") + code.data());
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  std::int32_t line_ = 1;
  std::int32_t column_ = 1;
  std::vector<Token> tokens_;
};

}  // namespace

std::vector<Token> tokenize(const Source& source) { return Lexer(source).run(); }

}  // namespace lkmc::cat
