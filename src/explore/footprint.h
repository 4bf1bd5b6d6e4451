// SPDX-License-Identifier: Apache-2.0
// What the threads of a program may still write from each place of their paths on: an estimate that errs on the side of more.
//
// The search lets a read wait for a write that is not there yet if some thread may still write the location. Knowing that
// nobody does, which holds of most fields of most objects, and of all once a thread is nearly through, saves it most of its
// work. All paths of each thread are run on their own, whatever the others do; where a loop comes back to where it was, what follows
// is known. Pointers that are followed on the way are those that some thread may store there, or what is computed from them, as
// container_of() does; which these are is found out by going over the threads again until nothing is added.
//
// In one case the estimate is too small: an address that some thread stores only because it is there (a plain copy takes to an index what is
// stored at that index) is not among them, though LKMM, which orders no plain copies, allows the execution.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc {

class Footprint {
 public:
  // A place on a path: behind the events of a node of the thread's unfolding.
  using Place = std::int32_t;
  static constexpr Place kStart = 0;       // behind those of the first node
  static constexpr Place kUnknown = -1;

  // Style, blocking and bound are those of the unfoldings whose paths are asked for. `program` must outlive this.
  Footprint(const Program& program, RmwStyle style, Blocking blocking, int max_rounds = Bound{}.max_rounds);

  // The next place, where the decision has the outcome.
  [[nodiscard]] Place next(ThreadId thread, Place place, Word outcome) const;
  [[nodiscard]] bool may_write(ThreadId thread, Place after, Location location) const;
  // Whether some write of the thread to the location is a plain one.
  [[nodiscard]] bool may_write_plainly(ThreadId thread, Location location) const;
  // What the value may be that the thread needs at the end of the path, a kValue; nothing if that is not known.
  [[nodiscard]] std::optional<std::vector<Word>> outcomes_of_value(const Unfolding& unfolding, PathId path) const;
  // The outcomes that the decision at the end of the path may have; nothing if they are not known.
  [[nodiscard]] std::optional<std::vector<Word>> outcomes(const Unfolding& unfolding, PathId path) const;

 private:
  struct Node {
    std::map<Word, Place> next;
    Place back = kUnknown;      // what follows is among what follows that place: a loop has come back to it
    std::vector<bool> written;  // by location: at the node, or behind it
  };
  // What a location may hold: the words that are known, and whether there may be any other.
  struct Content {
    std::set<Word> words;
    bool unknown = false;
  };
  // False if the thread has too many paths.
  bool walk(ThreadId thread);
  void note(const Unfolding& unfolding, PathId path, const ThreadEvent& event);

  const Program& program_;
  RmwStyle style_;
  Blocking blocking_;
  int max_rounds_;
  std::vector<std::vector<Node>> nodes_;  // by thread and place; none if the thread may write anything
  std::vector<std::set<Location>> plain_;  // by thread: what it writes plainly
  std::vector<Content> contents_;         // by location
  bool grew_ = false;
};

}  // namespace lkmc
