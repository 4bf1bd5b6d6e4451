// SPDX-License-Identifier: Apache-2.0
#include "src/program/unfolding.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "src/program/fiber.h"
#include "src/program/thread_state.h"

namespace lkmc {
namespace {

// See Thread::current.
thread_local Thread* current_thread = nullptr;

}  // namespace

// Holds the tree, and at most one suspended fiber: the one that found the newest node.
class Unfolding::Runner {
 public:
  Runner(const Program& program, ThreadId thread, RmwStyle style, Blocking blocking, const Bound& bound)
      : program_(program),
        thread_(thread),
        style_(style),
        blocking_(blocking),
        bound_{std::min(bound.max_rounds, program.max_rounds()), bound.is_shown} {}
  ~Runner() { unwind(); }

  PathId root() {
    if (nodes_.empty()) start({}, -1, 0);
    return kRootPath;
  }

  PathId child(PathId path, Word outcome) {
    const auto [it, is_new] = children_.try_emplace({path, outcome}, -1);
    if (is_new) it->second = grow(path, outcome);
    return it->second;
  }

  const PathNode& node(PathId path) const { return nodes_[static_cast<std::size_t>(path)]; }
  const ExprPool& expressions() const { return expressions_; }
  std::size_t path_count() const { return nodes_.size(); }
  bool may_deadlock() const { return may_deadlock_; }
  const PathNode* misbehaviour() const { return misbehaviour_ < 0 ? nullptr : &node(misbehaviour_); }

 private:
  struct Edge {
    PathId path;
    Word outcome;
    friend bool operator==(const Edge&, const Edge&) = default;
  };
  struct EdgeHash {
    std::size_t operator()(const Edge& e) const {
      return std::hash<std::uint64_t>{}(static_cast<std::uint64_t>(e.outcome) * 0x10001 + static_cast<std::uint64_t>(e.path));
    }
  };

  PathId grow(PathId path, Word outcome) {
    if (suspended_at_ == path) {
      state_->answer = outcome;
      resume();
      if (!is_to_run_anew()) return record(path, outcome);
    }
    std::vector<Word> outcomes{outcome};
    for (PathId p = path; node(p).parent >= 0; p = node(p).parent) outcomes.push_back(node(p).outcome);
    std::reverse(outcomes.begin(), outcomes.end());
    return start(std::move(outcomes), path, outcome);
  }

  // The node at which the thread has made so many decisions, on the way to `path`.
  PathId ancestor(PathId path, std::size_t decisions) const {
    std::size_t made = 0;
    for (PathId p = path; node(p).parent >= 0; p = node(p).parent) ++made;
    for (; made > decisions; --made) path = node(path).parent;
    return path;
  }

  // The nodes from the root to `path`.
  std::vector<const PathNode*> way_to(PathId path) const {
    std::vector<const PathNode*> way;
    for (PathId p = path; p >= 0; p = node(p).parent) way.push_back(&node(p));
    std::reverse(way.begin(), way.end());
    return way;
  }

  PathId start(std::vector<Word> outcomes, PathId parent, Word outcome) {
    while (!run(outcomes, parent)) {
    }
    return record(parent, outcome);
  }

  // Runs the thread up to where the outcomes end. False if the run was for a trial, or has found that there must be one.
  bool run(const std::vector<Word>& outcomes, PathId parent) {
    unwind();
    Allocations allocations;
    const std::optional<Repetition> trial = std::exchange(wanted_trial_, std::nullopt);
    state_.emplace(Thread::State{.program = program_,
                                 .id = thread_,
                                 .style = style_,
                                 .blocking = blocking_,
                                 .bound = bound_,
                                 .expressions = expressions_,
                                 .replay = outcomes,
                                 .wanted_trial = trial,
                                 .allocations = &allocations,
                                 .recorded = way_to(parent)});
    fiber_.emplace([this](Fiber& fiber) {
      state_->fiber = &fiber;
      Thread thread(*state_);
      on_fiber_ = &thread;
      current_thread = &thread;
      program_.run(thread_, thread);
      if (state_->trial) state_->end_trial(false);
      state_->rounds.end_of_thread();
      thread.act_on_rounds();
      if (state_->replayed < state_->replay.size()) state_->compare_with_recorded({.continuation = Continuation::kEnd});
      if (state_->refusal) state_->stop({});
      state_->request = PathNode{.continuation = Continuation::kEnd, .observed = state_->observed};
    });
    if (!trial) {
      resume();
      return !is_to_run_anew();
    }
    allocations.begin_and_keep_freed();
    resume();
    allocations.end();
    program_.trials().note(trial->key(), state_->tried.value_or(false));
    unwind();
    return false;
  }

