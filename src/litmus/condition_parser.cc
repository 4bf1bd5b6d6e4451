// SPDX-License-Identifier: Apache-2.0
// What to observe of a final state: `locations`, `filter`, and the condition, in any order. Registers that are named
// here get a slot. The grammar is that of herd7's lib/stateParser.mly.
#include <algorithm>
#include <tuple>

#include "src/litmus/parser.h"

namespace lkmc::litmus {
namespace {

using Kind = Proposition::Kind;

// The order in which herd prints a state: registers by thread and name, then locations, then elements of arrays.
bool printed_before(const Term& a, const Term& b) {
  const auto group = [](const Term& t) { return t.kind == Term::Kind::kRegister ? 0 : t.kind == Term::Kind::kElement ? 2 : 1; };
  if (group(a) != group(b)) return group(a) < group(b);
  return std::tie(a.thread, a.name, a.index) < std::tie(b.thread, b.name, b.index);
}

class ConditionParser {
 public:
  ConditionParser(Cursor& cursor, ParsedTest& test) : cursor_(cursor), test_(test) {}

  void run() {
    bool quantified = false;
    while (!cursor_.at_end()) {
      const Token& token = cursor_.peek();
      if (token.is("locations")) {
        locations();
      } else if (token.is("filter")) {
        filter();
      } else if (token.is("with") && quantified) {
        skip_with();
      } else if (!quantified && cursor_.peek().text != ";") {
        quantified = true;
        quantifier();
        cursor_.accept(";");
      } else if (!cursor_.accept(";")) {
        cursor_.fail_expected("the end of the file");
      }
    }
    std::sort(observed_.begin(), observed_.end(), printed_before);
    const auto same = [](const Term& a, const Term& b) { return !printed_before(a, b) && !printed_before(b, a); };
    observed_.erase(std::unique(observed_.begin(), observed_.end(), same), observed_.end());
    test_.condition.observed = std::move(observed_);
  }

 private:
  Condition& condition() { return test_.condition; }

  // `locations [ 0:r1; x; ]`, with an optional type behind each.
  void locations() {
    cursor_.next();
    cursor_.expect("[", "after `locations`");
    while (!cursor_.peek().is("]")) {
      observed_.push_back(term());
      while (cursor_.peek().is_identifier() || cursor_.peek().is("*")) cursor_.next();
      if (!cursor_.accept(";")) break;
    }
    cursor_.expect("]", "after the locations");
  }

  void filter() {
    const SourcePos pos = cursor_.next().pos;
    if (condition().has_filter) cursor_.fail(pos, "a second `filter`");
    // What only the filter asks for is not printed.
    const std::size_t count = observed_.size();
    condition().has_filter = true;
    condition().filter = disjunction();
    observed_.resize(count);
  }

  // `with tso: ~exists;`: expectations about other models, which herd ignores as well.
  void skip_with() {
    while (!cursor_.at_end()) cursor_.next();
  }

  void quantifier() {
    const Token& token = cursor_.peek();
    if (token.is("exists") || token.is("final")) {
      cursor_.next();
      condition().quantifier = Quantifier::kExists;
    } else if ((token.is("~") || token.is("not")) && cursor_.peek(1).is("exists")) {
      cursor_.next();
      cursor_.next();
      condition().quantifier = Quantifier::kNotExists;
    } else if (token.is("forall")) {
      cursor_.next();
      condition().quantifier = Quantifier::kForall;
    } else if (cursor_.accept("observed")) {
      condition().quantifier = Quantifier::kExists;
      condition().proposition = states();
      return;
    } else if (token.is("(")) {
      condition().quantifier = Quantifier::kExists;
    } else {
      cursor_.fail_expected("a thread, `locations`, `filter`, or a condition: `exists`, `~exists` or `forall`");
    }
    condition().proposition = disjunction();
  }

