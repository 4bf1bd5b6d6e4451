// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <set>
#include <utility>

namespace lkmc::c {

Reg Lowering::load(const Place& place, const SourcePos& pos) {
  if (place.is_register()) return place.reg;
  Reg value = emit({.op = Op::kLoad,
                    .a = place.address,
                    .pos = pos,
                    .word = place.offset,
                    .integer = integer_of(place.type),
                    .bytes = bytes_of(place, pos),
                    .tag = tag_of(place.type)});
  return place.bits == nullptr ? value : field(place, value, place.bits->first_bit, pos);
}

Reg Lowering::field(const Place& place, Reg word, int first_bit, const SourcePos& pos) {
  const Reg moved = binary(BinaryOp::kShiftLeft, word, constant(64 - first_bit - place.bits->bits, pos), pos);
  const BinaryOp down = place.type.is_signed ? BinaryOp::kShiftRight : BinaryOp::kUnsignedShiftRight;
  return binary(down, moved, constant(64 - place.bits->bits, pos), pos);
}

Reg Lowering::held(const Place& place, Reg value, const SourcePos& pos) {
  const Reg fitting = place.type.is_bool ? truth(value, pos) : converted(value, integer_of(place.type), pos);
  return place.bits == nullptr ? fitting : field(place, fitting, 0, pos);
}

void Lowering::store(const Place& place, Reg value, const SourcePos& pos) {
  if (place.is_register()) {
    emit({.op = Op::kMove, .dst = place.reg, .a = value, .pos = pos});
    return;
  }
  if (place.bits != nullptr) value = with_bits(place, value, pos);
  emit({.op = Op::kStore,
        .a = place.address,
        .b = value,
        .pos = pos,
        .word = place.offset,
        .integer = integer_of(place.type),
        .bytes = bytes_of(place, pos),
        .tag = tag_of(place.type)});
}

Reg Lowering::with_bits(const Place& place, Reg value, const SourcePos& pos) {
  const Word mask =
      static_cast<Word>((place.bits->bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << place.bits->bits) - 1) << place.bits->first_bit);
  Place word = place;
  word.bits = nullptr;
  const Reg old = binary(BinaryOp::kBitAndNot, load(word, pos), constant(mask, pos), pos);
  const Reg moved = binary(BinaryOp::kShiftLeft, value, constant(place.bits->first_bit, pos), pos);
  return converted(binary(BinaryOp::kBitOr, old, binary(BinaryOp::kBitAnd, moved, constant(mask, pos), pos), pos), integer_of(place.type),
                   pos);
}

Reg Lowering::address(const Place& place, const SourcePos& pos) {
  if (place.is_register()) throw Error{pos, "the address of a variable that lkmc keeps in a register"};
  if (place.bits != nullptr) throw Error{pos, "the address of a bit field"};
  return place.offset == 0 ? place.address : binary(BinaryOp::kAdd, place.address, constant(place.offset, pos), pos);
}

void Lowering::copy(const Place& to, Reg from, const SourcePos& pos) {
  Instruction i{.op = Op::kCopyObject, .a = address(to, pos), .b = from, .pos = pos};
  std::set<std::int64_t> copied;  // members of a union are copied once
  types_.for_each_scalar(
      to.type, pos,
      [&](const Types::Scalar& s) {
        if (copied.insert(s.offset).second)
          i.parts.push_back({s.offset, static_cast<int>(types_.size_of(s.type, pos)), integer_of(s.type)});
      },
      [](std::int64_t, const Type&) {});
  emit(std::move(i));
}

Place Lowering::place(const Node& written) {
  const Node& n = without_parentheses(written);
  if (is(n, "DeclRefExpr")) return variable(n);
  if (is(n, "MemberExpr")) {
    const Field& f = types_.field(n.declaration, n.pos);
    Place of;
    if (n.is_arrow) {
      of.address = rvalue(n.inner.front());
      of.type = pointee(n.inner.front());
    } else if (const Node& object = without_parentheses(n.inner.front()); object.kind == "CallExpr" || object.kind == "StmtExpr") {
      of.address = record(object);
      of.type = types_.of(object);
    } else {
      of = place(n.inner.front());
    }
    Place m = member(of, f);
    m.type.is_volatile = m.type.is_volatile || types_.of(n).is_volatile;
    return m;
  }
  if (is(n, "UnaryOperator") && n.opcode == "*") {
    const Node& pointer = without_parentheses(n.inner.front());
    // *&x is x, whatever else it is called in between: READ_ONCE(x).
    Place p = dereferenced(pointer);
    p.type = types_.of(n);
    return p;
  }
  if (is(n, "ArraySubscriptExpr")) {
    const bool is_swapped = types_.of(n.inner[0]).kind != Type::Kind::kPointer;
    const Node& pointer = n.inner[is_swapped ? 1 : 0];
    const Node& index = n.inner[is_swapped ? 0 : 1];
    const Reg base = rvalue(pointer);
    const Type type = types_.of(n);
    return {.address = moved(base, rvalue(index), types_.size_of(type, n.pos), BinaryOp::kAdd, n.pos), .type = type};
  }
  if (is(n, "CompoundLiteralExpr")) {
    const Place literal = declare_local(n, types_.of(n));
    assign_initially(literal, n.inner.front(), false);
    return literal;
  }
  if (is(n, "StringLiteral")) return {.address = emit({.op = Op::kGlobal, .pos = n.pos, .index = unit_.text(n)}), .type = types_.of(n)};
  if (is(n, "PredefinedExpr")) return place(n.inner.front());
  if (is(n, "StmtExpr") || is(n, "CallExpr") || is(n, "ConditionalOperator")) return {.address = record(n), .type = types_.of(n)};
  if (is(n, "ImplicitCastExpr") || is(n, "CStyleCastExpr")) return place(n.inner.front());
  refuse(n, "this expression (clang: " + n.kind + ") has no meaning here as an object");
}

Place Lowering::dereferenced(const Node& pointer) {
  const Node* at = &pointer;
  while ((is(*at, "CStyleCastExpr") || is(*at, "ImplicitCastExpr")) && (at->cast_kind == "NoOp" || at->cast_kind == "BitCast")) {
    at = &without_parentheses(at->inner.front());
  }
  if (is(*at, "UnaryOperator") && at->opcode == "&") {
    const Node& object = without_parentheses(at->inner.front());
    const Place p = place(object);
    if (p.bits == nullptr) return p;
  }
  return {.address = rvalue(pointer)};
}

Type Lowering::pointee(const Node& pointer) const {
  const Type type = types_.of(pointer);
  return type.element != nullptr ? *type.element : Type{};
}

Place Lowering::variable(const Node& n) {
  const auto local = variables_.find(n.declaration);
  if (local != variables_.end()) return local->second;
  if (unit_.is_global(n.declaration)) {
    const int index = unit_.global(n.declaration);
    return {.address = emit({.op = Op::kGlobal, .pos = n.pos, .index = index}),
            .type = unit_.code().globals[static_cast<std::size_t>(index)].type};
  }
  if (const auto f = unit_.function(n.declared_name, n.pos)) return {.address = emit({.op = Op::kFunction, .pos = n.pos, .index = *f})};
  return {.address = constant(0, n.pos)};  // an error that is told at the end
}

}  // namespace lkmc::c
