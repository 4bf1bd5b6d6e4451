// SPDX-License-Identifier: Apache-2.0
// The meaning of cat: names and shadowing, functions, types, fixpoints, and what is simplified.
#include "src/model/elaborate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>

#include "src/model/base.h"
#include "src/model/checker.h"
#include "src/model/load.h"

namespace lkmc {
namespace {

Model load_text(const std::string& text) {
  auto result = load_model_text("t.cat", text);
  if (const auto* error = std::get_if<ModelError>(&result)) FAIL("line ", error->line, ": ", error->message);
  return std::get<Model>(std::move(result));
}

ModelError error_of(const std::string& text) {
  auto result = load_model_text("t.cat", text);
  if (const auto* error = std::get_if<ModelError>(&result)) return *error;
  FAIL("no error in: ", text);
  return {};
}

std::string show(const Model& m, NodeId id) {
  const Node& n = m.nodes[static_cast<std::size_t>(id)];
  const auto a = [&] { return show(m, n.a); };
  const auto binary = [&](const char* op) { return "(" + show(m, n.a) + op + show(m, n.b) + ")"; };
  switch (n.op) {
    case Op::kBaseSet:
      return "S" + std::to_string(n.index);
    case Op::kBaseRelation:
      for (const char* name : {"po", "addr", "data", "ctrl", "rmw", "loc", "int", "ext", "id", "rf", "co"}) {
        if (static_cast<std::int32_t>(*base_relation(name)) == n.index) return name;
      }
      return "?";
    case Op::kEmptySet:
      return "{}";
    case Op::kAllEvents:
      return "_";
    case Op::kEmptyRelation:
      return "0";
    case Op::kSetUnion:
    case Op::kUnion:
      return binary("|");
    case Op::kSetIntersection:
    case Op::kIntersection:
      return binary("&");
    case Op::kSetDifference:
    case Op::kDifference:
      return binary("\\");
    case Op::kSetComplement:
    case Op::kComplement:
      return "~" + a();
    case Op::kDomain:
      return "dom(" + a() + ")";
    case Op::kRange:
      return "ran(" + a() + ")";
    case Op::kSetVariable:
      return "v" + std::to_string(n.index);
    case Op::kRelationVariable:
      return "V" + std::to_string(n.index);
    case Op::kIdentityOn:
      return "[" + a() + "]";
    case Op::kProduct:
      return binary("x");
    case Op::kThen:
      return binary(";");
    case Op::kInverse:
      return a() + "^-1";
    case Op::kPlus:
      return a() + "+";
    case Op::kStar:
      return a() + "*";
    case Op::kOptional:
      return a() + "?";
    case Op::kDifferentValues:
      return "differ(" + a() + ")";
  }
  return "?";
}

// The node of the last axiom of `text`.
std::string meaning(const std::string& text) {
  const Model m = load_text(text);
  REQUIRE_FALSE(m.axioms.empty());
  return show(m, m.axioms.back().node);
}

std::string set_name(BaseSet set) { return "S" + std::to_string(static_cast<int>(set)); }

TEST_CASE("base names, and those derived from them") {
  CHECK(meaning("acyclic po") == "po");
  CHECK(meaning("acyclic po-loc") == "(po&loc)");
  CHECK(meaning("acyclic fr") == "((rf^-1;co)\\id)");
  CHECK(meaning("acyclic rfe") == "(rf&ext)");
  CHECK(meaning("acyclic coi") == "(co&int)");
  CHECK(meaning("empty fencerel(Mb)") == "((po;[" + set_name(BaseSet::kMb) + "]);po)");
  CHECK(meaning("empty R") == set_name(BaseSet::kR));
}

TEST_CASE("the case of a tag does not matter, its capital does") {
  for (const char* name : {"Rcu-lock", "RCU-LOCK", "Rcu-Lock"}) CHECK(base_set(name) == BaseSet::kRcuLock);
  CHECK(base_set("Mb") == BaseSet::kMb);
  CHECK(base_set("MB") == BaseSet::kMb);
  CHECK_FALSE(base_set("mb").has_value());
  CHECK_FALSE(base_set("m").has_value());
  CHECK_FALSE(base_set("").has_value());
  CHECK(base_relation("po") == BaseRelation::kPo);
  CHECK_FALSE(base_relation("Po").has_value());
}

TEST_CASE("a definition sees the older meaning of its own name") {
  CHECK(meaning("let po = po ; rf let po = po ; co acyclic po") == "((po;rf);co)");
  CHECK(meaning("let Mb = MB \\ R empty Mb") == "(" + set_name(BaseSet::kMb) + "\\" + set_name(BaseSet::kR) + ")");
}

TEST_CASE("redefining a name does not change what was defined from it") {
  CHECK(meaning("let rf = rf ; co acyclic rfi") == "(rf&int)");
  CHECK(meaning("let f(r) = r ; po let po = co acyclic f(rf)") == "(rf;po)");
}

TEST_CASE("parameters and local names hide outer ones, and only inside") {
  CHECK(meaning("let f(po) = po ; po acyclic f(rf) | po") == "(po|(rf;rf))");
  CHECK(meaning("acyclic (let po = rf in po+) | po") == "(po|rf+)");
  CHECK(meaning("let po = rf and x = po acyclic x") == "po");
}

TEST_CASE("functions of several parameters and functions as arguments") {
  CHECK(meaning("let f(r, s) = r ; s let g(h) = h(po, rf) acyclic g(f)") == "(po;rf)");
  CHECK(meaning("let inv r = r^-1 acyclic inv rf") == "rf^-1");
  CHECK(meaning("let k() = co acyclic k()") == "co");
  CHECK(meaning("let first(a, _) = a acyclic first(po, rf)") == "po");
}

TEST_CASE("sets and relations share operators; 0 is either") {
  CHECK(meaning("empty R | W") == "(" + set_name(BaseSet::kR) + "|" + set_name(BaseSet::kW) + ")");
  CHECK(meaning("empty ~(R \\ 0)") == "~" + set_name(BaseSet::kR));
  CHECK(meaning("empty (0 | 0 | R) & R") == set_name(BaseSet::kR));
  CHECK(meaning("acyclic 0 | po | 0") == "po");
  CHECK(meaning("empty 0") == "0");
  CHECK(meaning("empty domain(0)") == "{}");
  CHECK(meaning("empty if \"lkmmv2\" then 0 else _") == "0");
  CHECK(meaning("empty if \"no-such-variant\" then 0 else _") == "_");
}

TEST_CASE("trivial simplifications") {
  CHECK(meaning("acyclic po | po") == "po");
  CHECK(meaning("acyclic (po*)*") == "po*");
  CHECK(meaning("acyclic po?+") == "po*");
  CHECK(meaning("acyclic (po+)?") == "po*");
  CHECK(meaning("acyclic rf^-1^-1") == "rf");
  CHECK(meaning("acyclic po ; 0 | rf") == "rf");
  CHECK(meaning("acyclic [_] ; po ; id") == "po");
  CHECK(meaning("acyclic 0*") == "id");
  CHECK(meaning("empty po ; [R] ; [W]") == "(po;[(" + set_name(BaseSet::kR) + "&" + set_name(BaseSet::kW) + ")])");
  CHECK(meaning("empty ~~R") == set_name(BaseSet::kR));
  CHECK(meaning("empty domain([R])") == set_name(BaseSet::kR));
}

TEST_CASE("equal expressions are one node, operands come first, nothing is left over") {
  const Model m = load_text("let unused = po ; po ; po let a = rf ; co let b(r) = r ; co acyclic a | po irreflexive b(rf) empty (po | a)");
  CHECK(m.axioms[0].node == m.axioms[2].node);
  CHECK(std::count_if(m.nodes.begin(), m.nodes.end(), [](const Node& n) { return n.op == Op::kThen; }) == 1);
  CHECK(m.nodes.size() == 5);
  for (std::size_t i = 0; i < m.nodes.size(); ++i) {
    CHECK(m.nodes[i].a < static_cast<NodeId>(i));
    CHECK(m.nodes[i].b < static_cast<NodeId>(i));
  }
}

TEST_CASE("let rec: types are found, variables are numbered, bodies are recorded in order") {
  const Model m = load_text(
      "let rec left = R \\ domain(pairs) and right = W \\ range(pairs)\n"
      "    and pairs = pairs | ([left] ; po ; [right])\n"
      "empty pairs empty left");
  REQUIRE(m.fixpoints.size() == 1);
  CHECK(m.fixpoints[0].variables == std::vector<std::int32_t>{0, 1, 2});
  CHECK(m.variable_fixpoint == std::vector<std::int32_t>{0, 0, 0});
  CHECK(show(m, m.fixpoints[0].bodies[0]) == "(" + set_name(BaseSet::kR) + "\\dom(V2))");
  CHECK(show(m, m.fixpoints[0].bodies[2]) == "(V2|(([v0];po);[v1]))");
  CHECK(show(m, m.axioms[0].node) == "V2");
  CHECK(show(m, m.axioms[1].node) == "v0");
}

TEST_CASE("let rec of nothing but itself is an empty relation") {
  const Model m = load_text("let rec a = b and b = a empty a");
  CHECK(show(m, m.axioms[0].node) == "V0");
}

TEST_CASE("let rec inside let rec") {
  const Model m = load_text("let rec a = po | (a ; (let rec b = rf | (b ; co) in b)) acyclic a");
  REQUIRE(m.fixpoints.size() == 2);
  CHECK(m.axioms[0].node >= 0);
  // The inner one comes first, since the outer one's body uses its result.
  const auto outer =
      static_cast<std::size_t>(m.variable_fixpoint[static_cast<std::size_t>(m.nodes[static_cast<std::size_t>(m.axioms[0].node)].index)]);
  CHECK(outer == 1);
  const ModelError error = error_of("let rec a =\n  po | (let rec b = a | (b ; co) in b)\nacyclic a");
  CHECK(error.line == 2);
  CHECK(error.column == 9);
  CHECK(error.message == "a 'let rec' inside another one may not use what the outer one defines");
}

TEST_CASE("a fixpoint in a function is one fixpoint for each call") {
  const Model m = load_text("let f(r) = let rec x = r | (x ; r) in x acyclic f(po) | f(rf)");
  CHECK(m.fixpoints.size() == 2);
}

TEST_CASE("try: the alternative stands in for unknown names only") {
  CHECK(meaning("empty try Quux with R") == set_name(BaseSet::kR));
  CHECK(meaning("empty try W with R") == set_name(BaseSet::kW));
  CHECK(error_of("empty try (R ; po) with R").message == "';' needs a relation, but this is a set");
}

TEST_CASE("unknown names") {
  const ModelError error = error_of("\"m\"\nlet a = po\nacyclic a | rff as x\n");
  CHECK(error.file == "t.cat");
  CHECK(error.line == 3);
  CHECK(error.column == 13);
  CHECK(error.message == "unknown name 'rff'");
  CHECK(error.source_line == "acyclic a | rff as x");
  CHECK(error_of("let a = b and b = po").message == "unknown name 'b'");
  CHECK(error_of("empty amo").message == "unknown name 'amo'");
  CHECK(error_of("let f(r) = r let x = r").message == "unknown name 'r'");
}

TEST_CASE("type errors point at the operand") {
  ModelError error = error_of("let a = po | R");
  CHECK(error.column == 14);
  CHECK(error.message == "'|' after a relation needs a relation, but this is a set");
  CHECK(error_of("let a = R & po").message == "'&' after a set needs a set, but this is a relation");
  CHECK(error_of("let a = R \\ po").message == "'\\' after a set needs a set, but this is a relation");
  CHECK(error_of("let a = po ; R").column == 14);
  CHECK(error_of("let a = [po]").message == "'[ ]' needs a set, but this is a relation");
  CHECK(error_of("let a = R+").message == "'+' needs a relation, but this is a set");
  CHECK(error_of("let a = R^-1").message == "'^-1' needs a relation, but this is a set");
  CHECK(error_of("let a = po * R").message == "'*' (the product) needs a set, but this is a relation");
  CHECK(error_of("let a = domain(R)").message == "'domain' needs a relation, but this is a set");
  CHECK(error_of("acyclic R").message == "'acyclic' needs a relation, but this is a set");
  CHECK(error_of("let f(r) = r acyclic f").message == "'acyclic' needs a relation, but this is the function 'f'");
  CHECK(error_of("let f(r) = r acyclic f | po").message == "'|' needs a relation, but this is the function 'f'");
  CHECK(error_of("let rec a = R | (po ; a)").message == "'|' after a set needs a set, but this is a relation");
  CHECK(error_of("let rec a = R and b = po ; a").message == "';' needs a relation, but this is a set");
  CHECK(error_of("empty 'once").message == "the tag 'once is not an expression; its events are the set named after it");
  CHECK(error_of("empty {R}").message == "a set given by its elements is not supported in models here");
}

TEST_CASE("calls: arity, and what is no function") {
  const ModelError error = error_of("let f(r, s) = r ; s\nacyclic po | f(rf)");
  CHECK(error.line == 2);
  CHECK(error.column == 14);
  CHECK(error.message == "'f' takes 2 arguments, but 1 is given");
  CHECK(error_of("let f(r) = r acyclic f(po, rf)").message == "'f' takes 1 argument, but 2 are given");
  CHECK(error_of("acyclic domain(po, rf)").message == "'domain' takes 1 argument, but 2 are given");
  CHECK(error_of("acyclic po [UL]").message == "this is a relation, not a function");
  CHECK(error_of("let rec f(r) = f(r) acyclic f(po)").message == "recursive functions are not supported");
  CHECK(error_of("acyclic (po, rf)").message == "a list of arguments stands only after the name of a function");
}

TEST_CASE("an error inside a function of the prelude is shown at the call") {
  const ModelError error = error_of("acyclic po |\n  fencerel(po)");
  CHECK(error.file == "t.cat");
  CHECK(error.line == 2);
  CHECK(error.column == 3);
  CHECK(error.message == "in 'fencerel': '[ ]' needs a set, but this is a relation");
}

TEST_CASE("lock.cat adds lock events to Acquire and Release, after what the model says they are") {
  CHECK(meaning("let Acquire = ACQUIRE \\ W include \"lock.cat\" empty Acquire") ==
        "((" + set_name(BaseSet::kAcquire) + "\\" + set_name(BaseSet::kW) + ")|" + set_name(BaseSet::kLkr) + ")");
  const Model m = load_text("include \"lock.cat\"");
  CHECK(std::all_of(m.axioms.begin(), m.axioms.end(), [](const Axiom& a) { return a.is_flag; }));
}

TEST_CASE("only a lock.cat beside the model may choose orders") {
  CHECK(error_of("let a = rf ++ co").message == "'++' is not supported in models here");
  CHECK(error_of("with co from generate(co0)").message == "'with … from' is not supported in models here");
}

TEST_CASE("library files are answered without being read") {
  for (const char* file : {"lock.cat", "cos.cat", "cos-opt.cat", "cross.cat", "stdlib.cat", "filters.cat"}) {
    CAPTURE(file);
    CHECK(meaning("include \"" + std::string(file) + "\" acyclic po") == "po");
  }
  CHECK(meaning("include \"filters.cat\" acyclic WR(po)") == "(po&(" + set_name(BaseSet::kW) + "x" + set_name(BaseSet::kR) + "))");
}

TEST_CASE("the tags of accesses decide where fully ordered read-modify-writes are ordered") {
  CHECK(load_text("acyclic po").rmw_style == RmwStyle::kTagged);
  CHECK(load_text("enum Accesses = 'ONCE || 'MB acyclic po").rmw_style == RmwStyle::kTagged);
  CHECK(load_text("enum Accesses = 'once || 'mb acyclic po").rmw_style == RmwStyle::kTagged);
  CHECK(load_text("enum Accesses = 'once || 'acquire enum Barriers = 'mb acyclic po").rmw_style == RmwStyle::kFenced);
  CHECK(meaning("enum Accesses = 'once empty if \"lkmmv2\" then R else W") == set_name(BaseSet::kW));
}

TEST_CASE("a recursive definition that never settles is an error at its place") {
  for (const char* text : {"let rec a = ~a acyclic a", "let rec a = po \\ a acyclic a", "let rec a = b and b = ~a acyclic a",
                           "let f(x) = ~x let rec a = f(a) acyclic a", "let rec a = po | (rf \\ (a ; a)) acyclic a",
                           "let rec s = W \\ domain([s] ; po) acyclic [s]", "let rec a = let b = ~a in b & po acyclic a",
                           // What grows does not help a circle that leads around it.
                           "let rec m = m | (po \\ a) and a = (po ; a) | (rf \\ m) acyclic a"}) {
    CAPTURE(text);
    const ModelError error = error_of(text);
    CHECK(error.message.find("has no solution that it could settle at") != std::string::npos);
    CHECK(error.line == 1);
    CHECK(error.column > 1);
  }
  for (const char* text : {"let rec a = ~~a acyclic a", "let rec a = po | (a ; a) acyclic a", "let rec a = ~(~po & ~(a ; a)) acyclic a",
                           "let rec a = b | po and b = a \\ rf acyclic a", "let a = ~po let rec b = b | a acyclic b",
                           "let rec m = m | (po \\ (open ; open)) and open = po \\ m acyclic m"}) {
    CAPTURE(text);
    CHECK_FALSE(load_text(text).axioms.empty());
  }
}

TEST_CASE("functions that call each other many times over are worked out once for the same arguments") {
  for (const char* op : {" ; ", " | ", " & ", " \\ "}) {
    std::string text = "let f0(x) = x ; x";
    for (int i = 1; i <= 60; ++i) {
      const std::string f = "f" + std::to_string(i - 1);
      text += "\nlet f" + std::to_string(i) + "(x) = " + f + "(x)" + op + f + "(x^-1)";
    }
    CHECK_FALSE(load_text(text + "\nacyclic f60(po)").axioms.empty());
  }
}

std::string repeated(int times, const std::function<std::string(int)>& text) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text(i);
  return all;
}

TEST_CASE("what is too large for a model is refused where it gets so") {
  const auto name = [](int i) { return std::array{"po", "rf", "co", "addr", "data", "ctrl", "rmw"}[static_cast<std::size_t>(i * i % 7)]; };
  const auto r = [](int i) { return "r" + std::to_string(i); };
  for (const auto& [text, message] : std::initializer_list<std::pair<std::string, std::string>>{
           {"let a = po" + repeated(50'000, [&](int i) { return std::string(" ; ") + name(i); }) + " acyclic a",
            "more than 20,000 different expressions"},
           {"let a = po " + repeated(2'000, [&](int i) { return std::string("let a = (a ; ") + name(i) + ") "; }) + "acyclic a",
            "more than 1,000 operators one upon the other"},
           {repeated(1'000, [&](int i) { return "let rec " + r(i) + " = po | " + r(i) + ";rf | " + (i > 0 ? r(i - 1) : "co") + " "; }) +
                "acyclic r999",
            "more than 1,000 operators one upon the other"},
           {repeated(20'000, [](int) { return "let a = po "; }) + "acyclic a", "more than 10,000 definitions"},
           {"let rec r = po" + repeated(64, [&](int i) { return " and " + r(i) + " = rf"; }) + " acyclic r",
            "more than 64 definitions in one 'let rec'"},
           {"let f0(x) = x " +
                repeated(5'000, [](int i) { return "let f" + std::to_string(i + 1) + "(x) = f" + std::to_string(i) + "(x) "; }) +
                "acyclic f5000(po)",
            "its functions call each other too deeply"},
           {"let f(g) = g(g) acyclic f(f)", "its functions call each other too deeply"},
           {"let a = " + repeated(60, [&](int i) { return "let rec " + r(i) + " = "; }) + "po" +
                repeated(60, [&](int i) { return " in (" + r(59 - i) + ";rf) | " + r(59 - i); }) + " acyclic a",
            "more than 20,000 different expressions"},
       }) {
    CAPTURE(message);
    const ModelError error = error_of(text);
    CHECK(error.message.find("this model is too large: " + message) == 0);
    CHECK(error.line == 1);
    CHECK(error.column > 1);
  }
  const ModelError error = error_of(repeated(65, [](int i) { return "flag ~empty po as f" + std::to_string(i) + "\n"; }));
  CHECK(error.message == "a model has at most 64 tests");
  CHECK(error.line == 65);
}

TEST_CASE("operands that are shared many times over are looked at once") {
  const std::string text =
      "let a = po let b = rf " + repeated(60, [](int) { return "let c = a let a = a | (b ; rf) let b = c | (b | (c ; co)) "; });
  const auto model = load_text(text + "acyclic a | b");
  CHECK(model.nodes.size() < 1000);
  CHECK_FALSE(ModelFacts(model).is_coherence(0));
  CHECK_FALSE(load_text(text + "let rec r = a | b | r ; po acyclic r").axioms.empty());
}

}  // namespace
}  // namespace lkmc
