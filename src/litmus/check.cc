// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/check.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace lkmc::litmus {
namespace {

// The word an expression always has, if that can be seen without running: constants and registers never assigned.
std::optional<Word> static_word(const Expr& expr, const ThreadCode& thread) {
  if (expr.kind == Expr::Kind::kConstant) return expr.constant;
  if (expr.kind == Expr::Kind::kRegister) {
    const Register& reg = thread.registers[static_cast<std::size_t>(expr.reg)];
    if (reg.assigned) return std::nullopt;
    return reg.initial;
  }
  if (expr.kind != Expr::Kind::kBinary || (expr.binary != BinaryOp::kAdd && expr.binary != BinaryOp::kSubtract)) {
    return std::nullopt;
  }
  const auto left = static_word(*expr.operands[0], thread);
  const auto right = static_word(*expr.operands[1], thread);
  if (!left || !right) return std::nullopt;
  return apply(expr.binary, *left, *right);
}

std::optional<Location> static_location(const Expr& expr, const ThreadCode& thread, const SymbolTable& symbols) {
  const auto word = static_word(expr, thread);
  if (!word) return std::nullopt;
  const auto target = symbols.target(*word);
  if (!target || target->element < 0 || target->element >= target->symbol->size) return std::nullopt;
  return target->symbol->first + static_cast<Location>(target->element);
}

using Visit = std::function<void(const Expr&)>;

void for_each(const Expr& expr, const Visit& visit) {
  visit(expr);
  for (const ExprPtr& operand : expr.operands) for_each(*operand, visit);
}

void for_each(const std::vector<Statement>& statements, const Visit& visit) {
  for (const Statement& statement : statements) {
    if (statement.expr != nullptr) for_each(*statement.expr, visit);
    if (statement.step != nullptr) for_each(*statement.step, visit);
    for_each(statement.body, visit);
    for_each(statement.else_body, visit);
  }
}

// The operand of an access that is its address; null for everything else.
const Expr* address_operand(const Expr& expr) {
  if (expr.kind == Expr::Kind::kLoad || expr.kind == Expr::Kind::kStore) return expr.operands[0].get();
  if (expr.kind != Expr::Kind::kCall) return nullptr;
  const int index = expr.primitive->address_argument();
  return index < 0 ? nullptr : expr.operands[static_cast<std::size_t>(index)].get();
}

// `a[5]`
void check_index(const Expr& address, const ThreadCode& thread, const SymbolTable& symbols, const Cursor& cursor) {
  const auto word = static_word(address, thread);
  const auto target = word ? symbols.target(*word) : std::nullopt;
  if (!target || (target->element >= 0 && target->element < target->symbol->size)) return;
  cursor.fail(address.pos, "`" + target->symbol->name + "` has no element " + std::to_string(target->element));
}

bool writes(const Expr& expr) { return expr.kind == Expr::Kind::kStore || (expr.kind == Expr::Kind::kCall && expr.primitive->writes()); }

}  // namespace

void check_test(const ParsedTest& test, const Cursor& cursor) {
  for (const ThreadCode& thread : test.threads) {
    for_each(thread.body, [&](const Expr& expr) {
      const Expr* address = address_operand(expr);
      if (address != nullptr) check_index(*address, thread, test.symbols, cursor);
    });
  }
}

void compute_writes(ParsedTest& test) {
  for (ThreadCode& thread : test.threads) {
    thread.may_write.assign(test.symbols.locations.size(), false);
    for_each(thread.body, [&](const Expr& expr) {
      if (!writes(expr)) return;
      const auto location = static_location(*address_operand(expr), thread, test.symbols);
      if (location) {
        thread.may_write[static_cast<std::size_t>(*location)] = true;
      } else {
        std::fill(thread.may_write.begin(), thread.may_write.end(), true);
      }
    });
  }
}

}  // namespace lkmc::litmus
