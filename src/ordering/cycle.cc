// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/cycle.h"

#include <algorithm>
#include <optional>
#include <queue>

namespace lkmc {
namespace {

// How `to` comes behind `from`, if it does in one step.
std::optional<Link> link(const Witness& w, const StepFilter& may_step, int from, int to) {
  const Event& a = w.event(from);
  const Event& b = w.event(to);
  if (!a.is_access() || !b.is_access()) return std::nullopt;
  if (a.thread == b.thread && !a.is_initial()) {
    return w.graph.po.contains(from, to) && may_step(from, to) ? std::optional(Link::kProgramOrder) : std::nullopt;
  }
  if (a.location != b.location) return std::nullopt;
  if (b.is_read() && w.source_of(to) == from) return Link::kReadsFrom;
  if (a.is_write() && b.is_write() && w.is_before(from, to)) return Link::kOverwrites;
  if (a.is_read() && b.is_write() && w.reads_before(from, to)) return Link::kReadsBefore;
  return std::nullopt;
}

// The shortest way from `start` back to it, by its events.
std::vector<int> way_back(const Witness& w, const StepFilter& may_step, int start, std::size_t shorter_than) {
  std::vector<int> before(static_cast<std::size_t>(w.size()), -1);
  std::vector<std::size_t> steps(static_cast<std::size_t>(w.size()), 0);
  std::queue<int> queue;
  queue.push(start);
  while (!queue.empty()) {
    const int at = queue.front();
    queue.pop();
    const std::size_t length = steps[static_cast<std::size_t>(at)] + 1;
    if (length >= shorter_than) break;
    for (int to = 0; to < w.size(); ++to) {
      if (w.event(to).is_initial() || !link(w, may_step, at, to)) continue;
      if (to == start) {
        std::vector<int> way;
        for (int e = at; e >= 0; e = before[static_cast<std::size_t>(e)]) way.push_back(e);
        std::reverse(way.begin(), way.end());
        return way;
      }
      if (before[static_cast<std::size_t>(to)] >= 0) continue;
      before[static_cast<std::size_t>(to)] = at;
      steps[static_cast<std::size_t>(to)] = length;
      queue.push(to);
    }
  }
  return {};
}

}  // namespace

std::vector<CycleStep> cycle_of(const Witness& w, const StepFilter& may_step) {
  std::vector<int> shortest;
  for (int e = 0; e < w.size(); ++e) {
    if (w.event(e).is_initial() || !w.event(e).is_access()) continue;
    std::vector<int> way = way_back(w, may_step, e, shortest.empty() ? static_cast<std::size_t>(w.size()) + 1 : shortest.size());
    if (!way.empty()) shortest = std::move(way);
  }
  std::vector<CycleStep> cycle;
  for (std::size_t i = 0; i < shortest.size(); ++i) {
    cycle.push_back({shortest[i], *link(w, may_step, shortest[i], shortest[(i + 1) % shortest.size()])});
  }
  // Each thread's steps stand together, those of the first thread first.
  std::size_t begin = 0;
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const bool enters_thread = cycle[(i + cycle.size() - 1) % cycle.size()].to_next != Link::kProgramOrder;
    const bool is_entered = cycle[(begin + cycle.size() - 1) % cycle.size()].to_next != Link::kProgramOrder;
    if (enters_thread && (!is_entered || cycle[i].event < cycle[begin].event)) begin = i;
  }
  std::rotate(cycle.begin(), cycle.begin() + static_cast<std::ptrdiff_t>(begin), cycle.end());
  return cycle;
}

std::vector<CycleStep> cycle_of(const Witness& witness) {
  return cycle_of(witness, [](int, int) { return true; });
}

}  // namespace lkmc
