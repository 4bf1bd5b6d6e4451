// SPDX-License-Identifier: Apache-2.0
#include "src/c/run_alone.h"

#include <map>

#include "src/program/unfolding.h"

namespace lkmc::c {

std::variant<std::vector<Word>, Error> run_alone(const Program& program) {
  std::vector<Word> memory;
  for (const LocationInfo& l : program.locations()) memory.push_back(l.initial);
  Unfolding thread(program, 0, RmwStyle::kTagged, Blocking::kIgnored);
  std::vector<Word> read;  // by event
  const auto known = [&](EventIndex index) -> std::optional<Word> { return read[static_cast<std::size_t>(index)]; };
  const auto value = [&](ExprId e) { return thread.expressions().evaluate(e, known).value_or(0); };
  for (PathId path = thread.root();;) {
    // A copy: the tree grows.
    const PathNode node = thread.node(path);
    for (const ThreadEvent& e : node.events) {
      const bool has_location = e.event.location != kNoLocation;
      const auto at = static_cast<std::size_t>(has_location ? e.event.location : 0);
      read.push_back(has_location && e.event.is_read() ? memory[at] : 0);
      if (has_location && e.event.is_write()) memory[at] = value(e.value);
    }
    switch (node.continuation) {
      case Continuation::kEnd:
        return memory;
      case Continuation::kBranch:
        path = thread.child(path, value(node.expr) != 0 ? 1 : 0);
        break;
      case Continuation::kValue:
        path = thread.child(path, value(node.expr));
        break;
      case Continuation::kRequire:
        if (value(node.expr) == 0) return Error{node.pos, "the set-up of the test waits for what nobody does"};
        path = thread.child(path, 1);
        break;
      case Continuation::kFailed:
        return Error{node.pos, node.message};
      case Continuation::kBound:
        return Error{node.pos, "the set-up of the test goes round too often (--unroll allows more)"};
      default:
        return Error{node.pos, "this has no meaning in the set-up of a test"};
    }
  }
}

}  // namespace lkmc::c
