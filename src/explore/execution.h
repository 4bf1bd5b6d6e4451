// SPDX-License-Identifier: Apache-2.0
// What an exploration finds: complete executions, deadlocks, and errors of the program.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/explore/assignment.h"
#include "src/explore/skeleton.h"

namespace lkmc {

// One complete and consistent execution. Everything is valid only during the call that hands it over.
struct Execution {
  const Assignment& assignment;     // events, rf, co and values
  std::span<const Word> registers;  // the final value of each observed register, by slot
  std::span<const Word> memory;     // the final value of each location
  Checker& checker;
  // It has a round of a loop that leaves no trace (program/rounds.h), and does not count: there is another without it, with the
  // same final state. But only here the round may race.
  bool is_repeat = false;

  // The pairs of events in the relation of a flag; see Checker.
  [[nodiscard]] std::vector<std::pair<int, int>> flagged(std::size_t axiom) const {
    return checker.flagged(axiom, assignment.rf(), assignment.co(), assignment.all_values());
  }
};

struct LockHolder {
  ThreadId thread;
  SourcePos pos;  // where it took the lock
  friend bool operator==(const LockHolder&, const LockHolder&) = default;
};

// A thread that waits for ever.
struct BlockedThread {
  ThreadId thread;
  SourcePos pos;
  const char* awaited = "a value";    // what it waits for, if it is no lock
  Location lock = kNoLocation;        // the lock that it waits for, else kNoLocation
  std::vector<LockHolder> holders{};  // who took that lock and never gives it back
  ThreadId behind = kInitThread;      // a writer who waits for that lock and lets no reader pass; kInitThread if there is none
};

// An execution in which no thread can go on, but not all have ended.
struct Deadlock {
  const Assignment& assignment;
  std::span<const BlockedThread> blocked;
};

// Something that the program must not do (Thread::fail), or a check that does not hold (Thread::check), and an execution in
// which that is so. The events behind a failed check are there, too.
struct Failure {
  const Assignment& assignment;
  ThreadId thread;
  EventIndex before;  // the number of events of the thread that precede it
  SourcePos pos;
  const std::string& message;
  int blamed = -1;  // the write by another, or earlier, that the failing thread has met; -1 if there is none to tell of
  // By thread: how many of its events count where some thread stops at a failed check (see FailedChecks); empty if none does.
  std::span<const EventIndex> happened{};
  // The choices of the search that led here. Of the executions in which one thing fails, the one whose choices come first
  // is always reported, however many workers there are.
  std::span<const std::uint16_t> choices;
};

// Receives what one worker finds. Workers call their own visitors, at the same time as other workers theirs.
class Visitor {
 public:
  virtual ~Visitor() = default;
  // Returns whether the execution matters; one that does not (a `filter` rejects it) raises no flags.
  [[nodiscard]] virtual bool on_execution(const Execution& execution) = 0;
  // The execution that on_execution() has just seen raises flags that no other of this worker has raised before: a set of
  // indices into Model::axioms.
  virtual void on_flags(const Execution&, std::uint64_t) {}
  virtual void on_deadlock(const Deadlock& deadlock) = 0;
  // Each place that fails is reported at least once, with one execution; again with others as long as this returns false.
  [[nodiscard]] virtual bool on_failure(const Failure& failure) = 0;
  // What was handed over is void: the program has grown (Program::outgrown), or its loops need more rounds, and all begins anew.
  virtual void on_restart() = 0;
  // The program cannot be explored (see Unfolding::misbehaviour); whatever else is found means nothing.
  virtual void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) = 0;
};

}  // namespace lkmc
