// SPDX-License-Identifier: Apache-2.0
// Parses the expressions of a thread, with C's precedence.
#pragma once

#include "src/litmus/ast.h"
#include "src/litmus/cursor.h"

namespace lkmc::litmus {

class ExpressionParser {
 public:
  ExpressionParser(Cursor& cursor, ThreadCode& thread) : cursor_(cursor), thread_(thread) {}

  // An expression that yields a value.
  ExprPtr value();
  // An expression that stands alone as a statement: it may be a call without a value.
  ExprPtr statement();
  // `name = value` as in a declaration.
  ExprPtr assign_register(int reg, ExprPtr value, SourcePos pos);

 private:
  ExprPtr assignment();
  ExprPtr conditional();
  ExprPtr binary(int min_level);
  ExprPtr unary();
  ExprPtr postfix();
  ExprPtr primary();
  ExprPtr call(const Token& name);
  ExprPtr internal_form(const Token& name);
  ExprPtr call_of(const Primitive& primitive, SourcePos pos, std::vector<ExprPtr> arguments);
  [[noreturn]] void fail_unknown(SourcePos pos, std::string_view name) const;
  ExprPtr argument(Argument kind, const Primitive& primitive);
  ExprPtr address_of(ExprPtr operand, SourcePos pos);
  ExprPtr store_to(ExprPtr target, ExprPtr value, SourcePos pos);
  ExprPtr step(ExprPtr target, BinaryOp op, SourcePos pos);

  // The expression as a value of the type.
  ExprPtr convert(ExprPtr expr, const Type& type) const;
  ExprPtr need_value(ExprPtr expr) const;
  ExprPtr make(Expr::Kind kind, SourcePos pos, std::vector<ExprPtr> operands) const;
  ExprPtr load(ExprPtr address, SourcePos pos) const;
  ExprPtr constant(Word word, SourcePos pos) const;
  ExprPtr combine(BinaryOp op, ExprPtr left, ExprPtr right, SourcePos pos) const;
  [[nodiscard]] static ExprPtr clone(const Expr& expr);

  Cursor& cursor_;
  ThreadCode& thread_;
  int depth_ = 0;
};

}  // namespace lkmc::litmus
