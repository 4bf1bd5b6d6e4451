// SPDX-License-Identifier: Apache-2.0
#include "src/c/function_builder.h"

#include <memory>
#include <utility>

namespace lkmc::c {

BlockId FunctionBuilder::new_block() {
  f_.blocks.push_back(std::make_unique<Block>());
  return static_cast<BlockId>(f_.blocks.size()) - 1;
}

Reg FunctionBuilder::emit(Instruction i) {
  if (i.dst == kNoReg && i.op != Op::kStore && i.op != Op::kSpecial && i.op != Op::kCopyObject && i.op != Op::kOperands) i.dst = new_reg();
  const Reg dst = i.dst;
  f_.blocks[block()]->code.push_back(std::move(i));
  return dst;
}

void FunctionBuilder::end(End e) {
  f_.blocks[block()]->end = std::move(e);
  at_ = new_block();
}

void FunctionBuilder::branch(Reg condition, BlockId yes, BlockId no, const SourcePos& pos) {
  end({.kind = End::Kind::kBranch, .value = condition, .yes = yes, .no = no, .pos = pos});
}

Reg FunctionBuilder::converted(Reg value, const Integer& to, const SourcePos& pos) {
  return to.bits >= 64 ? value : emit({.op = Op::kConvert, .a = value, .pos = pos, .integer = to});
}

}  // namespace lkmc::c
