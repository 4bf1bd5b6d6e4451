// SPDX-License-Identifier: Apache-2.0
// The types of C, as far as they decide what a value is: how wide an integer is, and whether it has a sign.
//
// Values are words, and an expression says to which integer type its value is cut. Only values that might not fit are
// cut: what is read from an `int` is an int. Addresses are left alone whatever they are cut to, since herd's tests keep
// pointers in integers, where herd7 knows them by name.
#pragma once

#include <string>

#include "src/program/expr.h"

namespace lkmc::litmus {

// A type as it is written.
struct Type {
  std::string name;  // empty if nothing is known
  int stars = 0;

  [[nodiscard]] bool known() const { return stars > 0 || !name.empty(); }
  // Unknown where it is no pointer.
  [[nodiscard]] Type pointee() const { return stars > 0 ? Type{name, stars - 1} : Type{}; }
  [[nodiscard]] Type pointer() const { return {name, stars + 1}; }
};

struct Integer {
  int bits = 64;
  bool is_signed = true;
  friend bool operator==(const Integer&, const Integer&) = default;

  // Whether a value of this type is the same in `other`.
  [[nodiscard]] bool fits_into(const Integer& other) const {
    if (is_signed == other.is_signed) return bits <= other.bits;
    return (bits < other.bits && other.is_signed) || other.bits == 64;
  }
};

inline constexpr Integer kInt{32, true};

// What is no integer, or not known, is a word.
[[nodiscard]] Integer integer_of(const Type& type);
[[nodiscard]] int size_in_bytes(const Type& type);
// The type in which C computes with operands of these two (which may be pointers).
[[nodiscard]] Type common_type(const Type& a, const Type& b);
// The operation that cuts to an integer of less than 64 bits.
[[nodiscard]] UnaryOp cut_to(const Integer& integer);
[[nodiscard]] Word cut(const Integer& integer, Word word);

}  // namespace lkmc::litmus
