// SPDX-License-Identifier: Apache-2.0
// The words of cat: what is one word, what is skipped, and where complaints point.
#include "src/model/lexer.h"

#include <doctest/doctest.h>

#include <string>

namespace lkmc::cat {
namespace {

std::string words(const std::string& text) {
  const Source source{"t.cat", text};
  std::string result;
  for (const Token& token : tokenize(source)) {
    if (token.kind == TokenKind::kEnd) break;
    if (!result.empty()) result += ' ';
    switch (token.kind) {
      case TokenKind::kName:
        result += "n:";
        break;
      case TokenKind::kKeyword:
        result += "k:";
        break;
      case TokenKind::kTag:
        result += "t:";
        break;
      case TokenKind::kString:
        result += "s:";
        break;
      default:
        break;
    }
    result += token.text;
  }
  return result;
}

ModelError error_of(const std::string& text) {
  const Source source{"t.cat", text};
  try {
    (void)tokenize(source);
  } catch (const ModelError& error) {
    return error;
  }
  FAIL("no error in: ", text);
  return {};
}

TEST_CASE("names hold hyphens, dots, underscores, digits, and a quote at the end") {
  CHECK(words("po-loc a.b x_1 r' _tmp") == "n:po-loc n:a.b n:x_1 n:r' n:_tmp");
  CHECK(words("r'+s") == "n:r' + n:s");
}

TEST_CASE("a keyword is one only as a whole word") { CHECK(words("let let-go in-order rec") == "k:let n:let-go n:in-order k:rec"); }

TEST_CASE("operators") {
  CHECK(words("a|b||c") == "n:a | n:b || n:c");
  CHECK(words("r^-1;s") == "n:r ^-1 ; n:s");
  CHECK(words("r ^ -1") == "n:r ^-1");
  CHECK(words("[~A]&0\\_") == "[ ~ n:A ] & 0 \\ _");
  CHECK(words("a?+*") == "n:a ? + *");
}

TEST_CASE("tags and strings") { CHECK(words("'once||'sync-rcu \"lock.cat\"") == "t:once || t:sync-rcu s:lock.cat"); }

TEST_CASE("comments: nested, to the end of the line, and between words") {
  CHECK(words("a (* b (* c *) d *) e") == "n:a n:e");
  CHECK(words("'once (*READ_ONCE,WRITE_ONCE*) ||") == "t:once ||");
  CHECK(words("a // b (* \n c # d\ne") == "n:a n:c n:e");
  CHECK(words("(**)x(***)y(*****)") == "n:x n:y");
}

TEST_CASE("marks count lines and columns from 1") {
  const Source source{"t.cat", "let a =\n\t(* x\n *) b\n"};
  const auto tokens = tokenize(source);
  REQUIRE(tokens.size() == 5);
  CHECK(tokens[0].mark.line == 1);
  CHECK(tokens[0].mark.column == 1);
  CHECK(tokens[2].mark.column == 7);
  CHECK(tokens[3].text == "b");
  CHECK(tokens[3].mark.line == 3);
  CHECK(tokens[3].mark.column == 5);
}

TEST_CASE("an open comment is reported where the outermost one starts") {
  const ModelError error = error_of("let a = b\n  (* one (* two *)\nlet c = d\n");
  CHECK(error.file == "t.cat");
  CHECK(error.line == 2);
  CHECK(error.column == 3);
  CHECK(error.message == "this comment is not closed");
  CHECK(error.source_line == "  (* one (* two *)");
}

TEST_CASE("an open string ends at its line") {
  const ModelError error = error_of("include \"lock.cat\nlet a = \"b\"");
  CHECK(error.line == 1);
  CHECK(error.column == 9);
  CHECK(error.message == "this string is not closed");
}

TEST_CASE("garbage") {
  CHECK(error_of("let a = $").message == "unexpected character '$'");
  CHECK(error_of("let a = \xc3\xa9").message == "unexpected byte 0xc3");
  CHECK(error_of(std::string("a\0b", 3)).message == "unexpected byte 0x00");
  CHECK(error_of("r^2").message == "expected '^-1' (the inverse of a relation)");
  CHECK(error_of("' x").message == "a tag needs a name after \"'\"");
  CHECK(error_of("a\r\n%b\r\n").source_line == "%b");
}

}  // namespace
}  // namespace lkmc::cat
