// SPDX-License-Identifier: Apache-2.0
// The unfolding of one thread: the tree of its paths, with the events on each.
//
// Because reads return symbols (see expr.h), what a thread does depends only on the outcomes of its decisions: which
// way a branch on a value that was read goes, which location a pointer that was read points to, whether a trylock
// succeeds. So a thread is a tree: a node holds the events up to the next decision and has one child per outcome. A
// node is found by running the thread once on a fiber (Boost.Context) that is fed the outcomes on the way to it;
// afterwards the tree answers, and the thread is never run for that path again, however many executions contain it.
// An event is identified by its node and its place in it.
#pragma once

#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"
#include "src/program/mark.h"
#include "src/program/program.h"
#include "src/program/thread.h"

namespace lkmc {

inline constexpr EventIndex kNoEvent = -1;
inline constexpr ExprId kUnobserved = -1;

// One event of a thread on one path, with what ties it to the other events of that path.
struct ThreadEvent {
  Event event;
  ExprId value = 0;                          // what a write stores; a read's own symbol
  EventIndex read_half = kNoEvent;           // of the write of an RMW or spin_lock(): the read that belongs to it
  EventIndex acquired = kNoEvent;            // of an unlock: the LKW of the critical section that it ends
  std::vector<EventIndex> addr, data, ctrl;  // the reads that it depends on, sorted
  std::vector<EventIndex> unordered{};       // earlier events that precede it in no program order; sorted
};

// A thread takes a lock, or gives it back, as the front end tells.
struct LockNote {
  EventIndex from = kNoEvent;  // the last event of taking it
  EventIndex to = kNoEvent;    // the first event of giving it back; kNoEvent when it is taken
  LockId lock{};               // when it is taken
  bool shared = false;         // likewise: with others, such as a reader
};

// What must be non-zero in every execution of the path; see Thread::check.
struct Claim {
  ExprId condition = 0;
  OnFailure on_failure = OnFailure::kGoOn;
  EventIndex before = 0;  // the number of events that precede it on the path
  SourcePos pos{};
  std::string message{};
};

// How far the loops of a thread go.
struct Bound {
  int max_rounds = std::numeric_limits<int>::max();  // and no more than Program::max_rounds
  // A path that is given up ends with a marked write to kBehindBound, which stands for all that the thread would write there.
  bool is_shown = false;
};
inline constexpr Location kBehindBound = std::numeric_limits<Location>::max();

using PathId = std::int32_t;
inline constexpr PathId kRootPath = 0;

// What a thread does after the events of a node.
enum class Continuation : std::uint8_t {
  kEnd,             // returns
  kBranch,          // goes on by whether `expr` is zero (outcome 0) or not (outcome 1)
  kValue,           // goes on by the value of `expr` (outcome: that value)
  kChoice,          // goes on with any of `outcomes`
  kRequire,         // goes on only where `expr` is not zero (outcome 1)
  kBlockedOnLock,   // waits for ever for the lock `location`
  kBlockedOnValue,  // waits for ever for `expr` to become non-zero
  kIdle,            // the same, and has nothing to do then: counts as ended
  kBound,           // the loop bound was hit
  kLeftOut,         // other executions stand for all that go this way: a round of a loop has left no trace (rounds.h)
  kFailed,          // an error of the program: `message`, and `blamed` if a read has shown it
};

struct PathNode {
  PathId parent = -1;
  Word outcome = 0;            // of the parent's decision
  EventIndex first_event = 0;  // number of events before this node
  std::vector<ThreadEvent> events{};
  std::vector<Mark> marks{};            // between the events
  std::vector<ExprId> computed{};       // what was computed from reads, used or not
  std::vector<LockNote> locks{};        // taken and given back
  std::vector<Objection> objections{};  // to accesses of this node
  std::vector<Claim> checks{};          // between the events
  Continuation continuation = Continuation::kEnd;
  ExprId expr = 0;
  bool wants_address = false;    // at kValue: a number that is no address is an error
  std::vector<Word> outcomes{};  // of kChoice
  Location location = kNoLocation;
  SourcePos pos{};
  std::string message{};
  EventIndex blamed = kNoEvent;
  Awaited awaited{};          // at kBlockedOnValue, and at kRequire if it waits; at kLeftOut, `looks` are the reads of the round
  bool passes_round = false;  // see Blocking::kPassedOnce
  bool misbehaves = false;    // at kFailed: see Unfolding::misbehaviour
  // Where what follows is the same as what follows the events of another node, up to the numbers of the reads: that node, nearer to
  // the root. A round of a loop has changed no variable in between.
  PathId comes_back_to = -1;
  std::vector<ExprId> observed{};  // by slot, where the path is over; kUnobserved where the thread has none
};

// What becomes of paths on which a thread waits.
enum class Blocking : std::uint8_t {
  kIgnored,
  kExplored,    // they are part of the tree where it waits for ever (the search for deadlocks wants them)
  kPassedOnce,  // ignored, but a path may have one round that waits or leaves no trace (the search for races wants them)
};

class Unfolding {
 public:
  // `program` must outlive this.
  Unfolding(const Program& program, ThreadId thread, RmwStyle style, Blocking blocking, const Bound& bound = {});
  ~Unfolding();
  Unfolding(Unfolding&&) noexcept;
  Unfolding& operator=(Unfolding&&) = delete;

  // The path before the first decision.
  [[nodiscard]] PathId root();
  // The path that follows `path` where its decision has the outcome.
  [[nodiscard]] PathId child(PathId path, Word outcome);
  // Valid until the next call of root() or child().
  [[nodiscard]] const PathNode& node(PathId path) const;
  [[nodiscard]] const ExprPool& expressions() const;
  // The number of nodes found so far, that is of runs of the fiber from one decision to the next.
  [[nodiscard]] std::size_t path_count() const;
  // Whether, on some path found so far, the thread waits for a value, takes a spinlock while it holds one, or ends or
  // fails holding one. Unless a thread does, no thread can be made to wait for ever.
  [[nodiscard]] bool may_deadlock() const;
  // A path that makes the program unfit to be explored: the thread did something else when it was run again, or it does
  // not come to an end. Null if there is none.
  [[nodiscard]] const PathNode* misbehaviour() const;

 private:
  class Runner;
  std::unique_ptr<Runner> runner_;
};

// The event of a path by its place in the thread.
[[nodiscard]] const ThreadEvent& event_of(const Unfolding& thread, PathId path, EventIndex index);

}  // namespace lkmc
