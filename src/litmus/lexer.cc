// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/lexer.h"

#include <array>
#include <cctype>
#include <limits>

namespace lkmc::litmus {
namespace {

// Larger files are no litmus tests; the bound keeps positions in 32 bits and the parser's memory small.
constexpr std::size_t kMaxFileSize = std::size_t{256} << 10;

// Words in this range are addresses of locations, and symbols (see Program): a constant must not look like one.
constexpr Word kReservedFirst = Word{1} << 60;
constexpr Word kReservedLast = (Word{1} << 62) - 1;

// Longer ones first.
constexpr std::array<std::string_view, 26> kOperators = {"<<=", ">>=", "...", "/\\", "\\/", "=>", "<>", "->", "++", "--", "<<", ">>", "<=",
                                                         ">=",  "==",  "!=",  "&&",  "||",  "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^="};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v'; }
bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }

class Lexer {
 public:
  explicit Lexer(const Source& source) : source_(source), text_(source.text()) {}

  LexedFile run() {
    if (text_.size() > kMaxFileSize) fail(0, "the file is larger than 256 KiB: not a litmus test");
    LexedFile file;
    file.test_name = header();
    skip_to_initial_state();
    while (true) {
      skip_blank();
      if (at_end()) break;
      file.tokens.push_back(token());
    }
    file.tokens.push_back({TokenKind::kEnd, {}, source_.position(text_.size()), 0});
    return file;
  }

 private:
  [[noreturn]] void fail(std::size_t offset, std::string message) const {
    throw ParseError{source_.diagnose(source_.position(offset), std::move(message))};
  }

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] bool looking_at(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

  // `C name`. The name ends at the first blank; herd drops the extension.
  std::string header() {
    skip_blank();
    if (at_end()) fail(at_, "the file is empty: expected `C name`");
    const std::string_view architecture = word();
    const std::size_t start = at_ - architecture.size();
    if (architecture != "C") {
      fail(start, "expected a C litmus test, which starts with `C name`, not `" + printable(architecture, 40) + "`");
    }
    while (!at_end() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    std::string_view name = word();
    constexpr std::string_view kExtension = ".litmus";
    if (name.ends_with(kExtension)) name.remove_suffix(kExtension.size());
    if (name.empty()) fail(start, "the test has no name: expected `C name`");
    return std::string(name);
  }

  std::string_view word() {
    const std::size_t start = at_;
    while (!at_end() && !is_space(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  // Between the header and the initial state stand documentation strings and lines of information for other tools.
  void skip_to_initial_state() {
    while (true) {
      skip_blank();
      if (at_end()) fail(at_, "the initial state `{ ... }` is missing");
      if (text_[at_] == '{') return;
      if (text_[at_] == '"') {
        const std::size_t end = text_.find('"', at_ + 1);
        if (end == std::string_view::npos) fail(at_, "this string is not closed");
        at_ = end;
      }
      ++at_;
    }
  }

  void skip_blank() {
    while (!at_end()) {
      if (is_space(text_[at_])) {
        ++at_;
      } else if (looking_at("//")) {
        while (!at_end() && text_[at_] != '\n') ++at_;
      } else if (looking_at("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        if (end == std::string_view::npos) fail(at_, "this comment is not closed");
        at_ = end + 2;
      } else if (looking_at("(*") && !in_thread()) {
        skip_nested_comment();
      } else {
        return;
      }
    }
  }

  void skip_nested_comment() {
    const std::size_t start = at_;
    int depth = 0;
    do {
      if (looking_at("(*")) {
        ++depth;
        at_ += 2;
      } else if (looking_at("*)")) {
        --depth;
        at_ += 2;
      } else if (at_end()) {
        fail(start, "this comment is not closed");
      } else {
        ++at_;
      }
    } while (depth > 0);
  }

  // Inside the body of a thread: behind a brace that is not the initial state's.
  [[nodiscard]] bool in_thread() const { return brace_depth_ > 0 && brace_groups_ > 1; }

  Token token() {
    const char c = text_[at_];
    if (is_name_start(c)) return name();
    if (is_digit(c)) return number();
    for (const std::string_view op : kOperators) {
      if (looking_at(op)) return punctuation(op.size());
    }
    constexpr std::string_view kSingle = "{}()[];,:=+-*/%&|^~!<>?.";
    if (kSingle.find(c) == std::string_view::npos) {
      if (c == '"' || c == '\'') fail(at_, "strings and characters are not part of the litmus language");
      fail(at_, "unexpected character `" + printable(text_.substr(at_, 1), 8) + "`");
    }
    if (c == '{' && brace_depth_++ == 0) ++brace_groups_;
    if (c == '}' && brace_depth_ > 0) --brace_depth_;
    return punctuation(1);
  }

  Token punctuation(std::size_t length) {
    Token token{TokenKind::kPunctuation, text_.substr(at_, length), source_.position(at_), 0};
    at_ += length;
    return token;
  }

  Token name() {
    const std::size_t start = at_;
    while (!at_end() && is_name(text_[at_])) ++at_;
    return {TokenKind::kIdentifier, text_.substr(start, at_ - start), source_.position(start), 0};
  }

  Token number() {
    const std::size_t start = at_;
    const bool hexadecimal = looking_at("0x") || looking_at("0X");
    if (hexadecimal) at_ += 2;
    const std::size_t digits = at_;
    const auto is_part = [&](char c) { return hexadecimal ? std::isxdigit(static_cast<unsigned char>(c)) != 0 : is_digit(c); };
    while (!at_end() && is_part(text_[at_])) ++at_;
    const std::string_view body = text_.substr(digits, at_ - digits);
    const Word value = evaluate(start, body, hexadecimal);
    while (!at_end() && std::string_view("uUlL").find(text_[at_]) != std::string_view::npos) ++at_;
    if (!at_end() && is_name(text_[at_])) fail(start, "malformed number");
    return {TokenKind::kNumber, text_.substr(start, at_ - start), source_.position(start), value};
  }

  [[nodiscard]] Word evaluate(std::size_t start, std::string_view digits, bool hexadecimal) const {
    if (digits.empty()) fail(start, "malformed number");
    // C reads 010 as eight, herd7 as ten. Where both agree (0, 00, 07) there is nothing to tell apart.
    if (!hexadecimal && digits.size() > 1 && digits[0] == '0') {
      const std::size_t significant = digits.find_first_not_of('0');
      if (significant != std::string_view::npos && (digits.size() - significant > 1 || digits[significant] >= '8')) {
        fail(start, "C and herd7 read a number with a leading zero differently: write it in decimal or hexadecimal");
      }
    }
    constexpr auto kMax = std::numeric_limits<std::uint64_t>::max();
    const std::uint64_t base = hexadecimal ? 16 : 10;
    std::uint64_t value = 0;
    for (const char c : digits) {
      const auto digit = static_cast<std::uint64_t>(is_digit(c) ? c - '0' : std::tolower(static_cast<unsigned char>(c)) - 'a' + 10);
      if (value > (kMax - digit) / base) fail(start, "this number does not fit into 64 bits");
      value = value * base + digit;
    }
    const auto word = static_cast<Word>(value);
    if (word >= kReservedFirst && word <= kReservedLast) {
      fail(start, "numbers of this size stand for addresses: choose a smaller one");
    }
    return word;
  }

  const Source& source_;
  std::string_view text_;
  std::size_t at_ = 0;
  int brace_depth_ = 0;
  int brace_groups_ = 0;
};

}  // namespace

LexedFile lex(const Source& source) { return Lexer(source).run(); }

}  // namespace lkmc::litmus
