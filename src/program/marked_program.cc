#include "src/program/marked_program.h"

namespace lkmc {

AccessSite site_of(EventKind kind, const SourcePos& pos) {
  return {pos.file != nullptr ? pos.file : "", pos.line, pos.column, kind == EventKind::kWrite};
}

Marking MarkedProgram::marking(EventKind kind, Tag tag, const SourcePos& pos) const {
  const auto found = markings_.find(site_of(kind, pos));
  return found == markings_.end() ? Marking{.tag = tag} : found->second;
}

}  // namespace lkmc
