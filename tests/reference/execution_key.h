// SPDX-License-Identifier: Apache-2.0
// What tells one execution of a program from another, as a string of bytes: its events, rf and co.
//
// The values, and with them the way that each branch went, follow from these. Both sides of a comparison number events
// as src/graph/event_graph.h says, so equal executions have equal keys.
#pragma once

#include <span>
#include <string>

#include "src/graph/event.h"
#include "src/graph/relation.h"

namespace lkmc::reference {

// `rf` and `co` have words_for(size) words per row; `co` is total and transitive.
[[nodiscard]] inline std::string execution_key(std::span<const Event> events, std::span<const BitWord> rf, std::span<const BitWord> co) {
  std::string key;
  const auto append = [&key](const auto& value) { key.append(reinterpret_cast<const char*>(&value), sizeof value); };
  for (const Event& e : events) {
    append(e.kind);
    append(e.tag);
    append(e.thread);
    append(e.location);
    append(e.pos.line);
    append(e.pos.column);
  }
  for (const BitWord word : rf) append(word);
  for (const BitWord word : co) append(word);
  return key;
}

}  // namespace lkmc::reference
