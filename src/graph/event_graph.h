// SPDX-License-Identifier: Apache-2.0
// The part of an execution that its paths fix: the events of all threads, their program order and their dependencies.
//
// What is left open are `rf` (which write each read reads from) and `co` (the order of the writes to each location);
// the explorer decides these. Events are numbered: first one initial write per location that is accessed, in ascending
// order of location, then the threads one after the other, each in program order.
#pragma once

#include <vector>

#include "src/graph/event.h"
#include "src/graph/relation.h"

namespace lkmc {

struct EventGraph {
  explicit EventGraph(std::vector<Event> all)
      : events(std::move(all)), po(static_cast<int>(events.size())), addr(po), data(po), ctrl(po), rmw(po) {}

  [[nodiscard]] int size() const { return static_cast<int>(events.size()); }
  [[nodiscard]] const Event& event(int e) const { return events[static_cast<std::size_t>(e)]; }

  std::vector<Event> events;
  Relation po;
  Relation addr, data, ctrl;  // from a read to what depends on it
  Relation rmw;               // from the read to the write of one atomic operation, and from LKR to LKW
};

}  // namespace lkmc
