// SPDX-License-Identifier: Apache-2.0
#include "src/c/lowering.h"

namespace lkmc::c {

void Lowering::lower(const Node& declaration) {
  const Type type = types_.of(declaration);
  if (type.element->kind == Type::Kind::kRecord) {
    returned_record_ = new_reg();
    f_.parameters.push_back(returned_record_);
  }
  return_type_ = *type.element;
  for (const Node& n : declaration.inner) {
    if (is(n, "CompoundStmt")) find_taken_addresses(n);
  }
  for (const Node& n : declaration.inner) {
    if (is(n, "ParmVarDecl")) parameter(n);
  }
  for (const Node& n : declaration.inner) {
    if (is(n, "CompoundStmt")) statement(n);
  }
  finish(declaration.pos);
  for (const auto& [id, label] : labels_) {
    if (!label.is_defined) throw Error{declaration.pos, "a jump to a label that is nowhere"};
  }
}

void Lowering::initialise(int global, const Node& variable) {
  const Reg address = emit({.op = Op::kGlobal, .pos = variable.pos, .index = global});
  for (const Node& value : variable.inner) {
    if (!value.kind.ends_with("Attr") && value.kind != "FullComment") {
      assign_initially({.address = address, .type = unit_.code().globals[static_cast<std::size_t>(global)].type}, value, true);
    }
  }
}

}  // namespace lkmc::c
