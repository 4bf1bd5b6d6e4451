// SPDX-License-Identifier: Apache-2.0
// Writes a function's instructions: the block at hand, its end, the next one, and registers.
#pragma once

#include <cstddef>

#include "src/c/code.h"

namespace lkmc::c {

// What is computed with values of the type. Pointers are words.
[[nodiscard]] inline Integer integer_of(const Type& type) {
  return type.kind == Type::Kind::kInteger ? Integer{type.bits, type.is_signed} : Integer{64, false};
}

class FunctionBuilder {
 public:
  explicit FunctionBuilder(Function& function) : f_(function) { at_ = new_block(); }

 protected:
  [[nodiscard]] std::size_t block() const { return static_cast<std::size_t>(at_); }
  BlockId new_block();
  Reg new_reg() { return f_.registers++; }
  // The register of the result, a new one if the instruction names none.
  Reg emit(Instruction i);
  // What follows an end is another block, which perhaps nobody comes to.
  void end(End e);
  void jump(BlockId to, const SourcePos& pos) { end({.kind = End::Kind::kJump, .yes = to, .pos = pos}); }
  void begin(BlockId block) { at_ = block; }
  void branch(Reg condition, BlockId yes, BlockId no, const SourcePos& pos);
  Reg constant(Word word, const SourcePos& pos) { return emit({.op = Op::kConstant, .pos = pos, .word = word}); }
  Reg converted(Reg value, const Integer& to, const SourcePos& pos);
  Reg binary(BinaryOp op, Reg a, Reg b, const SourcePos& pos) {
    return emit({.op = Op::kBinary, .a = a, .b = b, .pos = pos, .binary = op});
  }
  Reg truth(Reg value, const SourcePos& pos) { return binary(BinaryOp::kNotEqual, value, constant(0, pos), pos); }

  Function& f_;

 private:
  BlockId at_ = kNoBlock;
};

}  // namespace lkmc::c
