// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/condition.h"

#include <algorithm>

namespace lkmc::litmus {
namespace {

using Kind = Proposition::Kind;

Word final_value(const Term& term, const Values& values) {
  return term.kind == Term::Kind::kRegister ? values.registers[static_cast<std::size_t>(term.slot)]
                                            : values.memory[static_cast<std::size_t>(term.location)];
}

// What surrounds a proposition, and so decides whether herd puts it in parentheses.
enum class Around : std::uint8_t { kNothing, kAnd, kOr, kImplies };

bool needs_parentheses(Around around, Kind kind) {
  switch (around) {
    case Around::kNothing:
      return false;
    case Around::kAnd:
      return kind != Kind::kAnd;
    case Around::kOr:
      return kind == Kind::kImplies;
    case Around::kImplies:
      return kind != Kind::kImplies;
  }
  return false;
}

}  // namespace

bool holds(const Proposition& p, const Values& values) {
  const auto holds_here = [&](const Proposition& child) { return holds(child, values); };
  switch (p.kind) {
    case Kind::kEqualValue:
      return final_value(p.left, values) == cut(p.left.integer, p.values[0]);
    case Kind::kEqualTerm:
      return final_value(p.left, values) == final_value(p.right, values);
    case Kind::kEqualArray:
      return std::equal(p.values.begin(), p.values.end(), values.memory.begin() + p.left.location,
                        [&](Word written, Word final) { return cut(p.left.integer, written) == final; });
    case Kind::kNot:
      return !holds(p.children[0], values);
    case Kind::kAnd:
      return std::all_of(p.children.begin(), p.children.end(), holds_here);
    case Kind::kOr:
      return std::any_of(p.children.begin(), p.children.end(), holds_here);
    case Kind::kImplies:
      return !holds(p.children[0], values) || holds(p.children[1], values);
  }
  return false;
}

std::string Printer::value(Word word) const {
  if (const auto target = symbols_.target(word)) {
    if (target->element == 0) return target->symbol->name;
    const std::string sign = target->element > 0 ? "+" : "";
    return target->symbol->name + sign + std::to_string(target->element * target->symbol->element_bytes);
  }
  if (const auto symbol = Program::symbol_number(word)) return 'S' + std::to_string(*symbol);
  return std::to_string(word);
}

std::string Printer::term(const Term& term) {
  switch (term.kind) {
    case Term::Kind::kRegister:
      return std::to_string(term.thread) + ':' + term.name;
    case Term::Kind::kLocation:
      return '[' + term.name + ']';
    case Term::Kind::kElement:
      return term.name + '[' + std::to_string(term.index) + ']';
    case Term::Kind::kArray:
      return term.name;
  }
  return {};
}

namespace {

std::string print(const Printer& printer, const Proposition& p, Around around) {
  const auto join = [&](std::string_view connective, Around inside) {
    std::string text;
    for (const Proposition& child : p.children) {
      if (!text.empty()) text += connective;
      text += print(printer, child, inside);
    }
    return needs_parentheses(around, p.kind) ? '(' + text + ')' : text;
  };
  switch (p.kind) {
    case Kind::kEqualValue:
      return Printer::term(p.left) + '=' + printer.value(p.values[0]);
    case Kind::kEqualTerm:
      return Printer::term(p.left) + '=' + Printer::term(p.right);
    case Kind::kEqualArray: {
      std::string text;
      for (const Word word : p.values) text += (text.empty() ? "" : ",") + printer.value(word);
      return Printer::term(p.left) + "={" + text + '}';
    }
    case Kind::kNot:
      return "not (" + print(printer, p.children[0], Around::kNothing) + ')';
    case Kind::kAnd:
      return p.children.empty() ? "true" : join(" /\\ ", Around::kAnd);
    case Kind::kOr:
      return p.children.empty() ? "false" : join(" \\/ ", Around::kOr);
    case Kind::kImplies:
      return join(" => ", Around::kImplies);
  }
  return {};
}

}  // namespace

std::string Printer::proposition(const Proposition& proposition) const { return print(*this, proposition, Around::kNothing); }

std::string Printer::condition(const Condition& condition) const {
  const std::string_view quantifier = condition.quantifier == Quantifier::kExists      ? "exists"
                                      : condition.quantifier == Quantifier::kNotExists ? "~exists"
                                                                                       : "forall";
  return std::string(quantifier) + " (" + proposition(condition.proposition) + ')';
}

std::string Printer::state(std::span<const Term> observed, const Values& values) const {
  std::string line;
  for (const Term& item : observed) {
    if (!line.empty()) line += ' ';
    line += term(item) + '=';
    if (item.kind == Term::Kind::kArray) {
      for (int i = 0; i < item.size; ++i) {
        line += i == 0 ? '{' : ',';
        line += value(values.memory[static_cast<std::size_t>(item.location + i)]);
      }
      line += "};";
    } else {
      line += value(final_value(item, values)) + ';';
    }
  }
  return line;
}

}  // namespace lkmc::litmus
