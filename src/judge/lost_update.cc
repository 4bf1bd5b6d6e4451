// SPDX-License-Identifier: Apache-2.0
#include "src/judge/lost_update.h"

namespace lkmc {
namespace {

// Each write of a thread to what its value was read from, and the read.
std::vector<LostUpdate::Update> updates_of(const Skeleton& skeleton) {
  const EventGraph& graph = skeleton.graph;
  std::vector<LostUpdate::Update> updates;
  for (const int read : skeleton.reads) {
    const Event& r = graph.event(read);
    if (r.kind != EventKind::kRead) continue;
    for (int write = read + 1; write < graph.size(); ++write) {
      const Event& w = graph.event(write);
      if (w.thread != r.thread) break;
      if (w.kind != EventKind::kWrite || w.location != r.location || w.race_is_meant) continue;
      if (w.in_rmw ? skeleton.rmw_write[static_cast<std::size_t>(read)] == write : graph.data.contains(read, write)) {
        updates.push_back({read, write});
      }
    }
  }
  return updates;
}

}  // namespace

std::vector<LostUpdate> lost_updates(const Execution& execution) {
  const Assignment& assignment = execution.assignment;
  const EventGraph& graph = assignment.skeleton().graph;
  const std::vector<LostUpdate::Update> updates = updates_of(assignment.skeleton());
  std::vector<LostUpdate> found;
  for (const LostUpdate::Update& mine : updates) {
    const Event& write = graph.event(mine.write);
    if (write.in_rmw) continue;
    const int source = assignment.source(mine.read);
    for (const LostUpdate::Update& other : updates) {
      const Event& between = graph.event(other.write);
      if (between.thread == write.thread || between.location != write.location) continue;
      if (assignment.is_before(source, other.write) && assignment.is_before(other.write, mine.write)) found.push_back({other, mine});
    }
  }
  return found;
}

}  // namespace lkmc
