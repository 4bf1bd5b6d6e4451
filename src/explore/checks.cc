// SPDX-License-Identifier: Apache-2.0
#include "src/explore/checks.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace lkmc {
namespace {

constexpr EventIndex kNever = std::numeric_limits<EventIndex>::max();

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

std::vector<EventIndex> past_of(const Assignment& assignment, ThreadId thread, EventIndex before) {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<EventIndex> past(skeleton.thread_begin.size() - 1, 0);
  std::vector<std::pair<ThreadId, EventIndex>> open{{thread, before}};
  while (!open.empty()) {
    const auto [t, end] = open.back();
    open.pop_back();
    for (EventIndex& i = past[at(t)]; i < end; ++i) {
      const int e = skeleton.event_of(t, i);
      if (!skeleton.graph.event(e).is_read()) continue;
      const int write = assignment.source(e);
      const Event& source = skeleton.graph.event(write);
      if (!source.is_initial()) open.emplace_back(source.thread, write - skeleton.event_of(source.thread, 0) + 1);
    }
  }
  return past;
}

FailedChecks::FailedChecks(std::span<const Unfolding> threads, const Assignment& assignment) : assignment_(assignment) {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<PathCheck> all;
  for (const PathCheck& c : skeleton.checks) {
    if (!stop_.empty() && stop_[at(c.thread)] != kNever) continue;
    if (assignment.evaluate(c.thread, c.condition).value_or(1) != 0) continue;
    all.push_back(c);
    const Claim& check = threads[at(c.thread)].node(c.node).checks[c.index];
    if (check.on_failure == OnFailure::kGoOn) continue;
    if (stop_.empty()) stop_.resize(threads.size(), kNever);
    stop_[at(c.thread)] = check.before;
  }
  if (stop_.empty()) {
    failed_ = std::move(all);
    return;
  }
  happened_ = stop_;
  for (std::size_t t = 0; t < stop_.size(); ++t) {
    if (stop_[t] != kNever) happened_[t] = past_of(assignment, static_cast<ThreadId>(t), stop_[t])[t];
  }
  std::copy_if(all.begin(), all.end(), std::back_inserter(failed_),
               [&](const PathCheck& c) { return has_happened(c.thread, threads[at(c.thread)].node(c.node).checks[c.index].before); });
}

bool FailedChecks::counts_end(ThreadId thread, EventIndex events) const {
  return !stops() || (stop_[at(thread)] == kNever && has_happened(thread, events));
}

// Whether all that comes before what a thread does behind so many of its events has happened.
bool FailedChecks::has_happened(ThreadId thread, EventIndex before) const {
  const std::vector<EventIndex> past = past_of(assignment_, thread, before);
  return std::equal(past.begin(), past.end(), happened_.begin(), [](EventIndex needed, EventIndex there) { return needed <= there; });
}

}  // namespace lkmc
