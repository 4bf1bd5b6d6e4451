// SPDX-License-Identifier: Apache-2.0
// Runs a program once more under a recorded execution.
//
// A record holds the outcomes of each thread's decisions, so that each thread is led along its path, and rf and co. Besides
// it says what each event was; so where the program has changed since, or the record was made for another one, the first
// difference is told with its place.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "src/explore/assignment.h"
#include "src/explore/execution.h"
#include "src/explore/skeleton.h"
#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc {

// A word that the program does not know (any more) is nothing; so is a location.
struct RecordedEvent {
  EventKind kind = EventKind::kFence;
  Tag tag = Tag::kPlain;
  ThreadId thread = kInitThread;
  std::optional<Location> location;  // kNoLocation for a fence
  std::optional<Word> value;         // of an access
};

// Events are named by their place in the list: initial writes first, then thread by thread in program order.
struct RecordedExecution {
  Blocking blocking = Blocking::kIgnored;                  // kExplored: a deadlock
  bool may_fail = false;                                   // it shows a failure, which may be one that is there only while others wait
  std::vector<std::vector<std::optional<Word>>> outcomes;  // by thread
  std::vector<RecordedEvent> events;
  std::vector<std::pair<int, int>> rf;  // write, read
  std::vector<std::vector<int>> co;     // by location that has writes: these in their order
};

// The first difference between the record and the program.
struct Divergence {
  enum class Kind : std::uint8_t {
    kThreads,    // the program has another number of threads
    kEvent,      // another event
    kEnds,       // the thread ends before the event
    kMore,       // the thread goes on behind its last event
    kDecision,   // the thread is asked for what the record has no answer to, or is not asked
    kInitial,    // the program has no such initial write
    kValue,      // the event has another value
    kSource,     // the read cannot read from that write
    kOrder,      // the writes cannot overwrite each other in that order
    kUnordered,  // the record leaves open what a read reads from, or an order of writes
    kForbidden,  // the model does not allow the execution
  } kind;
  int event = -1;  // of the record; -1 if none
  int other = -1;  // kSource, kOrder: the other event of the record
  ThreadId thread = kInitThread;
  std::optional<Event> actual{};  // what the program does: kEvent, kMore, kValue, kSource, kOrder
  std::optional<Word> value{};    // kValue: what it is in the program
  SourcePos pos{};                // in the program, as near as is known
};

// An execution that has been found again, with all that it consists of.
class Replayed {
 public:
  struct Failed {
    ThreadId thread;
    SourcePos pos;
    std::string message;
    EventIndex before;
    EventIndex blamed = kNoEvent;
  };

  [[nodiscard]] const Assignment& assignment() const { return *assignment_; }
  // Hands it over as the explorer does what it finds.
  void tell(Visitor& visitor) const;

  std::vector<Word> registers;  // as in Execution
  std::vector<Word> memory;
  std::vector<Failed> failures;                       // threads that do what a program must not do, and checks that do not hold
  bool at_failure = false;                            // a thread ended in the former, or stopped at a check
  std::vector<EventIndex> happened;                   // as in Failure
  std::optional<std::vector<BlockedThread>> blocked;  // of a deadlock; nothing if a thread could go on
  bool at_bound = false;                              // a thread hit its loop bound
  std::uint64_t flags = 0;                            // that the execution raises

 private:
  friend class Replay;
  // A skeleton refers to the expressions of the threads, an assignment to its skeleton.
  std::vector<Unfolding> threads_;
  std::unique_ptr<Skeleton> skeleton_;
  std::unique_ptr<Assignment> assignment_;
  std::unique_ptr<Checker> checker_;
};

// `program` must outlive what is returned. If it grows on the way, all begins anew.
[[nodiscard]] std::variant<Replayed, Divergence> replay(const Program& program, const Model& model, const ModelFacts& facts,
                                                        const RecordedExecution& record);

}  // namespace lkmc