  // `0:r0=1; x=2; and 0:r0=0; x=1;`: one of these states, as herd7's logs list them.
  Proposition states() {
    Proposition any{.kind = Kind::kOr};
    do {
      Proposition& state = any.children.emplace_back(Proposition{.kind = Kind::kAnd});
      while (!cursor_.at_end() && !cursor_.peek().is("and")) {
        state.children.push_back(atom());
        cursor_.expect(";", "after a value of the state");
      }
    } while (cursor_.accept("and"));
    return any;
  }

  // From the loosest: `\/`, `/\`, `=>`, `not`. Chains stay flat.
  Proposition disjunction() {
    return chain(Kind::kOr, "\\/", [this] { return conjunction(); });
  }
  Proposition conjunction() {
    return chain(Kind::kAnd, "/\\", [this] { return implication(); });
  }

  template <class Parse>
  Proposition chain(Kind kind, std::string_view connective, Parse parse) {
    Proposition first = parse();
    if (!cursor_.peek().is(connective)) return first;
    Proposition all{.kind = kind};
    all.children.push_back(std::move(first));
    while (cursor_.accept(connective)) all.children.push_back(parse());
    return all;
  }

  Proposition implication() {
    NestingGuard guard(depth_, kMaxNesting, cursor_);
    Proposition premise = simple();
    if (!cursor_.accept("=>")) return premise;
    Proposition result{.kind = Kind::kImplies};
    result.children.push_back(std::move(premise));
    result.children.push_back(implication());
    return result;
  }

  Proposition simple() {
    NestingGuard guard(depth_, kMaxNesting, cursor_);
    if (cursor_.accept("~") || cursor_.accept("not")) {
      Proposition result{.kind = Kind::kNot};
      result.children.push_back(simple());
      return result;
    }
    if (cursor_.accept("true")) return {.kind = Kind::kAnd};
    if (cursor_.accept("false")) return {.kind = Kind::kOr};
    if (cursor_.accept("(")) {
      Proposition inner = disjunction();
      cursor_.expect(")", "in the condition");
      return inner;
    }
    return atom();
  }

  Proposition atom() {
    Proposition result{.kind = Kind::kEqualValue};
    result.left = term();
    observed_.push_back(result.left);
    bool negated = false;
    if (cursor_.accept("!=") || cursor_.accept("<>")) {
      negated = true;
    } else if (!cursor_.accept("=") && !cursor_.accept("==")) {
      cursor_.fail_expected("`=` in the condition");
    }
    right_side(result);
    if (!negated) return result;
    Proposition negation{.kind = Kind::kNot};
    negation.children.push_back(std::move(result));
    return negation;
  }

  // A number, the address of a location, the final value of a register or of `[x]` or `*x`, or those of an array.
  void right_side(Proposition& atom) {
    const Token& token = cursor_.peek();
    if (atom.left.kind == Term::Kind::kArray || token.is("{")) {
      array_values(atom);
      return;
    }
    if (token.is("[") || token.is("*") || is_register(0)) {
      atom.kind = Kind::kEqualTerm;
      atom.right = term();
      if (atom.right.kind == Term::Kind::kArray) cursor_.fail(token.pos, "compare one element of the array at a time");
      observed_.push_back(atom.right);
      return;
    }
    atom.values.push_back(constant());
  }

  void array_values(Proposition& atom) {
    const SourcePos pos = cursor_.peek().pos;
    if (atom.left.kind != Term::Kind::kArray) cursor_.fail(pos, "only an array is compared with `{ ... }`");
    cursor_.expect("{", "before the values of an array");
    atom.kind = Kind::kEqualArray;
    do {
      atom.values.push_back(constant());
    } while (cursor_.accept(","));
    cursor_.expect("}", "after the values of an array");
    if (static_cast<int>(atom.values.size()) != atom.left.size) {
      cursor_.fail(pos, "`" + atom.left.name + "` has " + std::to_string(atom.left.size) + " elements");
    }
  }

  Word constant() {
    const bool ampersand = cursor_.accept("&");
    const Token& token = cursor_.peek();
    if (token.is_identifier()) {
      if (token.is("NULL") && test_.symbols.find("NULL") == nullptr) {
        cursor_.next();
        return 0;
      }
      const Term target = location_term();
      return Program::address_of(target.location - target.index, target.index);
    }
    const bool negative = !ampersand && cursor_.accept("-");
    if (ampersand || cursor_.peek().kind != TokenKind::kNumber) {
      cursor_.fail_expected("a value: a number, a location or a register");
    }
    const auto value = static_cast<std::uint64_t>(cursor_.next().value);
    return static_cast<Word>(negative ? 0 - value : value);
  }

