// SPDX-License-Identifier: Apache-2.0
#include "src/litmus/type.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace lkmc::litmus {
namespace {

bool has(const Type& type, std::string_view part) { return type.name.find(part) != std::string::npos; }

bool has_any(const Type& type, std::initializer_list<std::string_view> parts) {
  return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) { return has(type, part); });
}

}  // namespace

Integer integer_of(const Type& type) {
  if (!type.known() || type.stars > 0 || has(type, "struct") || has(type, "void")) return {};
  const bool is_signed =
      !(has_any(type, {"unsigned", "uint", "ool", "size_t", "uintptr"}) || type.name.starts_with('u')) || has(type, "ssize_t");
  if (has_any(type, {"int8", "u8", "s8", "char", "ool"})) return {8, is_signed};
  if (has_any(type, {"short", "int16", "u16", "s16"})) return {16, is_signed};
  if (has_any(type, {"long", "64", "intptr", "size_t", "128"})) return {64, is_signed};
  if (has_any(type, {"int", "u32", "s32", "atomic", "signed"})) return {32, is_signed};
  return {};  // some other name, such as spinlock_t
}

int size_in_bytes(const Type& type) {
  if (type.stars > 0) return 8;
  const Integer integer = integer_of(type);
  const bool is_integer = integer.bits < 64 || has_any(type, {"long", "64", "intptr", "size_t"});
  return is_integer ? integer.bits / 8 : 4;
}

Type common_type(const Type& a, const Type& b) {
  if (a.stars > 0 || !b.known()) return a.known() && b.known() ? a : Type{};
  if (b.stars > 0 || !a.known()) return b.stars > 0 && a.known() ? b : Type{};
  Integer x = integer_of(a);
  Integer y = integer_of(b);
  if (x.bits < 32) x = kInt;
  if (y.bits < 32) y = kInt;
  const Integer wide{std::max(x.bits, y.bits), (x.is_signed || x.bits < y.bits) && (y.is_signed || y.bits < x.bits)};
  if (wide == kInt) return {"int", 0};
  if (wide.bits == 32) return {"unsigned int", 0};
  return {wide.is_signed ? "long" : "unsigned long", 0};
}

UnaryOp cut_to(const Integer& integer) {
  switch (integer.bits) {
    case 8:
      return integer.is_signed ? UnaryOp::kToInt8 : UnaryOp::kToUnsigned8;
    case 16:
      return integer.is_signed ? UnaryOp::kToInt16 : UnaryOp::kToUnsigned16;
    default:
      return integer.is_signed ? UnaryOp::kToInt32 : UnaryOp::kToUnsigned32;
  }
}

Word cut(const Integer& integer, Word word) { return integer.bits >= 64 ? word : apply(cut_to(integer), word); }

}  // namespace lkmc::litmus
