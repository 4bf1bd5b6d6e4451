// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <algorithm>

#include "src/c/operators.h"

namespace lkmc::c {

Reg Lowering::moved(Reg base, Reg index, std::int64_t size, BinaryOp op, const SourcePos& pos) {
  const Reg bytes = size == 1 ? index : binary(BinaryOp::kMultiply, index, constant(size, pos), pos);
  return binary(op, base, bytes, pos);
}

Reg Lowering::unary(const Node& n) {
  const Node& operand = n.inner.front();
  if (n.opcode == "&") {
    const Node& object = without_parentheses(operand);
    if (is(object, "DeclRefExpr") && !unit_.is_global(object.declaration) && !variables_.contains(object.declaration))
      return address(variable(object), n.pos);
    return address(place(operand), n.pos);
  }
  if (n.opcode == "*") return address(place(n), n.pos);  // of a function
  if (n.opcode == "++" || n.opcode == "--") return step(n);
  const Reg value = rvalue(operand);
  if (n.opcode == "+" || n.opcode == "__extension__") return value;
  if (n.opcode == "!") return emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kLogicalNot});
  if (n.opcode == "-")
    return converted(emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kNegate}), integer_of(types_.of(n)), n.pos);
  if (n.opcode == "~")
    return converted(emit({.op = Op::kUnary, .a = value, .pos = n.pos, .unary = UnaryOp::kBitNot}), integer_of(types_.of(n)), n.pos);
  refuse(n, "the operator " + n.opcode + " has no meaning here");
}

Reg Lowering::step(const Node& n) {
  const Type type = types_.of(n);
  const std::int64_t by = type.kind == Type::Kind::kPointer ? types_.size_of(*type.element, n.pos) : 1;
  return modify(place(n.inner.front()), n.opcode == "++" ? BinaryOp::kAdd : BinaryOp::kSubtract, constant(by, n.pos), n.is_postfix, n.pos);
}

Reg Lowering::modify(const Place& place, BinaryOp op, Reg operand, bool yields_old, const SourcePos& pos) {
  if (!place.is_register() && place.bits == nullptr && !place.type.is_bool) {
    return emit({.op = Op::kModify,
                 .a = place.address,
                 .b = operand,
                 .pos = pos,
                 .word = place.offset,
                 .binary = op,
                 .is_old = yields_old,
                 .integer = integer_of(place.type),
                 .bytes = bytes_of(place, pos),
                 .tag = tag_of(place.type)});
  }
  const Reg before = load(place, pos);
  const Reg old = place.is_register() ? emit({.op = Op::kCopyValue, .a = before, .pos = pos}) : before;
  const Reg changed = held(place, binary(op, old, operand, pos), pos);
  store(place, changed, pos);
  return yields_old ? old : changed;
}

Reg Lowering::operate(std::string_view opcode, Reg a, Reg b, const Type& operands, const SourcePos& pos) {
  const auto o = operation(opcode, operands);
  const Reg result = emit({.op = Op::kBinary,
                           .a = a,
                           .b = b,
                           .pos = pos,
                           .binary = o->op,
                           .swapped = o->swapped,
                           .negated = o->negated,
                           .may_fail = divides(opcode)});
  return may_overflow(opcode) ? converted(result, integer_of(operands), pos) : result;
}

Reg Lowering::binary_operator(const Node& n) {
  const Node& left = n.inner[0];
  const Node& right = n.inner[1];
  if (n.opcode == "=") return assignment(n);
  if (n.opcode == ",") {
    (void)evaluate(left);
    return is_void(n) ? evaluate(right) : rvalue(right);
  }
  if (n.opcode == "&&" || n.opcode == "||") return logical(n);
  const Type type = types_.of(left);
  const Type right_type = types_.of(right);
  if (!operation(n.opcode, type)) refuse(n, "the operator " + n.opcode + " has no meaning here");
  Reg a = kNoReg, b = kNoReg;
  unordered(
      {&left, &right}, [&](std::size_t i) { (i == 0 ? a : b) = rvalue(i == 0 ? left : right); }, n.pos);
  if (n.opcode == "+" || n.opcode == "-") {
    const BinaryOp op = n.opcode == "+" ? BinaryOp::kAdd : BinaryOp::kSubtract;
    const bool left_points = type.kind == Type::Kind::kPointer, right_points = right_type.kind == Type::Kind::kPointer;
    if (left_points && right_points) {
      const std::int64_t size = types_.size_of(*type.element, n.pos);
      const Reg bytes = binary(op, a, b, n.pos);
      return size == 1 ? bytes : binary(BinaryOp::kDivide, bytes, constant(size, n.pos), n.pos);
    }
    if (left_points) return moved(a, b, types_.size_of(*type.element, n.pos), op, n.pos);
    if (right_points) return moved(b, a, types_.size_of(*right_type.element, n.pos), op, n.pos);
  }
  return operate(n.opcode, a, b, type, n.pos);
}

Reg Lowering::assignment(const Node& n) {
  if (types_.of(n).kind == Type::Kind::kRecord) return record(n);
  const auto [to, value] = sides(n);
  store(to, value, n.pos);
  if (to.bits != nullptr) return held(to, value, n.pos);
  return to.is_register() ? to.reg : value;
}

