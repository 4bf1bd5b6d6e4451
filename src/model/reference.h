// SPDX-License-Identifier: Apache-2.0
// Judges one complete execution by a model, as plainly as possible.
//
// Every node is computed from its definition on whole relations, with nothing cached between executions and nothing
// known in advance. Far too slow for a search; it is there to judge the checker that is fast (checker.h) in tests, and
// to read as the meaning of a Model.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/graph/event.h"
#include "src/graph/relation.h"
#include "src/model/model.h"

namespace lkmc::reference {

// Event i of the relations is events[i].
struct Execution {
  std::span<const Event> events;
  Relation po, addr, data, ctrl, rmw, rf, co;
  // The value that each event reads or writes, for `different-values`; may be empty if the model does not ask.
  std::span<const std::int64_t> values;
};

// An execution over `events` with empty relations, to fill in.
[[nodiscard]] Execution empty_execution(std::span<const Event> events);

struct Verdict {
  std::vector<std::size_t> violated;  // axioms that fail, as indices into Model::axioms
  std::vector<std::size_t> raised;    // flags, likewise
  [[nodiscard]] bool consistent() const { return violated.empty(); }
};

[[nodiscard]] Verdict judge(const Model& model, const Execution& execution);

// The values of `loc`, `int` and `ext`. Initial events are external to every other event, also to each other; no event
// is external to itself, and `int` holds of a thread's event and itself.
[[nodiscard]] Relation same_location(std::span<const Event> events);
[[nodiscard]] Relation same_thread(std::span<const Event> events);
[[nodiscard]] Relation other_thread(std::span<const Event> events);

}  // namespace lkmc::reference
