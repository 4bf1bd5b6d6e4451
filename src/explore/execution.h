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
  const Assignment& assignment;      // events, rf, co and values
  std::span<const Word> registers;   // the final value of each observed register, by slot
  std::span<const Word> memory;      // the final value of each location
};

// A thread that waits for ever.
struct BlockedThread {
  ThreadId thread;
  SourcePos pos;
  Location lock = kNoLocation;       // what it waits for; kNoLocation if it waits for a value
  ThreadId holder = kInitThread;     // the thread that took the lock and never gives it back
  SourcePos holder_pos;
};

// An execution in which no thread can go on, but not all have ended.
struct Deadlock {
  const Assignment& assignment;
  std::span<const BlockedThread> blocked;
};

// Something that the program must not do (Thread::fail) and an execution in which it does.
struct Failure {
  const Assignment& assignment;
  ThreadId thread;
  SourcePos pos;
  const std::string& message;
};

// Receives what one worker finds. Workers call their own visitors, at the same time as other workers theirs.
class Visitor {
 public:
  virtual ~Visitor() = default;
  // Returns whether the execution counts; one that does not (a `filter` rejects it) raises no flags.
  [[nodiscard]] virtual bool on_execution(const Execution& execution) = 0;
  // The execution that on_execution() has just seen raises flags that no other of this worker has raised before: a set of
  // indices into Model::axioms.
  virtual void on_flags(const Execution&, std::uint64_t) {}
  virtual void on_deadlock(const Deadlock& deadlock) = 0;
  // Each place that fails is reported at least once, with one execution.
  virtual void on_failure(const Failure& failure) = 0;
};

}  // namespace lkmc
