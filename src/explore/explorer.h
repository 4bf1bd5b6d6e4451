// SPDX-License-Identifier: Apache-2.0
// Explores all executions of a program that a memory model allows, each once.
//
// An execution is three choices: which way each decision of each thread goes, which write each read reads from (rf), and
// in which order the writes to each location reach memory (co). The search makes these choices one by one and in such a
// way that they exclude each other, so that it never meets an execution twice and needs no memory of those it has met:
//
//   - All threads run as far as they can without knowing any value that was read (see program/unfolding.h); so nearly all
//     writes are there before the first read has to choose.
//   - Where a thread needs to know a value to go on, the reads that the value comes from choose their sources: one of the
//     writes that are there, or "one that is not there yet", if a thread that goes on may still write that location (footprint.h).
//     A value that is not there yet is guessed where it decides how a thread goes on; the guess must come true later. (This
//     is how load buffering is found, and also the executions out of thin air that the model allows to plain accesses.)
//     No read waits that would only close a circle of threads which wait for each other (waits_for.h).
//   - When all threads have ended, the remaining reads choose their sources, and the writes their order.
//
// Each choice is checked at once against coherence and atomicity, and then against the axioms of the model, which only
// get worse when rf and co grow. Choices that leave one possibility are made first and cost no branch.
//
// This replaces the revisits of stateless model checkers in the line of GenMC (Kokologiannakis, Marmanis, Gladstein,
// Vafeiadis: "Truly stateless, optimal dynamic partial order reduction", POPL 2022), which add events in an order in
// which a read must be undone when a write turns up that it should have read. Running threads on symbols makes the writes
// turn up first.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "src/explore/execution.h"
#include "src/explore/shard.h"
#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/program/program.h"

namespace lkmc {

// Why an exploration ended before it had seen everything.
enum class Interruption : std::uint8_t {
  kNone,
  kTimeout,
  kMaxExecutions,
  kCancelled,
  kUnknownValue,  // a thread needs a number that is computed from too much to tell what it may be
  kRestart,       // the program has grown, or its loops need more rounds; never in a result
  kUnforeseen,    // a program that was to be split has grown
  kShard,         // others explore the rest
};

struct Statistics {
  std::uint64_t executions = 0;
  std::uint64_t blocked = 0;  // executions that end in a deadlock
  bool bound_hit = false;     // some execution goes on beyond the loop bound
  std::uint64_t flags = 0;    // raised by some execution: set of indices into Model::axioms
  Interruption interruption = Interruption::kNone;

  // The depths at which the searches for executions and for deadlocks were cut (shard.h); 0 if they were not.
  std::array<std::size_t, 2> cuts{};

  std::uint64_t choices = 0;    // branches of the search
  std::uint64_t dead_ends = 0;  // branches without an execution below them that a check cut off
  std::uint64_t checks = 0;     // evaluations of the model
  std::uint64_t skeletons = 0;  // combinations of paths
  std::uint64_t paths = 0;      // paths of single threads, that is runs of fibers

  Statistics& operator+=(const Statistics& other);
};

// How far an exploration is, told now and then.
struct Progress {
  std::uint64_t executions;
  double seconds;
  std::optional<double> fraction;  // an estimate of the part that is done, in [0, 1]
};

struct ExploreOptions {
  int jobs = 1;
  std::optional<std::chrono::steady_clock::duration> timeout{};
  std::optional<std::uint64_t> max_executions{};
  Shard shard{};                                 // which executions to visit
  bool footprint = true;                         // whether it is made out what threads cannot write; makes no difference but for the time
  const std::atomic<bool>* cancelled = nullptr;  // set from outside to stop early
  std::function<void(const Progress&)> on_progress{};  // called from one worker, about four times a second
};

// Explores with options.jobs workers, worker i telling visitors[i]. Deadlocks, and races of rounds of loops that leave no
// trace (program/rounds.h), are looked for after the executions. Begins anew, after Visitor::on_restart, when the program has grown.
//
// Loops go few rounds at first. If no execution wants to go on, nothing is missed: what threads could do in more rounds, nobody sees,
// so what they may still write, which grows with the rounds, need not be found out. Else it begins anew with more rounds, up to
// Program::max_rounds; at once with as many, if few do not make it small. The numbers of work in the result are those of the last time.
[[nodiscard]] Statistics explore(const Program& program, const Model& model, const ModelFacts& facts, const ExploreOptions& options,
                                 std::span<Visitor* const> visitors);

}  // namespace lkmc
