// SPDX-License-Identifier: Apache-2.0
#include "src/c/operators.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "src/c/function_builder.h"

namespace lkmc::c {

std::optional<Operator> operation(std::string_view opcode, const Type& type) {
  const bool is_unsigned = is_unsigned_word(type);
  if (opcode == "+") return Operator{BinaryOp::kAdd};
  if (opcode == "-") return Operator{BinaryOp::kSubtract};
  if (opcode == "*") return Operator{BinaryOp::kMultiply};
  if (opcode == "/") return Operator{is_unsigned ? BinaryOp::kUnsignedDivide : BinaryOp::kDivide};
  if (opcode == "%") return Operator{is_unsigned ? BinaryOp::kUnsignedModulo : BinaryOp::kModulo};
  if (opcode == "&") return Operator{BinaryOp::kBitAnd};
  if (opcode == "|") return Operator{BinaryOp::kBitOr};
  if (opcode == "^") return Operator{BinaryOp::kBitXor};
  if (opcode == "<<") return Operator{BinaryOp::kShiftLeft};
  if (opcode == ">>") return Operator{is_unsigned ? BinaryOp::kUnsignedShiftRight : BinaryOp::kShiftRight};
  if (opcode == "==") return Operator{BinaryOp::kEqual};
  if (opcode == "!=") return Operator{BinaryOp::kNotEqual};
  if (opcode == "<") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kLess};
  if (opcode == ">") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kGreater, is_unsigned};
  if (opcode == "<=") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kLessEqual, is_unsigned, is_unsigned};
  if (opcode == ">=") return Operator{is_unsigned ? BinaryOp::kUnsignedLess : BinaryOp::kGreaterEqual, false, is_unsigned};
  return std::nullopt;
}

bool may_overflow(std::string_view opcode) { return opcode == "+" || opcode == "-" || opcode == "*" || opcode == "<<" || opcode == "/"; }

Word literal(const Node& n) {
  std::uint64_t word = 0;
  std::from_chars(n.value.data(), n.value.data() + n.value.size(), word);
  return static_cast<Word>(word);
}

Word size_or_alignment(const Types& types, const Node& n) {
  const Type type = n.inner.empty() ? types.operand_of(n) : types.of(n.inner.front());
  return n.name == "sizeof" ? types.size_of(type, n.pos) : types.alignment_of(type, n.pos);
}

std::optional<Word> constant_value(const Types& types, const Node& written) {
  const Node& n = without_parentheses(written);
  if (is(written, "ConstantExpr") && !written.value.empty()) return std::atoll(written.value.c_str());
  if (is(n, "IntegerLiteral")) return literal(n);
  if (is(n, "UnaryExprOrTypeTraitExpr")) return size_or_alignment(types, n);
  if (is(n, "DeclRefExpr")) {
    const Word* word = types.enumerator(n.declaration);
    return word != nullptr ? std::optional(*word) : std::nullopt;
  }
  if ((is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) && n.cast_kind == "IntegralCast") {
    const auto value = constant_value(types, n.inner.front());
    return value ? std::optional(cut(integer_of(types.of(n)), *value)) : std::nullopt;
  }
  if (is(n, "UnaryOperator") && (n.opcode == "!" || n.opcode == "-" || n.opcode == "~")) {
    const auto value = constant_value(types, n.inner.front());
    if (!value) return std::nullopt;
    const UnaryOp op = n.opcode == "!" ? UnaryOp::kLogicalNot : n.opcode == "-" ? UnaryOp::kNegate : UnaryOp::kBitNot;
    return cut(integer_of(types.of(n)), apply(op, *value));
  }
  if (is(n, "BinaryOperator")) {
    const auto left = constant_value(types, n.inner[0]), right = constant_value(types, n.inner[1]);
    if (n.opcode == "&&" && left) return *left == 0 ? std::optional<Word>(0) : right ? std::optional<Word>(*right != 0) : std::nullopt;
    if (n.opcode == "||" && left) return *left != 0 ? std::optional<Word>(1) : right ? std::optional<Word>(*right != 0) : std::nullopt;
    if (!left || !right) return std::nullopt;
    const auto o = operation(n.opcode, types.of(n.inner[0]));
    if (!o || (divides(n.opcode) && *right == 0)) return std::nullopt;
    Word word = o->swapped ? apply(o->op, *right, *left) : apply(o->op, *left, *right);
    if (o->negated) word = word == 0 ? 1 : 0;
    return cut(integer_of(types.of(n)), word);
  }
  return std::nullopt;
}

}  // namespace lkmc::c
