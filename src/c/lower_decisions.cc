// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include "src/c/operators.h"

namespace lkmc::c {

Reg Lowering::logical(const Node& n) {
  const bool is_and = n.opcode == "&&";
  const Reg left = rvalue(n.inner[0]);
  if (!has_effects(n.inner[1])) return binary(is_and ? BinaryOp::kLogicalAnd : BinaryOp::kLogicalOr, left, rvalue(n.inner[1]), n.pos);
  const BlockId more = new_block(), known = new_block(), join = new_block();
  const Reg result = new_reg();
  branch(left, is_and ? more : known, is_and ? known : more, n.pos);
  begin(more);
  emit({.op = Op::kCopyValue, .dst = result, .a = truth(rvalue(n.inner[1]), n.pos), .pos = n.pos});
  jump(join, n.pos);
  begin(known);
  emit({.op = Op::kConstant, .dst = result, .pos = n.pos, .word = is_and ? 0 : 1});
  jump(join, n.pos);
  begin(join);
  return emit({.op = Op::kDependOn, .a = result, .b = left, .pos = n.pos});
}

Reg Lowering::conditional(const Node& n) {
  const Node& chosen = without_parentheses(n.inner[0]);
  // What the compiler decides leaves no trace: in macros there is much of it.
  if (const auto known = constant_value(types_, chosen)) return value_of_arm(n.inner[*known != 0 ? 1 : 2]);
  const Reg condition = rvalue(n.inner[0]);
  const BlockId yes = new_block(), no = new_block(), join = new_block();
  const Reg result = new_reg();
  branch(condition, yes, no, n.pos);
  for (const auto& [block, arm] : {std::pair{yes, &n.inner[1]}, std::pair{no, &n.inner[2]}}) {
    begin(block);
    const Reg value = value_of_arm(*arm);
    if (value != kNoReg && !is_void(n)) emit({.op = Op::kCopyValue, .dst = result, .a = value, .pos = arm->pos});
    jump(join, n.pos);
  }
  begin(join);
  if (is_void(n)) return kNoReg;
  return emit({.op = Op::kDependOn, .a = result, .b = condition, .pos = n.pos});
}

Reg Lowering::value_of_arm(const Node& n) {
  if (is_void(n)) return evaluate(n);
  return types_.of(n).kind == Type::Kind::kRecord ? record(n) : rvalue(n);
}

Reg Lowering::elvis(const Node& n) {
  const Node& common = n.inner.front();
  const Reg condition = rvalue(common);
  // clang repeats the common part in nodes that stand for its value.
  for (const Node& i : n.inner) note_opaque(i, condition);
  const BlockId yes = new_block(), no = new_block(), join = new_block();
  const Reg result = new_reg();
  branch(condition, yes, no, n.pos);
  begin(yes);
  emit({.op = Op::kCopyValue, .dst = result, .a = rvalue(n.inner[n.inner.size() - 2]), .pos = n.pos});
  jump(join, n.pos);
  begin(no);
  emit({.op = Op::kCopyValue, .dst = result, .a = rvalue(n.inner.back()), .pos = n.pos});
  jump(join, n.pos);
  begin(join);
  return emit({.op = Op::kDependOn, .a = result, .b = condition, .pos = n.pos});
}

void Lowering::note_opaque(const Node& n, Reg value) {
  if (is(n, "OpaqueValueExpr")) {
    opaque_[n.id] = value;
  } else if (is(n, "ImplicitCastExpr")) {
    note_opaque(n.inner.front(), value);
  }
}

}  // namespace lkmc::c
