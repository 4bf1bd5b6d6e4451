// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/spin.h"

#include <algorithm>
#include <set>

namespace lkmc::litmus {
namespace {

// What one round does to registers, in order of evaluation.
struct Round {
  std::set<int> written;
  std::set<int> carried_in;  // read before they are written in the round
  bool reads_memory = false;
  bool pure = true;

  void expression(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kConstant:
        return;
      case Expr::Kind::kRegister:
        if (!written.contains(expr.reg)) carried_in.insert(expr.reg);
        return;
      case Expr::Kind::kLoad:
        reads_memory = true;
        break;
      case Expr::Kind::kUnary:
      case Expr::Kind::kConvert:
        break;
      case Expr::Kind::kBinary:
        // A division by zero ends the path: that is an effect.
        if (expr.binary == BinaryOp::kDivide || expr.binary == BinaryOp::kModulo) pure = false;
        break;
      case Expr::Kind::kLogicalAnd:
      case Expr::Kind::kLogicalOr:
        // The right side may be skipped: nothing in it may be relied on.
        expression(*expr.operands[0]);
        maybe_expression(*expr.operands[1]);
        return;
      case Expr::Kind::kConditional:
        expression(*expr.operands[0]);
        maybe_expression(*expr.operands[1]);
        maybe_expression(*expr.operands[2]);
        return;
      case Expr::Kind::kAssignRegister:
        expression(*expr.operands[0]);
        written.insert(expr.reg);
        return;
      case Expr::Kind::kStore:
        pure = false;
        return;
      case Expr::Kind::kCall:
        call(*expr.primitive);
        break;
    }
    for (const ExprPtr& operand : expr.operands) expression(*operand);
  }

  void call(const Primitive& primitive) {
    if (primitive.action == Action::kRead && primitive.tag != Tag::kSrcuLock) {
      reads_memory = true;
    } else if (primitive.action != Action::kFence || primitive.tag == Tag::kSyncRcu || reader_step(primitive.tag) != 0) {
      pure = false;
    }
  }

  // A subexpression that is not always evaluated: it must not assign.
  void maybe_expression(const Expr& expr) {
    const std::set<int> before = written;
    expression(expr);
    if (written != before) pure = false;
  }

  void statements(const std::vector<Statement>& all) {
    for (const Statement& statement : all) {
      if (statement.kind == Statement::Kind::kBlock) {
        statements(statement.body);
      } else if (statement.kind == Statement::Kind::kExpression) {
        expression(*statement.expr);
      } else {
        pure = false;
      }
    }
  }

  [[nodiscard]] bool repeatable() const {
    return pure && reads_memory && std::none_of(written.begin(), written.end(), [&](int reg) { return carried_in.contains(reg); });
  }
};

Wait classify(const Statement& loop) {
  if (loop.step != nullptr) return Wait::kNone;
  Round condition;
  condition.expression(*loop.expr);
  Round body;
  body.statements(loop.body);
  Round whole;
  whole.statements(loop.body);
  whole.expression(*loop.expr);
  if (!whole.repeatable()) return Wait::kNone;
  if (loop.kind == Statement::Kind::kDoWhile) return Wait::kRound;
  const bool empty_body = body.written.empty() && !body.reads_memory;
  return empty_body && condition.repeatable() ? Wait::kCondition : Wait::kTestThenRound;
}

}  // namespace

void mark_waiting_loops(std::vector<Statement>& statements) {
  for (Statement& statement : statements) {
    if (statement.kind == Statement::Kind::kWhile || statement.kind == Statement::Kind::kDoWhile) {
      statement.wait = classify(statement);
    }
    mark_waiting_loops(statement.body);
    mark_waiting_loops(statement.else_body);
  }
}

}  // namespace lkmc::litmus
