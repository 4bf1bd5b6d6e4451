// SPDX-License-Identifier: Apache-2.0
// What a `Thread` works on while its fiber runs; shared by thread.cc (which fills it) and unfolding.cc (which runs it).
#pragma once

#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/program/allocations.h"
#include "src/program/fiber.h"
#include "src/program/repetition.h"
#include "src/program/unfolding.h"

namespace lkmc {

struct Thread::State {
  const Program& program;
  ThreadId id;
  RmwStyle style;
  Blocking blocking;
  Bound bound;
  ExprPool& expressions;

  std::vector<ThreadEvent> events{};
  std::vector<ExprId> computed{};       // since the last decision
  std::vector<LockNote> locks{};        // likewise
  std::vector<Mark> marks{};            // likewise
  std::vector<Objection> objections{};  // likewise
  std::vector<Claim> checks{};          // likewise
  Watcher watcher{};
  // The reads that the open control scopes depend on, outermost first; each includes those around it.
  std::vector<std::vector<EventIndex>> control{};
  // Of the lists of operands that are being evaluated, outermost first: the events, from and to, of the operands before this
  // one, with which what is performed now is not ordered.
  std::vector<std::pair<EventIndex, EventIndex>> unordered{};
  // The spinlocks that this thread holds, with their LKW events.
  std::vector<std::pair<Location, EventIndex>> held{};
  std::vector<ExprId> observed{};
  int means_races = 0;  // how often mean_races() has begun and not ended
  // See Thread::recall.
  struct Recall {
    ExprId started;
    std::vector<Location> read_before;
    std::size_t reads = 0;             // so far
    std::vector<EventIndex> writes{};  // that were left out: the number of events before each
    ThreadEvent left_out{};            // the latest
  };
  std::optional<Recall> recall{};
  Word choices = 0;
  // The RCU read-side critical sections that are open, innermost last: whether they have begun, see Thread::fence.
  std::vector<bool> sections{};
  Rounds rounds{};
  Answers answers{};
  std::optional<Repetition> trial{};           // that goes on
  std::size_t remarks = 0;                     // so far: objections, marks, checks
  std::optional<std::size_t> comes_back_to{};  // since the last decision: see PathNode, but as a number of decisions
  bool has_passed_round = false;               // see Blocking::kPassedOnce
  // Sticky over all paths: see Unfolding::may_deadlock.
  bool may_wait_for_ever = false;

  void* front_end = nullptr;  // see Thread::front_end

  // Outcomes that are known already, answered without leaving the fiber.
  std::vector<Word> replay;
  std::size_t replayed = 0;
  // If this run of the thread is for a trial: which, until it begins, and what the run allocates.
  std::optional<Repetition> wanted_trial{};
  Allocations* allocations = nullptr;
  // How the run has ended if the thread is to be run anew: for a trial, or with the outcome of one.
  std::optional<Repetition> trial_to_come{};
  std::optional<bool> tried{};
  // What the thread did on its way there when it was run before: a node for each of these outcomes.
  std::vector<const PathNode*> recorded{};
  // See Thread::refuse.
  std::optional<PathNode> refusal{};
  // What the thread asks for, or how its path ended, when the fiber is suspended.
  PathNode request{};
  Word answer = 0;
  Fiber* fiber = nullptr;

  // The event that was performed last, or left out.
  ThreadEvent& latest() { return trial ? trial->performed : recall ? recall->left_out : events.back(); }

  // Asks for the outcome of `node`'s decision; the second, outside of trials.
  Word decide(PathNode node);
  Word decide_for_good(PathNode node);
  // Ends the trial, and with it this run of the thread: it has to begin anew.
  [[noreturn]] void end_trial(bool repeats);
  // The same if its outcome is known, or there must be one first.
  void end_run_if_due();
  // Whether the path is over, and what goes on are the destructors.
  [[nodiscard]] static bool is_unwound() { return std::uncaught_exceptions() > 0; }
  // Whether the path has decided already that the expression is true, or that it is not; and that it does so.
  [[nodiscard]] std::optional<bool> known_truth(ExprId expr) const;
  void learn(ExprId expr, bool truth);
  // Ends the path here.
  [[noreturn]] void stop(PathNode node);
  // The same, since the program does what no program may do.
  [[noreturn]] void misbehave(SourcePos pos, std::string message);
  // Ends the path if the thread, on its way to a decision that was met before, does something else than it did then.
  void compare_with_recorded(const PathNode& decision);
};

}  // namespace lkmc
