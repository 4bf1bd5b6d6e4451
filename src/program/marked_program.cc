// SPDX-License-Identifier: Apache-2.0
#include "src/program/marked_program.h"

namespace lkmc {

Site site_of(Operation operation, const SourcePos& pos) { return {pos.file != nullptr ? pos.file : "", pos.line, pos.column, operation}; }

Site site_of(EventKind kind, const SourcePos& pos) {
  return site_of(kind == EventKind::kWrite ? Operation::kWrite : Operation::kRead, pos);
}

Marking MarkedProgram::marking(Operation operation, Tag tag, const SourcePos& pos) const {
  const auto found = markings_.find(site_of(operation, pos));
  return found == markings_.end() ? Marking{.tag = tag} : found->second;
}

}  // namespace lkmc