Reg Lowering::compound_assignment(const Node& n) {
  const std::string opcode = n.opcode.substr(0, n.opcode.size() - 1);
  const bool is_pointer = types_.of(n.inner[0]).kind == Type::Kind::kPointer;
  if (!is_pointer && has_effects(n.inner[1]) && !calls_function(n.inner[1])) return compound_of_unordered(n, opcode);
  const auto [to, operand] = sides(n);
  if (to.type.kind == Type::Kind::kPointer) {
    const std::int64_t size = types_.size_of(*to.type.element, n.pos);
    const Reg bytes = size == 1 ? operand : binary(BinaryOp::kMultiply, operand, constant(size, n.pos), n.pos);
    return modify(to, opcode == "+" ? BinaryOp::kAdd : BinaryOp::kSubtract, bytes, false, n.pos);
  }
  const Type computed = types_.operand_of(n);
  const auto o = operation(opcode, computed);
  if (!o) refuse(n, "the operator " + n.opcode + " has no meaning here");
  if (!divides(opcode) && opcode != ">>" && !to.type.is_bool) return modify(to, o->op, operand, false, n.pos);
  const Reg before = converted(load(to, n.pos), integer_of(computed), n.pos);
  const Reg changed = held(to, operate(opcode, before, operand, computed, n.pos), n.pos);
  store(to, changed, n.pos);
  return changed;
}

Reg Lowering::compound_of_unordered(const Node& n, const std::string& opcode) {
  const auto mark = [&](Operands what) { emit({.op = Op::kOperands, .pos = n.pos, .operands = what}); };
  mark(Operands::kBegin);
  const Place to = place(n.inner[0]);
  const Type computed = types_.operand_of(n);
  const Reg before = converted(load(to, n.pos), integer_of(computed), n.pos);
  mark(Operands::kNext);
  const Reg operand = rvalue(n.inner[1]);
  mark(Operands::kEnd);
  const Reg changed = held(to, operate(opcode, before, operand, computed, n.pos), n.pos);
  store(to, changed, n.pos);
  return changed;
}

std::pair<Place, Reg> Lowering::sides(const Node& n) {
  std::pair<Place, Reg> both;
  unordered(
      {&n.inner[0], &n.inner[1]},
      [&](std::size_t i) {
        if (i == 0) {
          both.first = place(n.inner[0]);
        } else {
          both.second = rvalue(n.inner[1]);
        }
      },
      n.pos);
  return both;
}

void Lowering::unordered(const std::vector<const Node*>& operands, const std::function<void(std::size_t)>& evaluate, const SourcePos& pos) {
  const auto effects = std::count_if(operands.begin(), operands.end(), [&](const Node* n) { return has_effects(*n); });
  const bool calls = std::any_of(operands.begin(), operands.end(), [&](const Node* n) { return calls_function(*n); });
  const bool is_unordered = effects > 1 && !calls;
  const auto mark = [&](Operands what) {
    if (is_unordered) emit({.op = Op::kOperands, .pos = pos, .operands = what});
  };
  mark(Operands::kBegin);
  for (std::size_t i = 0; i < operands.size(); ++i) {
    evaluate(i);
    mark(Operands::kNext);
  }
  mark(Operands::kEnd);
}

bool Lowering::calls_function(const Node& n) {
  if (is(n, "CallExpr")) {
    const Node* f = called(n);
    if (f == nullptr || unit_.provides(f->declared_name)) return true;
  }
  return std::any_of(n.inner.begin(), n.inner.end(), [&](const Node& i) { return calls_function(i); });
}

std::vector<Reg> Lowering::arguments(const Node& n) {
  std::vector<const Node*> nodes;
  for (std::size_t i = 1; i < n.inner.size(); ++i) nodes.push_back(&n.inner[i]);
  std::vector<Reg> values;
  unordered(
      nodes, [&](std::size_t i) { values.push_back(argument(*nodes[i])); }, n.pos);
  return values;
}

bool Lowering::has_effects(const Node& n) {
  if (is(n, "CallExpr") && callee_of(n) == "__builtin_expect")
    return std::any_of(n.inner.begin() + 1, n.inner.end(), [&](const Node& i) { return has_effects(i); });
  if (is(n, "CallExpr") || is(n, "StmtExpr") || is(n, "CompoundAssignOperator") || is(n, "ConditionalOperator") ||
      is(n, "BinaryConditionalOperator"))
    return true;
  if (is(n, "BinaryOperator") && (n.opcode == "=" || divides(n.opcode))) return true;
  if (is(n, "UnaryOperator") && (n.opcode == "++" || n.opcode == "--")) return true;
  if (is(n, "ImplicitCastExpr") && n.cast_kind == "LValueToRValue") {
    const Node& what = without_parentheses(n.inner.front());
    const auto local = variables_.find(what.declaration);
    return !(is(what, "DeclRefExpr") && local != variables_.end() && local->second.is_register());
  }
  if (is(n, "UnaryExprOrTypeTraitExpr")) return false;
  return std::any_of(n.inner.begin(), n.inner.end(), [&](const Node& i) { return has_effects(i); });
}

}  // namespace lkmc::c
