// SPDX-License-Identifier: Apache-2.0
// Which checks fail in an execution, and what is left of it where one of them stops its thread.
//
// Checks change nothing in a thread's path (Thread::check): they are judged when the execution is there. Of a thread that stops at
// a failed check, the events behind it are in the graph all the same. They have not happened, with one exception: a store that
// the others saw early, without which the check would not fail (load buffering). What else is found in such an execution
// counts only if it does not rest on the rest.
#pragma once

#include <span>
#include <vector>

#include "src/explore/assignment.h"
#include "src/program/unfolding.h"

namespace lkmc {

// By thread: how many of its first events come before the thread's event number `before` in (po | rf)+.
[[nodiscard]] std::vector<EventIndex> past_of(const Assignment& assignment, ThreadId thread, EventIndex before);

class FailedChecks {
 public:
  // All values of the assignment must be known.
  FailedChecks(std::span<const Unfolding> threads, const Assignment& assignment);

  // In the order of the threads and their paths; those that count.
  [[nodiscard]] const std::vector<PathCheck>& failed() const { return failed_; }
  // Whether some thread stops at one.
  [[nodiscard]] bool stops() const { return !happened_.empty(); }
  // Whether it counts that a thread ends in an error when it has done so many events.
  [[nodiscard]] bool counts_end(ThreadId thread, EventIndex events) const;
  // By thread: how many of its events have happened, or were seen early; empty if no thread stops.
  [[nodiscard]] std::span<const EventIndex> happened() const { return happened_; }

 private:
  [[nodiscard]] bool has_happened(ThreadId thread, EventIndex before) const;

  const Assignment& assignment_;
  std::vector<PathCheck> failed_;
  std::vector<EventIndex> stop_;  // by thread: where it stops
  std::vector<EventIndex> happened_;
};

}  // namespace lkmc