  [[nodiscard]] bool is_register(std::size_t ahead) const {
    const Token& token = cursor_.peek(ahead);
    return (token.kind == TokenKind::kNumber || thread_number(token) >= 0) && cursor_.peek(ahead + 1).is(":");
  }

  Term term() {
    if (cursor_.accept("[")) {
      Term inner = asked_location();
      cursor_.expect("]", "after the name of a location");
      return inner;
    }
    cursor_.accept("*");
    return is_register(0) ? register_term() : asked_location();
  }

  Term asked_location() {
    Term term = location_term();
    for (int i = 0; i < term.size; ++i) test_.symbols.locations[static_cast<std::size_t>(term.location + i)].final_is_asked = true;
    return term;
  }

  // herd7 takes a name that the test does not have for 0, silently.
  void remark(SourcePos pos, std::string message) { test_.remarks.push_back(cursor_.diagnose(pos, std::move(message))); }

  Term register_term() {
    const Token& thread = cursor_.next();
    const Word number = thread.kind == TokenKind::kNumber ? thread.value : thread_number(thread);
    if (number < 0 || number >= static_cast<Word>(test_.threads.size())) {
      cursor_.fail(thread.pos, "the test has no thread `" + std::string(thread.text) + "`");
    }
    cursor_.expect(":", "between a thread and its register");
    const Token& name = cursor_.expect_identifier("the name of a register");
    ThreadCode& code = test_.threads[static_cast<std::size_t>(number)];
    if (!code.register_by_name.contains(std::string(name.text))) {
      remark(name.pos, "P" + std::to_string(number) + " has no register `" + std::string(name.text) + "`: it is 0");
    }
    Register& reg = code.registers[static_cast<std::size_t>(code.register_index(name.text, name.pos))];
    if (reg.slot < 0) reg.slot = test_.register_slots++;
    Term term{.kind = Term::Kind::kRegister, .thread = static_cast<int>(number), .name = reg.name};
    term.slot = reg.slot;
    term.integer = integer_of(reg.type);
    return term;
  }

  Term location_term() {
    const Token& name = cursor_.expect_identifier("the name of a location");
    const Symbol* symbol = test_.symbols.find(name.text);
    if (symbol == nullptr) {
      if (test_.symbols.locations.size() >= kMaxLocations) {
        cursor_.fail(name.pos, "more than " + std::to_string(kMaxLocations) + " locations");
      }
      remark(name.pos, "the test has no location `" + std::string(name.text) + "`: it is 0");
      symbol = &test_.symbols.add(name.text, 1, false);
      test_.symbols.integers.push_back(kInt);
    }
    Term term{.name = symbol->name};
    term.location = symbol->first;
    term.size = symbol->size;
    term.integer = test_.symbols.integers[static_cast<std::size_t>(symbol->first)];
    if (symbol->is_array) term.kind = Term::Kind::kArray;
    if (!cursor_.accept("[")) return term;
    const Token& index = cursor_.peek();
    if (index.kind != TokenKind::kNumber) cursor_.fail_expected("an index");
    cursor_.next();
    cursor_.expect("]", "after an index");
    if (index.value < 0 || index.value >= symbol->size) {
      cursor_.fail(index.pos, "`" + symbol->name + "` has no element " + std::string(index.text));
    }
    term.kind = Term::Kind::kElement;
    term.index = static_cast<int>(index.value);
    term.location += term.index;
    term.size = 1;
    return term;
  }

  Cursor& cursor_;
  ParsedTest& test_;
  std::vector<Term> observed_;
  int depth_ = 0;
};

}  // namespace

void parse_condition(Cursor& cursor, ParsedTest& test) { ConditionParser(cursor, test).run(); }

}  // namespace lkmc::litmus
