// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/lexer.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using lkmc::litmus::LexedFile;
using lkmc::litmus::ParseError;
using lkmc::litmus::Source;

// The tokens behind the initial state's `{`, each with a blank in front.
std::string tokens(std::string_view text) {
  const Source source("test.litmus", text);
  std::string all;
  for (const auto& token : lkmc::litmus::lex(source).tokens) all += ' ' + std::string(token.text);
  return all;
}

lkmc::Diagnostic error(std::string_view text) {
  try {
    (void)tokens(text);
  } catch (const ParseError& e) {
    return e.diagnostic;
  }
  FAIL("accepted: " << text);
  return {};
}

TEST_CASE("the name of a test ends at a blank and loses its extension") {
  const auto name = [](std::string_view text) {
    const Source source("test.litmus", text);
    return lkmc::litmus::lex(source).test_name;
  };
  CHECK(name("C MP+pooncelock\n{}") == "MP+pooncelock");
  CHECK(name("C  dir/SB.litmus (* x *)\n{}") == "dir/SB");
  CHECK(name("(* first *)\nC SB\n\"a { in a string\"\nCycle=Rfe PodRW\nOrig='x\n{}") == "SB");
}

TEST_CASE("comments are OCaml's outside of threads and C's everywhere") {
  CHECK(tokens("C t {x=1; (* a (* nested *) one *) y=2;} // rest\n/* more */ P0") == " { x = 1 ; y = 2 ; } P0 ");
  CHECK(tokens("C t {} P0() { if (*x == 1) ; }") == " { } P0 ( ) { if ( * x == 1 ) ; } ");
  CHECK(tokens("C t {} P0() { (*x) = 2; } (* (* *)x *) exists") == " { } P0 ( ) { ( * x ) = 2 ; } exists ");
}

TEST_CASE("operators are read greedily") {
  CHECK(tokens("C t {} a/\\b\\/c==d!=e<>f=>g<=h>=i<<j>>k&&l||m") ==
        " { } a /\\ b \\/ c == d != e <> f => g <= h >= i << j >> k && l || m ");
  CHECK(tokens("C t {x=-1;}") == " { x = - 1 ; } ");
}

TEST_CASE("numbers are decimal or hexadecimal, with C's suffixes") {
  const auto value = [](const std::string& number) {
    const std::string text = "C t {" + number + "}";
    const Source source("test.litmus", text);
    return lkmc::litmus::lex(source).tokens[1].value;
  };
  CHECK(value("42") == 42);
  CHECK(value("0x2A") == 42);
  CHECK(value("7UL") == 7);
  CHECK(value("0") == 0);
  CHECK(value("07") == 7);
  CHECK(value("0xffffffffffffffff") == -1);
  CHECK(error("C t {x=010;}").message.find("leading zero") != std::string::npos);
  CHECK(error("C t {x=08;}").column == 8);
  CHECK(error("C t {x=12ab;}").message == "malformed number");
  CHECK(error("C t {x=0x;}").message == "malformed number");
  CHECK(error("C t {x=18446744073709551616;}").message.find("64 bits") != std::string::npos);
  CHECK(error("C t {x=0x2000000000000000;}").message.find("addresses") != std::string::npos);
  CHECK(error("C t {x=0x1000000000000000;}").message.find("addresses") != std::string::npos);
  CHECK(value("0xfffffffffffffff") == (lkmc::Word{1} << 60) - 1);
}

TEST_CASE("positions count lines and bytes from 1") {
  const Source source("test.litmus", "C t\n{\n\tx=1;\r\n}\n");
  const LexedFile file = lkmc::litmus::lex(source);
  CHECK(file.tokens[1].text == "x");
  CHECK(file.tokens[1].pos == lkmc::SourcePos{3, 2});
  CHECK(file.tokens[3].pos == lkmc::SourcePos{3, 4});
  CHECK(file.tokens.back().pos == lkmc::SourcePos{4, 2});
}

TEST_CASE("what is no token is reported where it stands") {
  const auto at = [](const lkmc::Diagnostic& d) { return std::to_string(d.line) + ':' + std::to_string(d.column); };
  CHECK(at(error("C t\n{ x=1; @ }")) == "2:8");
  CHECK(error("C t\n{ x=1; \x01 }").message == "unexpected character `\\x01`");
  CHECK(error("C t\n{ x=1; \x01 }").source_line == "{ x=1; \\x01 }");
  CHECK(at(error("C t\n{ (* open")) == "2:3");
  CHECK(at(error("C t\n\"open\n{}")) == "2:1");
  CHECK(at(error("C t\n{} /* open")) == "2:4");
  CHECK(error("C t\n{} P0() { \"s\"; }").message.find("strings") != std::string::npos);
}

TEST_CASE("a file that is no C litmus test is refused at its start") {
  CHECK(error("").message.find("empty") != std::string::npos);
  CHECK(error("  \n (* only a comment *)").message.find("empty") != std::string::npos);
  CHECK(error("X86 SB\n{}").message.find("`X86`") != std::string::npos);
  CHECK(error("C\n{}").message.find("no name") != std::string::npos);
  CHECK(error("C t\n").message.find("initial state") != std::string::npos);
  CHECK(error(std::string("\x7f"
                          "ELF\x02\x01\x00\x00",
                          8))
            .line == 1);
  CHECK(error("C t {" + std::string(std::size_t{256} << 10, ' ')).message.find("256 KiB") != std::string::npos);
}

TEST_CASE("long lines are shortened in diagnostics, and text keeps its UTF-8") {
  CHECK(error("C t\n{ @" + std::string(500, 'x')).source_line.size() < 210);
  CHECK(lkmc::litmus::printable("caf\xc3\xa9", 100) == "caf\xc3\xa9");
  CHECK(lkmc::litmus::printable("\xc3(", 100) == "\\xc3(");
}

}  // namespace
