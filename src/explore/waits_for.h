// SPDX-License-Identifier: Apache-2.0
// Finds out that threads wait for each other in a circle: a dead end, whatever they do next.
//
// While threads run, a read may wait for a write that is not there yet (see explorer.h). Where all threads wait, values are
// guessed. Most guesses are vain: the write that is waited for comes from a thread that waits itself, and the model orders
// that write behind the read that the thread waits with, so that the value would have to be there before it is there. Such
// a circle of reads that wait is looked for before one more read is made to wait.
//
// When is nothing lost? Let B be a set of reads of which each, in every execution below the present branch, reads from a
// later write: one that is not there yet. Take an axiom `acyclic X` of the model. A thread *provides* for a read r in B if
// on some continuation of its path it has a write w to the location of r such that
//   - (w, r) need not be in X when r reads from w, or
//   - w need not come after any read of the thread in B in the transitive closure of X.
// Reads for which some thread provides are taken out of B until there are none. If a read r is left, no execution lies below
// the branch. For in an execution r reads from a later write w, and as its thread does not provide for r, (w, r) is in X and
// there is an r' of the same thread among the reads that are left with (r', w) in X+. So there is, again and again, a read
// before each read that is left, of which there are finitely many: X has a cycle. (A write that only provides for reads
// behind which it is ordered itself does not break the circle. A thread's own later writes never are the source of its read
// where the model implies coherence; elsewhere they provide like those of others.)
//
// That two events are in X "whatever happens" is asked of the model itself. Events are taken that each execution in
// question has: those on the thread's path up to the write, and one write of another thread, of any kind, that r reads from
// (with what coherence says of it); for the first condition, w and r alone. On these the model's bounds (model/checker.h)
// give pairs that X must contain. The execution has more events, and `X` must grow with them (ModelFacts::grows): axioms of
// which that is not known are left alone. So nothing here knows of barriers or dependencies: under sequential consistency
// every later write is ordered behind every read and no value is guessed, and values out of thin air that lkmm.cat allows to
// plain accesses or control dependencies of two plain variables are still found.
//
// What lies on a thread's continuations is an estimate that errs on the side of more (footprint.h), and where it is too much
// to look at, the thread is taken to provide.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "src/explore/footprint.h"
#include "src/explore/skeleton.h"
#include "src/model/checker.h"
#include "src/program/unfolding.h"

namespace lkmc {

class WaitsFor {
 public:
  // Style, blocking and bound are those of the unfoldings whose paths are asked for. All but these must outlive this.
  WaitsFor(const Program& program, const Model& model, const ModelFacts& facts, Blocking blocking, int max_rounds,
           const Footprint& footprint);

  // A read whose source is a later write, and the threads that may have one.
  struct Waiting {
    ThreadId thread;
    EventIndex read;
    std::vector<ThreadId> writers;
  };
  // Whether no execution lies below, where these reads wait and the threads, with these unfoldings, are at these paths.
  [[nodiscard]] bool is_circle(std::span<const Unfolding> threads, const Paths& paths, std::span<const Waiting> waiting);

 private:
  // What a model may know of an access apart from what it is related to.
  struct Class {
    EventKind kind;
    Tag tag;
    bool in_rmw;
    friend auto operator<=>(const Class&, const Class&) = default;
  };
  // What a thread may still do, seen from a path.
  struct Future {
    PathId path;
    Footprint::Place place;
  };
  // Whether a thread provides for a read, and what that depends on.
  struct Question {
    std::size_t axiom;
    ThreadId thread;
    PathId path;
    std::vector<EventIndex> waiting;  // reads of the thread that wait
    Location location;                // of the other thread's read
    Class read;
    friend auto operator<=>(const Question&, const Question&) = default;
  };

  [[nodiscard]] Future future_of(std::span<const Unfolding> threads, ThreadId thread, PathId path);
  [[nodiscard]] bool is_circle_of(std::size_t axiom, const Paths& paths, std::span<const Waiting> waiting);
  [[nodiscard]] bool may_write(const Question& question, Footprint::Place place) const;
  [[nodiscard]] bool provides(const Question& question, Footprint::Place place);
  [[nodiscard]] bool has_free_write(const Question& question, Future from, int& budget);
  [[nodiscard]] bool is_free(const Question& question, PathId path, EventIndex write);
  [[nodiscard]] bool reads_in_order(std::size_t axiom, Class write, Class read);
  [[nodiscard]] const EventSet& ordered_behind(std::size_t axiom, ThreadId thread, PathId path, EventIndex read);
  [[nodiscard]] const ThreadEvent& event_of(ThreadId thread, PathId path, EventIndex index) const;

  const Program& program_;
  const Model& model_;
  const ModelFacts& facts_;
  const Footprint& footprint_;
  std::vector<std::size_t> axioms_;  // those that may forbid a circle
  // Of its own, for what is looked at here may never be reached: by thread.
  std::vector<Unfolding> unfoldings_;
  std::vector<std::map<PathId, Future>> futures_;  // by thread: of the paths of the search
  std::map<Question, bool> provides_;
  std::map<std::tuple<std::size_t, Class, Class>, bool> reads_in_order_;
  std::map<std::tuple<std::size_t, ThreadId, PathId, EventIndex>, EventSet> ordered_;
};

}  // namespace lkmc
