// SPDX-License-Identifier: Apache-2.0
// The grammar of cat: precedence, statements, and complaints. Expressions are compared in fully bracketed form.
#include "src/model/parser.h"

#include <doctest/doctest.h>

#include <string>

namespace lkmc::cat {
namespace {

std::string show(const Expr& e);

std::string show_list(const std::vector<Expr>& operands, const std::string& separator) {
  std::string s;
  for (const Expr& operand : operands) s += (s.empty() ? "" : separator) + show(operand);
  return s;
}

std::string show(const Binding& b) {
  std::string s = b.name;
  if (b.is_function) {
    s += "(";
    for (const std::string& p : b.parameters) s += (s.back() == '(' ? "" : ",") + p;
    s += ")";
  }
  return s + "=" + show(b.body);
}

std::string show(const Expr& e) {
  const auto bindings = [&e] {
    std::string s;
    for (const Binding& b : e.bindings) s += (s.empty() ? "" : " and ") + show(b);
    return s;
  };
  switch (e.kind) {
    case ExprKind::kName:
      return e.name;
    case ExprKind::kZero:
      return "0";
    case ExprKind::kInsert:
      return "(" + show_list(e.operands, "++") + ")";
    case ExprKind::kUniverse:
      return "_";
    case ExprKind::kBraces:
      return "{" + show_list(e.operands, ",") + "}";
    case ExprKind::kTag:
      return "'" + e.name;
    case ExprKind::kTuple:
      return "<" + show_list(e.operands, ",") + ">";
    case ExprKind::kUnion:
      return "(" + show_list(e.operands, "|") + ")";
    case ExprKind::kSequence:
      return "(" + show_list(e.operands, ";") + ")";
    case ExprKind::kIntersection:
      return "(" + show_list(e.operands, "&") + ")";
    case ExprKind::kDifference:
      return "(" + show_list(e.operands, "\\") + ")";
    case ExprKind::kProduct:
      return "(" + show_list(e.operands, " x ") + ")";
    case ExprKind::kComplement:
      return "(~" + show(e.operands[0]) + ")";
    case ExprKind::kPlus:
      return "(" + show(e.operands[0]) + "+)";
    case ExprKind::kStar:
      return "(" + show(e.operands[0]) + "*)";
    case ExprKind::kOptional:
      return "(" + show(e.operands[0]) + "?)";
    case ExprKind::kInverse:
      return "(" + show(e.operands[0]) + "^-1)";
    case ExprKind::kIdentityOn:
      return "[" + show(e.operands[0]) + "]";
    case ExprKind::kCall:
      return show(e.operands[0]) + "@" + show(e.operands[1]);
    case ExprKind::kLet:
      return "(let " + bindings() + " in " + show(e.operands[0]) + ")";
    case ExprKind::kLetRec:
      return "(let rec " + bindings() + " in " + show(e.operands[0]) + ")";
    case ExprKind::kIf:
      return "(if " + e.name + " then " + show(e.operands[0]) + " else " + show(e.operands[1]) + ")";
    case ExprKind::kTry:
      return "(try " + show(e.operands[0]) + " with " + show(e.operands[1]) + ")";
  }
  return "?";
}

std::string parsed(const std::string& expression) {
  const Source source{"t.cat", "let x = " + expression};
  const CatFile file = parse_cat(source);
  REQUIRE(file.statements.size() == 1);
  return show(file.statements[0].bindings[0].body);
}

ModelError error_of(const std::string& text) {
  const Source source{"t.cat", text};
  try {
    (void)parse_cat(source);
  } catch (const ModelError& error) {
    return error;
  }
  FAIL("no error in: ", text);
  return {};
}

TEST_CASE("binary operators from loosest to tightest: | ; \\ & *") {
  CHECK(parsed("a | b ; c \\ d & A * B") == "(a|(b;(c\\(d&(A x B)))))");
  CHECK(parsed("A * B & c \\ d ; e | f") == "(((((A x B)&c)\\d);e)|f)");
  CHECK(parsed("a ; b | c ; d") == "((a;b)|(c;d))");
  CHECK(parsed("a \\ b ; c \\ d") == "((a\\b);(c\\d))");
  CHECK(parsed("(a | b) ; c") == "((a|b);c)");
}

TEST_CASE("chains: \\ is taken from the left, the others are associative") {
  CHECK(parsed("a \\ b \\ c") == "(a\\b\\c)");
  CHECK(parsed("a | b | c ; d ; e") == "(a|b|(c;d;e))");
  CHECK(parsed("a \\ (b \\ c)") == "(a\\(b\\c))");
}

TEST_CASE("prefix and postfix operators bind tighter than binary ones, postfix tightest") {
  CHECK(parsed("~a & b") == "((~a)&b)");
  CHECK(parsed("~a^-1") == "(~(a^-1))");
  CHECK(parsed("a ; b?") == "(a;(b?))");
  CHECK(parsed("a | b+ ; c^-1") == "(a|((b+);(c^-1)))");
  CHECK(parsed("a^-1+?") == "(((a^-1)+)?)");
  CHECK(parsed("a \\ ~b") == "(a\\(~b))");
}

TEST_CASE("a star is a product where an operand follows, else a closure") {
  CHECK(parsed("A * B") == "(A x B)");
  CHECK(parsed("r* ; s") == "((r*);s)");
  CHECK(parsed("r*") == "(r*)");
  CHECK(parsed("(r*)") == "(r*)");
  CHECK(parsed("r* | s*") == "((r*)|(s*))");
  CHECK(parsed("_ * {}") == "(_ x {})");
  CHECK(parsed("A * ~B") == "(A x (~B))");
  CHECK(parsed("A * (B | C)") == "(A x (B|C))");
  CHECK(parsed("(M \\ IW) * Plain") == "((M\\IW) x Plain)");
}

TEST_CASE("a closure at the end of a statement does not swallow the next one") {
  const Source source{"t.cat", "let x = r*\n~empty y\nacyclic s*\nlet z = t*"};
  const CatFile file = parse_cat(source);
  REQUIRE(file.statements.size() == 4);
  CHECK(show(file.statements[0].bindings[0].body) == "(r*)");
  CHECK(file.statements[1].test.negated);
  CHECK(show(file.statements[2].expr) == "(s*)");
}

TEST_CASE("application binds tightest, with and without brackets") {
  CHECK(parsed("f(r) ; s") == "(f@r;s)");
  CHECK(parsed("f r | g s") == "(f@r|g@s)");
  CHECK(parsed("f (a, b ; c)") == "f@<a,(b;c)>");
  CHECK(parsed("f()") == "f@<>");
  CHECK(parsed("domain r ^-1") == "(domain@r^-1)");
  CHECK(parsed("f 0 _") == "f@0@_");
  CHECK(parsed("fencerel(Mb | Rmb)+") == "(fencerel@(Mb|Rmb)+)");
}

TEST_CASE("let, if and try in expressions") {
  CHECK(parsed("let a = b and c = d in a ; c") == "(let a=b and c=d in (a;c))");
  CHECK(parsed("let rec m = m | (r ; m) in m") == "(let rec m=(m|(r;m)) in m)");
  CHECK(parsed("p ; (let a = b in a)") == "(p;(let a=b in a))");
  CHECK(parsed("let a = let b = c in b in a") == "(let a=(let b=c in b) in a)");
  CHECK(parsed("if \"lkmmv2\" then 0 else _") == "(if lkmmv2 then 0 else _)");
  CHECK(parsed("try RL with emptyset") == "(try RL with emptyset)");
  CHECK(parsed("begin a | b end ; c") == "((a|b);c)");
}

TEST_CASE("functions") {
  const Source source{"t.cat", "let A-cumul(r) = (rfe ; [Marked])? ; r\nlet f r = r+\nlet g(a, _) = a let h() = po"};
  const CatFile file = parse_cat(source);
  REQUIRE(file.statements.size() == 4);
  CHECK(show(file.statements[0].bindings[0]) == "A-cumul(r)=(((rfe;[Marked])?);r)");
  CHECK(show(file.statements[1].bindings[0]) == "f(r)=(r+)");
  CHECK(show(file.statements[2].bindings[0]) == "g(a,_)=a");
  CHECK(show(file.statements[3].bindings[0]) == "h()=po");
}

TEST_CASE("axioms and flags") {
  const Source source{"t.cat",
                      "\"A model\"\nacyclic a | b as first-one\nirreflexive c\nempty d \\ e as x\n"
                      "flag ~empty f as g\n~acyclic h\n"};
  const CatFile file = parse_cat(source);
  CHECK(file.title == "A model");
  REQUIRE(file.statements.size() == 5);
  const auto& s = file.statements;
  CHECK(s[0].test.test == Axiom::Test::kAcyclic);
  CHECK(s[0].test.name == "first-one");
  CHECK(show(s[0].expr) == "(a|b)");
  CHECK(s[0].test.line == 2);
  CHECK(s[1].test.test == Axiom::Test::kIrreflexive);
  CHECK(s[1].test.name.empty());
  CHECK(s[2].test.test == Axiom::Test::kEmpty);
  CHECK_FALSE(s[2].test.is_flag);
  CHECK(s[3].test.is_flag);
  CHECK(s[3].test.negated);
  CHECK(s[4].test.negated);
  CHECK_FALSE(s[4].test.is_flag);
}

TEST_CASE("titles as herd7 takes them") {
  const auto title = [](const std::string& text) {
    const Source source{"t.cat", text + "\nlet a = b"};
    return parse_cat(source).title;
  };
  CHECK(title("\"Linux\"") == "Linux");
  CHECK(title("SC") == "SC");
  CHECK(title("X86 TSO") == "TSO");
  CHECK(title("C \"RC11\"") == "RC11");
  CHECK(title("").empty());
}

TEST_CASE("bell declarations, show and conditional statements") {
  const Source source{"t.bell",
                      "enum Accesses = 'ONCE (*READ_ONCE*) || 'MB\n"
                      "enum E = || 'a || 'b\n"
                      "instructions R[{'once,'acquire}]\ninstructions F[Barriers]\n"
                      "show po, co\nshow (r \\ id) as r\nunshow po, rf\n"
                      "if \"lkmmv2\" let a = b else let a = c let d = e end\n"};
  const CatFile file = parse_cat(source);
  REQUIRE(file.statements.size() == 3);
  CHECK(file.statements[0].name == "Accesses");
  CHECK(file.statements[0].tags == std::vector<std::string>{"ONCE", "MB"});
  CHECK(file.statements[1].tags.size() == 2);
  CHECK(file.statements[2].kind == StatementKind::kIf);
  CHECK(file.statements[2].then_branch.size() == 1);
  CHECK(file.statements[2].else_branch.size() == 2);
}

TEST_CASE("a let statement may end with `in`, as in herd7") {
  const Source source{"t.cat", "let a = b in\nacyclic a"};
  CHECK(parse_cat(source).statements.size() == 2);
}

TEST_CASE("errors point at the word that does not fit") {
  ModelError error = error_of("\"m\"\nlet a = b ;\nlet c = d");
  CHECK(error.line == 3);
  CHECK(error.column == 1);
  CHECK(error.message == "'let' needs brackets around it when it is part of an expression");
  error = error_of("let a = (b | c\nacyclic a");
  CHECK(error.line == 2);
  CHECK(error.column == 1);
  CHECK(error.message == "expected ')', found 'acyclic'");
  CHECK(error.source_line == "acyclic a");
  error = error_of("acyclic");
  CHECK(error.message == "expected an expression, found the end of the file");
  error = error_of("let a = b )");
  CHECK(error.column == 11);
  CHECK(error.message == "expected a definition or an axiom, found ')'");
  CHECK(error_of("let = b").message == "expected a name to define, found '='");
  CHECK(error_of("flag empty-ish r").message == "expected 'acyclic', 'irreflexive' or 'empty', found 'empty-ish'");
  CHECK(error_of("include lock.cat").message == "expected the name of a file in quotes, found 'lock.cat'");
  CHECK(error_of("enum E = a").message == "expected a tag, found 'a'");
  CHECK(error_of("if \"v\" let a = b").message == "expected 'end', found the end of the file");
  CHECK(error_of("acyclic a as \"b\"").message == "expected a name for this axiom, found \"b\"");
}

TEST_CASE("constructs that are not supported are named") {
  CHECK(error_of("let f = fun r -> r").message == "'fun' is not supported in models here");
  CHECK(error_of("let a = match b with {} -> 0 end").message == "'match' is not supported in models here");
  CHECK(error_of("procedure p(a) = acyclic a end").message == "'procedure' is not supported in models here");
  CHECK(error_of("call p(a)").message == "'call' is not supported in models here");
  CHECK(error_of("forall x in S do empty x end").message == "'forall' is not supported in models here");
  CHECK(error_of("let rec a = b when empty a").message == "'let rec … when' is not supported in models here");
  CHECK(error_of("let a = if b = c then d else e").message == "'if with a condition other than a variant' is not supported in models here");
}

TEST_CASE("absurd nesting is an error, not a crash") {
  CHECK(error_of("let a = " + std::string(100000, '(')).message == "this is nested too deeply");
  CHECK(error_of("let a = " + std::string(100000, '~') + "b").message == "this is nested too deeply");
  CHECK(error_of("let a = b" + std::string(100000, '?')).message == "this is nested too deeply");
  std::string calls = "let a = b";
  for (int i = 0; i < 10000; ++i) calls += " c";
  CHECK(error_of(calls).message == "this is nested too deeply");
}

}  // namespace
}  // namespace lkmc::cat
