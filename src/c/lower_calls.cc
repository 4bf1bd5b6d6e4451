// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

#include <utility>

#include "src/c/operators.h"

namespace lkmc::c {

Reg Lowering::call(const Node& n, Reg result) {
  const Node* f = called(n);
  const bool is_variable = f != nullptr && (variables_.contains(f->declaration) || unit_.is_global(f->declaration));
  if (f == nullptr || is_variable) return call_function(n, -1, result);
  const std::string& name = f->declared_name;
  if (name.starts_with("__builtin_")) return builtin(n, name);
  if (const auto special = special_named(name)) return call_special(n, *special);
  if (const litmus::Primitive* primitive = litmus::find_primitive(canonical_primitive(name));
      primitive != nullptr && !unit_.provides(name)) {
    return call_primitive(n, *primitive);
  }
  const auto index = unit_.function(name, n.pos);
  if (!index) {
    for (std::size_t i = 1; i < n.inner.size(); ++i) (void)argument(n.inner[i]);
    return constant(0, n.pos);  // an error that is told at the end
  }
  return call_function(n, *index, result);
}

Reg Lowering::argument(const Node& n) { return types_.of(n).kind == Type::Kind::kRecord ? record(n) : rvalue(n); }

Reg Lowering::call_function(const Node& n, int index, Reg result) {
  Instruction i{.op = Op::kCall, .pos = n.pos, .index = index};
  if (index < 0) i.a = rvalue(n.inner.front());
  if (result != kNoReg) i.arguments.push_back(result);
  for (const Reg value : arguments(n)) i.arguments.push_back(value);
  return emit(std::move(i));
}

Reg Lowering::call_primitive(const Node& n, const litmus::Primitive& primitive) {
  if (n.inner.size() != primitive.arguments.size() + 1)
    refuse(n, primitive.name + "() takes " + std::to_string(primitive.arguments.size()) + " arguments");
  Instruction i{.op = Op::kPrimitive, .pos = n.pos, .bytes = 0, .primitive = &primitive};
  if (const int address = primitive.address_argument(); address >= 0)
    i.bytes = bytes_behind(n.inner[static_cast<std::size_t>(address) + 1]);
  i.arguments = arguments(n);
  const Reg value = emit(std::move(i));
  if (is_void(n)) return kNoReg;
  // What is in the object is an integer of its type, which need not be that of the function.
  return converted(value, integer_of(types_.of(n)), n.pos);
}

int Lowering::bytes_behind(const Node& pointer) const {
  const Node* at = &without_parentheses(pointer);
  while (is(*at, "ImplicitCastExpr") && (at->cast_kind == "BitCast" || at->cast_kind == "NoOp"))
    at = &without_parentheses(at->inner.front());
  const Type type = pointee(*at);
  if (type.kind == Type::Kind::kVoid) return 0;
  int bytes = 0;
  types_.for_each_scalar(
      type, pointer.pos,
      [&](const Types::Scalar& s) { bytes = bytes == 0 ? static_cast<int>(types_.size_of(s.type, pointer.pos)) : bytes; },
      [](std::int64_t, const Type&) {});
  return bytes;
}

Reg Lowering::call_special(const Node& n, Special special) {
  Instruction i{.op = Op::kSpecial, .pos = n.pos, .special = special};
  for (std::size_t k = 1; k < n.inner.size(); ++k) {
    const Node* at = &without_parentheses(n.inner[k]);
    const Node* text = at;
    while (is(*text, "ImplicitCastExpr")) text = &without_parentheses(text->inner.front());
    if (is(*text, "StringLiteral")) {
      i.name = unquoted(text->value);
    } else {
      i.arguments.push_back(rvalue(*at));
    }
  }
  if (special == Special::kTryTake || special == Special::kThread) i.dst = new_reg();
  const Reg value = emit(std::move(i));
  if (special == Special::kFail) end({.kind = End::Kind::kDead, .pos = n.pos});
  return value;
}

Reg Lowering::builtin(const Node& n, const std::string& name) {
  if (name == "__builtin_expect" || name == "__builtin_expect_with_probability" || name == "__builtin_assume_aligned")
    return rvalue(n.inner[1]);
  if (name == "__builtin_constant_p") return constant(constant_value(types_, n.inner[1]) ? 1 : 0, n.pos);
  if (name == "__builtin_unreachable" || name == "__builtin_trap") {
    emit({.op = Op::kSpecial, .pos = n.pos, .special = Special::kFail, .name = name + "() is reached"});
    end({.kind = End::Kind::kDead, .pos = n.pos});
    return kNoReg;
  }
  refuse(n, name + "() has no meaning here");
}

}  // namespace lkmc::c
