// SPDX-License-Identifier: Apache-2.0
// What the threads of a program may still write from each place of their paths on: an estimate that errs on the side of more.
//
// The search lets a read wait for a write that is not there yet if some thread may still write the location. Knowing that
// nobody does, which holds of most fields of most objects, and of all once a thread is nearly through, saves it most of its
// work. All paths of each thread are run on their own, whatever the others do; where a loop comes back to where it was, what follows
// is known.
//
// Which pointers are followed on the way? An address may be there only because of itself: what is stored through it is what it is
// computed from, by way of plain copies, which LKMM does not order. So the addresses are not gathered but weeded out. At first a
// pointer may point to anything. What locations may hold then is gathered: initial values, constants that are stored, and copies; what
// is computed, as `b + 1`, may be anything. A copied value is not there because of itself: it would come out of thin air, and be
// no address (thin_air.cc). From what the locations may hold follows what the addresses may be, fewer than before; and so on, until
// there are no fewer. Nothing of this depends on the model: each step keeps the addresses of every execution that the steps
// before have kept, and the first keeps all.
//
// C++ tests are machine code, which must not be run on an object that it is not meant for: their addresses are gathered, like the
// constants, and so are the numbers that they go on with as such (raw()). One that is there only because of itself is not among them,
// though LKMM allows the execution.
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
  static constexpr Place kStart = 0;  // behind those of the first node
  static constexpr Place kUnknown = -1;

  // Style, blocking and bound are those of the unfoldings whose paths are asked for. `program` must outlive this.
  Footprint(const Program& program, RmwStyle style, Blocking blocking, int max_rounds = Bound{}.max_rounds);

  // The next place, where the decision has the outcome.
  [[nodiscard]] Place next(ThreadId thread, Place place, Word outcome) const;
  [[nodiscard]] bool may_write(ThreadId thread, Place after, Location location) const;
  // Whether what a thread would write behind its loop bound counts; and whether it may come there.
  [[nodiscard]] bool counts_bound() const { return is_cut_ || program_.names_what_it_writes(); }
  [[nodiscard]] bool may_come_to_bound(ThreadId thread, Place after) const {
    return counts_bound() && any_behind(thread, after, contents_.size());
  }
  // Whether some write of the thread to the location is a plain one.
  [[nodiscard]] bool may_write_plainly(ThreadId thread, Location location) const;
  // What the value may be that the thread needs at the end of the path, a kValue; nothing if it is a number that may be any.
  [[nodiscard]] std::optional<std::vector<Word>> outcomes_of_value(const Unfolding& unfolding, PathId path) const;
  // The outcomes that the decision at the end of the path may have; nothing if they are not known.
  [[nodiscard]] std::optional<std::vector<Word>> outcomes(const Unfolding& unfolding, PathId path) const;

 private:
  struct Node {
    std::map<Word, Place> next;
    Place back = kUnknown;      // what follows is among what follows that place: a loop has come back to it
    std::vector<bool> written;  // by location: at the node, or behind it; and whether a path that is given up lies there
  };
  // What a location may hold: the words that are known, and whether there may be any other.
  struct Content {
    std::set<Word> words;
    bool unknown = false;
    friend bool operator==(const Content&, const Content&) = default;
  };
  void gather(std::vector<Unfolding>& threads);
  // False if the thread has too many paths.
  bool walk(ThreadId thread, Unfolding& unfolding);
  void note(const Unfolding& unfolding, PathId path, const ThreadEvent& event);

  [[nodiscard]] bool any_behind(ThreadId thread, Place after, std::size_t what) const;

  const Program& program_;
  const bool is_cut_;                      // there are more rounds, which others explore if need be
  const bool weeds_out_;                   // addresses, rather than gathers them
  std::vector<std::vector<Node>> nodes_;   // by thread and place; none if the thread may write anything
  std::vector<std::set<Location>> plain_;  // by thread: what it writes plainly
  std::vector<Content> contents_;          // by location
  std::vector<Content> before_;            // the same, as the addresses are computed from it
  bool grew_ = false;
};

}  // namespace lkmc
