// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <cstdlib>

#include "src/c/operators.h"

namespace lkmc::c {

Reg Lowering::record(const Node& written) {
  const Node& n = without_parentheses(written);
  if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return record(n.inner.front());
  if (is(n, "CallExpr")) {
    const Place result = declare_local(n, types_.of(n));
    call(n, result.address);
    return result.address;
  }
  if (is(n, "StmtExpr")) return statement_expression(n);
  if (is(n, "BinaryOperator") && n.opcode == "=") {
    const Place to = place(n.inner[0]);
    copy(to, record(n.inner[1]), n.pos);
    return address(to, n.pos);
  }
  if (is(n, "BinaryOperator") && n.opcode == ",") {
    (void)evaluate(n.inner[0]);
    return record(n.inner[1]);
  }
  if (is(n, "ConditionalOperator")) return conditional(n);
  if (is(n, "InitListExpr")) {
    const Place object = declare_local(n, types_.of(n));
    assign_initially(object, n, false);
    return object.address;
  }
  return address(place(n), n.pos);
}

Reg Lowering::evaluate(const Node& n) {
  const Node& e = without_parentheses(n);
  if (!is_void(e) && types_.of(e).kind == Type::Kind::kRecord) return record(e);
  if (e.kind == "CStyleCastExpr" && e.cast_kind == "ToVoid") return evaluate(e.inner.front());
  // A variable that is named and no more is not read; of memory it is.
  if (is(e, "DeclRefExpr") || is(e, "MemberExpr")) return kNoReg;
  return rvalue(e);
}

Reg Lowering::rvalue(const Node& written) {
  const Node& n = without_parentheses(written);
  if (is(n, "IntegerLiteral")) return constant(literal(n), n.pos);
  if (is(n, "CharacterLiteral")) return constant(std::atoll(n.value.c_str()), n.pos);
  if (is(n, "ImplicitValueInitExpr") || is(n, "GNUNullExpr")) return constant(0, n.pos);
  if (is(n, "DeclRefExpr")) {
    if (const Word* word = types_.enumerator(n.declaration)) return constant(*word, n.pos);
    return address(variable(n), n.pos);
  }
  if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return cast(n);
  if (is(n, "UnaryOperator")) return unary(n);
  if (is(n, "BinaryOperator")) return binary_operator(n);
  if (is(n, "CompoundAssignOperator")) return compound_assignment(n);
  if (is(n, "ConditionalOperator")) return conditional(n);
  if (is(n, "BinaryConditionalOperator")) return elvis(n);
  if (is(n, "CallExpr")) return call(n, kNoReg);
  if (is(n, "StmtExpr")) return statement_expression(n);
  if (is(n, "OpaqueValueExpr")) {
    const auto known = opaque_.find(n.id);
    return known != opaque_.end() ? known->second : rvalue(n.inner.front());
  }
  if (is(n, "ChooseExpr")) refuse(n, "__builtin_choose_expr has no meaning here");
  if (is(n, "UnaryExprOrTypeTraitExpr")) return constant(size_or_alignment(types_, n), n.pos);
  if (is(n, "GenericSelectionExpr")) refuse(n, "_Generic has no meaning here");
  if (is(n, "InitListExpr") && !n.inner.empty()) return rvalue(n.inner.front());
  if (is(n, "OffsetOfExpr")) refuse(n, "__builtin_offsetof has no meaning here; <linux/stddef.h> has offsetof()");
  if (is(n, "FloatingLiteral")) refuse(n, "floating point has no meaning here");
  refuse(n, "this expression (clang: " + n.kind + ") has no meaning here");
}

Reg Lowering::cast(const Node& n) {
  const Node& from = n.inner.front();
  const std::string& kind = n.cast_kind;
  if (kind == "LValueToRValue") {
    if (types_.of(n).kind == Type::Kind::kRecord) return record(from);
    return load(place(from), from.pos);
  }
  if (kind == "ArrayToPointerDecay" || kind == "FunctionToPointerDecay") {
    if (is(without_parentheses(from), "DeclRefExpr") && kind == "FunctionToPointerDecay")
      return address(variable(without_parentheses(from)), n.pos);
    return address(place(from), n.pos);
  }
  if (kind == "ToVoid") return evaluate(from);
  if (kind == "IntegralToBoolean" || kind == "PointerToBoolean") return truth(rvalue(from), n.pos);
  if (kind == "IntegralCast" || kind == "BooleanToSignedIntegral") {
    const Type to = types_.of(n);
    const Reg value = rvalue(from);
    return integer_of(types_.of(from)).fits_into(integer_of(to)) ? value : converted(value, integer_of(to), n.pos);
  }
  if (kind == "PointerToIntegral") return converted(rvalue(from), integer_of(types_.of(n)), n.pos);
  if (kind == "IntegralToPointer" || kind == "NoOp" || kind == "BitCast" || kind == "NullToPointer") return rvalue(from);
  if (kind == "BuiltinFnToFnPtr") refuse(n, "the address of a builtin function has no meaning here");
  if (kind.starts_with("Floating") || kind == "IntegralToFloating") refuse(n, "floating point has no meaning here");
  refuse(n, "this conversion (clang: " + kind + ") has no meaning here");
}

}  // namespace lkmc::c
