// SPDX-License-Identifier: Apache-2.0
// One path for each thread of a program, put together: events, dependencies, and what each event stores.
//
// Part of the reference enumerator (enumerator.h); it reads the threads' paths from program/unfolding.h and nothing else
// of the checker.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "src/graph/event_graph.h"
#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc::reference {

// What a thread's decision took for granted: that `expr` is `expected`, or for a truth that it is non-zero or zero.
struct Condition {
  ThreadId thread;
  ExprId expr;
  bool is_truth;
  Word expected;
};

struct Computation {
  ThreadId thread;
  ExprId expr;
};

struct Observation {
  std::size_t slot;
  ThreadId thread;
  ExprId expr;
};

// A thread that waits for ever: for a lock, or for `expr` to become non-zero.
struct Wait {
  ThreadId thread;
  Location lock;  // kNoLocation if it waits for a value
  ExprId expr;
  Awaited awaited;
};

struct PathCombination {
  explicit PathCombination(EventGraph g) : graph(std::move(g)) {}

  EventGraph graph;
  std::vector<int> thread_begin;             // first event of each thread
  std::vector<const ExprPool*> expressions;  // by thread
  std::vector<ExprId> stored;                // by event: what a write of a thread stores
  std::vector<Word> initial_value;           // by event: of an initial write
  std::vector<Condition> conditions;
  std::vector<Computation> computations;  // all that was computed from reads, used or not
  std::vector<Observation> observations;
  std::vector<Wait> waits;  // by thread; none on complete paths
};

// Calls `visit` for each combination of paths that end, or wait for ever if `blocking` is kExplored; those of the paths
// that fail or hit the loop bound are not there. `visit` returns whether to go on. Returns whether paths are left out because of
// a round that waits or leaves no trace (program/rounds.h).
bool for_each_combination(const Program& program, RmwStyle style, Blocking blocking,
                          const std::function<bool(const PathCombination&)>& visit);

}  // namespace lkmc::reference
