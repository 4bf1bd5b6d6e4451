// SPDX-License-Identifier: Apache-2.0
// The events of one combination of paths, one path per thread, with all that the search can know of them beforehand.
//
// Which events an execution has depends only on the path that each thread takes, so everything here is computed once
// per combination and shared by the executions that differ only in rf and co.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "src/graph/event_graph.h"
#include "src/model/checker.h"
#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc {

// One path per thread.
using Paths = std::vector<PathId>;

// A condition on the values of one thread's reads that the choice of its path has made.
struct Constraint {
  ThreadId thread;
  ExprId expr;
  enum class Kind : std::uint8_t { kTruth, kValue } kind;
  Word expected;  // kTruth: whether `expr` is non-zero; kValue: its value
};

// A pair of writes that nothing may come between in co: the write that an RMW or spin_lock() reads from and its own
// (known once rf is), and a spin_lock() and its spin_unlock() (known here).
struct Glue {
  int first;
  int second;
};

// Where a thread holds a lock, as the front end tells.
struct LockSpan {
  LockId lock;
  int from;         // the event that takes it
  int to;           // the event that gives it back; -1 if none is there
  bool shared;      // with others, such as a reader
  bool given_back;  // also if the event is not there yet
};

// A check on a thread's path: the `index`th of the node.
struct PathCheck {
  ThreadId thread;
  PathId node;
  std::size_t index;
  ExprId condition;
};

struct Skeleton {
  Skeleton(EventGraph g, int threads) : graph(std::move(g)), thread_begin(static_cast<std::size_t>(threads) + 1) {}

  EventGraph graph;
  std::vector<const ExprPool*> expressions;  // by thread
  bool complete = false;                     // every thread has come to the end of its path
  std::vector<int> thread_begin;             // first event of each thread, and the number of events
  std::vector<int> initial;                  // by Location: its initial write, -1 if nothing accesses it
  std::vector<ExprId> value;                 // by event: what it stores, or its own symbol (expression of its thread)
  std::vector<Word> initial_value;           // by event: of an initial write
  std::vector<int> reads;                    // all reads
  std::vector<std::vector<int>> writes;      // by Location: all writes in ascending order, the initial one first
  std::vector<BitWord> write_sets;           // the same as sets, by row
  std::vector<BitWord> accesses;             // all reads and writes, as a set
  std::vector<std::vector<int>> sources;     // by event: for a read, the writes that it might read from
  std::vector<std::vector<int>> before;      // by event: for a read, its thread's earlier accesses to its location
  std::vector<std::vector<int>> after;       // and the later ones
  std::vector<int> rmw_write;                // by event: for the read of an RMW or spin_lock(), its write; else -1
  // Nothing of a thread's own comes between the halves of an RMW. Atomicity is a matter between threads, and leaves that open
  // for operands in no order.
  bool rmws_are_ordered = true;
  bool has_unmatched_unlock = false;    // which co says nothing of
  std::vector<Glue> glued;              // spin_lock() and spin_unlock()
  std::vector<std::vector<int>> users;  // by event: for a read, the writes of its thread whose value needs its value
  std::vector<Constraint> constraints;
  std::vector<std::vector<int>> constraints_on;  // by event: for a read, the constraints that need its value
  std::vector<BitWord> co;                       // the part of co that holds in every execution, transitively closed, by row
  bool contradictory = false;                    // that part has a cycle
  std::vector<std::vector<Word>> outcomes;       // by thread: of the decisions on its path
  std::vector<LockSpan> held;
  std::vector<Objection> objections;  // `access` is an event here
  std::vector<PathCheck> checks;

  // The spin_lock() that takes the lock and never gives it back, -1 if there is none.
  [[nodiscard]] int holder_of(Location lock) const;
  // Whether rf says so where `source` is the source of `read`. As in herd7, it says nothing of a spin_lock() that comes right
  // behind an ordinary store to the lock.
  [[nodiscard]] bool reads_from(int read, int source) const;
  [[nodiscard]] int words() const { return words_for(graph.size()); }
  [[nodiscard]] int event_of(ThreadId thread, EventIndex index) const { return thread_begin[static_cast<std::size_t>(thread)] + index; }
};

// What building a skeleton needs to know.
struct SkeletonInput {
  const Program& program;
  std::span<const Unfolding> threads;
  std::span<const PathId> paths;
  bool coherence;  // the model implies coherence, so that sources which break it are left out
};

[[nodiscard]] Skeleton build_skeleton(const SkeletonInput& input);

// The bounds of rf and co that follow from a skeleton.
[[nodiscard]] Bounds bounds_of(const Skeleton& skeleton);

}  // namespace lkmc
