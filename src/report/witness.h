// SPDX-License-Identifier: Apache-2.0
// One execution or deadlock, copied out of the explorer so that it can be shown when the exploration is over.
//
// Of all executions that would do, a report shows the smallest in the order of `compare`. The order means nothing; it
// makes the choice independent of the order in which workers find executions, so that reports do not depend on --jobs.
#pragma once

#include <compare>
#include <vector>

#include "src/explore/assignment.h"
#include "src/explore/execution.h"
#include "src/graph/event_graph.h"

namespace lkmc {

struct Witness {
  // Copies an execution without its final state.
  explicit Witness(const Assignment& assignment);
  explicit Witness(const Execution& execution);

  EventGraph graph;
  std::vector<Word> values;                 // by event: what it read or wrote
  std::vector<int> source;                  // by event: the write that a read reads from; -1 for other events
  std::vector<BitWord> co;                  // as Assignment::co()
  std::vector<std::vector<Word>> outcomes;  // by thread: of its decisions
  std::vector<LockSpan> held;               // as Skeleton::held
  std::vector<Word> registers, memory;      // the final state, as in Execution; of a deadlock empty

  [[nodiscard]] int size() const { return graph.size(); }
  [[nodiscard]] const Event& event(int e) const { return graph.event(e); }
  [[nodiscard]] Word value(int e) const { return values[static_cast<std::size_t>(e)]; }
  [[nodiscard]] int source_of(int read) const { return source[static_cast<std::size_t>(read)]; }
  // Whether the write `a` comes before the write `b` in co.
  [[nodiscard]] bool is_before(int a, int b) const;
  // Whether `read` reads from a write that comes before `write` in co, i.e. (read, write) is in fr.
  [[nodiscard]] bool reads_before(int read, int write) const;
  // The writes to a location in the order of co.
  [[nodiscard]] std::vector<int> writes_in_order(Location location) const;
};

[[nodiscard]] std::strong_ordering compare(const Assignment& a, const Witness& b);
[[nodiscard]] std::strong_ordering compare(const Witness& a, const Witness& b);

}  // namespace lkmc