  // Whether the run has ended for a trial.
  bool is_to_run_anew() {
    wanted_trial_ = std::exchange(state_->trial_to_come, std::nullopt);
    return wanted_trial_.has_value();
  }

  // Lets the fiber run up to its next decision.
  void resume() {
    current_thread = on_fiber_;
    fiber_->resume();
    current_thread = nullptr;
  }

  // Ends the fiber. Its state goes later.
  void unwind() {
    current_thread = on_fiber_;
    fiber_.reset();
    current_thread = nullptr;
    on_fiber_ = nullptr;
  }

  // Whether the thread has begun more read-side critical sections than it has ended, of RCU or of some srcu_struct.
  [[nodiscard]] bool reads_for_ever() const {
    std::map<Location, int> open;
    for (const ThreadEvent& e : state_->events) open[e.event.location] += reader_step(e.event.tag);
    return std::ranges::any_of(open, [](const auto& readers) { return readers.second > 0; });
  }

  // Turns what the suspended fiber did since `parent` into a node.
  PathId record(PathId parent, Word outcome) {
    PathNode n = std::move(state_->request);
    const bool has_ended = n.continuation == Continuation::kEnd || n.continuation == Continuation::kFailed;
    may_deadlock_ = may_deadlock_ || state_->may_wait_for_ever || (has_ended && (!state_->held.empty() || reads_for_ever()));
    n.parent = parent;
    n.outcome = outcome;
    n.passes_round = state_->has_passed_round;
    n.first_event = parent < 0 ? 0 : node(parent).first_event + static_cast<EventIndex>(node(parent).events.size());
    n.computed = std::exchange(state_->computed, {});
    n.marks = std::exchange(state_->marks, {});
    if (const auto decisions = std::exchange(state_->comes_back_to, std::nullopt)) n.comes_back_to = ancestor(parent, *decisions);
    n.locks = std::exchange(state_->locks, {});
    n.objections = std::exchange(state_->objections, {});
    n.checks = std::exchange(state_->checks, {});
    // A thread that did less than before has not even come to where the node begins.
    const auto begin = std::min(static_cast<std::size_t>(n.first_event), state_->events.size());
    n.events.assign(state_->events.begin() + static_cast<std::ptrdiff_t>(begin), state_->events.end());
    nodes_.push_back(std::move(n));
    suspended_at_ = static_cast<PathId>(nodes_.size()) - 1;
    if (misbehaviour_ < 0 && nodes_.back().misbehaves) misbehaviour_ = suspended_at_;
    return suspended_at_;
  }

  const Program& program_;
  ThreadId thread_;
  RmwStyle style_;
  Blocking blocking_;
  Bound bound_;
  ExprPool expressions_;
  std::vector<PathNode> nodes_;
  std::unordered_map<Edge, PathId, EdgeHash> children_;
  std::optional<Repetition> wanted_trial_;  // that the next run of the thread is for

  std::optional<Thread::State> state_;
  Thread* on_fiber_ = nullptr;  // on the stack of fiber_
  std::optional<Fiber> fiber_;
  PathId suspended_at_ = -1;
  bool may_deadlock_ = false;
  PathId misbehaviour_ = -1;
};

Thread* Thread::current() { return current_thread; }

Unfolding::Unfolding(const Program& program, ThreadId thread, RmwStyle style, Blocking blocking, const Bound& bound)
    : runner_(std::make_unique<Runner>(program, thread, style, blocking, bound)) {}
Unfolding::~Unfolding() = default;
Unfolding::Unfolding(Unfolding&&) noexcept = default;

PathId Unfolding::root() { return runner_->root(); }
PathId Unfolding::child(PathId path, Word outcome) { return runner_->child(path, outcome); }
const PathNode& Unfolding::node(PathId path) const { return runner_->node(path); }
const ExprPool& Unfolding::expressions() const { return runner_->expressions(); }
std::size_t Unfolding::path_count() const { return runner_->path_count(); }
const PathNode* Unfolding::misbehaviour() const { return runner_->misbehaviour(); }
const ThreadEvent& event_of(const Unfolding& thread, PathId path, EventIndex index) {
  while (index < thread.node(path).first_event) path = thread.node(path).parent;
  return thread.node(path).events[static_cast<std::size_t>(index - thread.node(path).first_event)];
}

bool Unfolding::may_deadlock() const { return runner_->may_deadlock(); }

}  // namespace lkmc
