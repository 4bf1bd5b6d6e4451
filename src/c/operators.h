// SPDX-License-Identifier: Apache-2.0
// What C's operators do on words, and expressions that the compiler knows the value of.
#pragma once

#include <optional>
#include <string_view>

#include "src/c/tree.h"
#include "src/c/type.h"
#include "src/program/expr.h"

namespace lkmc::c {

struct Operator {
  BinaryOp op;
  bool swapped = false, negated = false;  // as in Instruction
};
// The operation on words that the operator is for operands of the type.
[[nodiscard]] std::optional<Operator> operation(std::string_view opcode, const Type& type);
[[nodiscard]] inline bool divides(std::string_view opcode) { return opcode == "/" || opcode == "%"; }
// Whether the result may leave the range of its type.
[[nodiscard]] bool may_overflow(std::string_view opcode);

[[nodiscard]] Word literal(const Node& n);
[[nodiscard]] Word size_or_alignment(const Types& types, const Node& n);
[[nodiscard]] std::optional<Word> constant_value(const Types& types, const Node& written);

}  // namespace lkmc::c
