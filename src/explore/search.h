// SPDX-License-Identifier: Apache-2.0
// The depth-first search of one worker (see explorer.h for the idea).
//
// Start reading at `run` and `grow` in search.cc: `grow` lets threads run and decides what they wait for. Once all have
// ended, `solve` (solve.cc) decides the rest of rf and co. What counts as a deadlock is in deadlock.cc, what becomes of
// values out of thin air in thin_air.cc.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "src/explore/assignment.h"
#include "src/explore/checks.h"
#include "src/explore/execution.h"
#include "src/explore/explorer.h"
#include "src/explore/footprint.h"
#include "src/explore/limits.h"
#include "src/explore/shard.h"
#include "src/explore/skeleton.h"
#include "src/explore/tree.h"
#include "src/explore/waits_for.h"

namespace lkmc {

// Which executions a search is for.
enum class Goal : std::uint8_t {
  kExecutions,  // all threads end
  kDeadlocks,   // some wait for ever
  kRaces,       // all end, and some have gone a round of a loop that leaves no trace: only the races in it matter
};

// The accesses that may race although no execution of Goal::kExecutions has them: those of rounds that leave no trace.
struct UnseenRaces {
  struct Access {
    ThreadId thread;
    Location location;
    bool plain;
    friend auto operator<=>(const Access&, const Access&) = default;
  };
  std::set<Access> reads;   // in such rounds
  std::set<Access> writes;  // anywhere

  void merge(const UnseenRaces& other);
  [[nodiscard]] bool may_exist() const;
};

struct SearchTask {
  const Program& program;
  const Model& model;
  const ModelFacts& facts;
  Goal goal = Goal::kExecutions;
  bool footprint = true;  // see ExploreOptions
  Bound bound{};
  bool stops_at_bound = false;  // since an execution that goes on beyond max_rounds is explored again
  Cut cut{};
};

class Search {
 public:
  // `queue` may be null: then nothing is given away.
  Search(const SearchTask& task, Visitor& visitor, Limits& limits, WorkQueue* queue);

  // Explores what lies below `branch`.
  void run(const Branch& branch);

  [[nodiscard]] Statistics statistics() const;
  // Whether what the search has seen of the threads allows deadlocks at all.
  [[nodiscard]] bool may_deadlock() const;
  [[nodiscard]] std::uint64_t left_to_others() const { return tree_.left_to_others(); }
  [[nodiscard]] UnseenRaces unseen_races() const;
  // Whether it has ended early (SearchTask::stops_at_bound) since it was not small.
  [[nodiscard]] bool is_too_large() const;

 private:
  // A place in a thread's path, independent of the skeleton. Initial writes: thread kInitThread, index the location.
  struct Place {
    ThreadId thread;
    EventIndex index;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  struct Decided {
    Place read;
    Place source;
  };
  // By read: how many events each thread had when the read chose to wait for a write that was not there yet.
  using Postponed = std::map<Place, std::vector<EventIndex>>;
  // What a branch of the search has decided while threads were still running.
  struct Decisions {
    Paths paths;
    std::vector<Decided> sources;
    Postponed postponed;
  };

  struct Observed {
    std::size_t slot;
    ThreadId thread;
    ExprId expr;
  };
  // A combination of paths, prepared.
  struct Prepared {
    Skeleton skeleton;
    std::unique_ptr<Checker> checker;
    std::vector<Observed> observed;
    std::vector<Word> registers;   // as far as they are the same in all executions
    std::deque<Assignment> stack;  // of solve(), by depth
  };
  struct PathsHash {
    std::size_t operator()(const Paths& paths) const;
  };

  [[nodiscard]] Prepared& prepare(const Paths& paths);
  // Made when it is first needed: many combinations are dead ends before that.
  [[nodiscard]] Checker& checker_of(Prepared& prepared);
  [[nodiscard]] const PathNode& node(const Paths& paths, std::size_t thread) const { return threads_[thread].node(paths[thread]); }

  [[nodiscard]] bool misbehaves() const;
  // Explores all that follows; leaves everything in `decisions` but `paths` as it was.
  void grow(Decisions& decisions);
  [[nodiscard]] bool replay(const Decisions& decisions, Assignment& assignment) const;
  [[nodiscard]] bool waits_for_nothing(const Decisions& decisions, const Assignment& assignment) const;
  [[nodiscard]] bool some_are_at_bound(const Paths& paths) const;
  [[nodiscard]] bool some_read_waits_for_bound(const Paths& paths, const Assignment& assignment) const;
  void note_bound();
  void note_bound_in_the_way(const Decisions& decisions, Prepared& prepared, const Assignment& assignment);
  [[nodiscard]] bool advance(Paths& paths, const Assignment& assignment);
  [[nodiscard]] bool is_left_out(const Paths& paths) const;
  [[nodiscard]] bool is_left_out(std::size_t thread, PathId path, Word outcome, int ahead);
  [[nodiscard]] std::optional<Word> only_outcome(std::size_t thread, PathId path);
  [[nodiscard]] bool is_consistent(Prepared& prepared, const Assignment& assignment);
  void decide(Decisions& decisions, Prepared& prepared, const Assignment& assignment);
  struct OpenRead {
    int read;
    std::vector<int> sources;
    bool may_wait;
    [[nodiscard]] std::size_t possibilities() const { return sources.size() + (may_wait ? 1 : 0); }
  };
  [[nodiscard]] std::optional<OpenRead> most_constrained_read(const Decisions& decisions, const Assignment& assignment);
  [[nodiscard]] std::vector<int> needed_reads(const Decisions& decisions, const Assignment& assignment) const;
  // Takes the possibility to wait away from reads whose waiting would be in vain; false if one that can only wait does so.
  [[nodiscard]] bool drop_vain_waits(const Decisions& decisions, const Assignment& assignment, std::vector<OpenRead>& open);
  void find_open_reads(const Assignment& assignment, ThreadId thread, ExprId expr, std::vector<bool>& seen, std::vector<int>& reads) const;
  [[nodiscard]] std::vector<int> open_sources(const Decisions& decisions, const Assignment& assignment, int read) const;
  [[nodiscard]] bool was_there(const Skeleton& skeleton, const std::vector<EventIndex>& counts, int write) const;
  [[nodiscard]] bool may_still_be_written(const Decisions& decisions, const Assignment& assignment, int read) const;
  [[nodiscard]] bool goes_on_before(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const;
  [[nodiscard]] bool may_write_behind_bound(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const;
  [[nodiscard]] bool may_be_written_behind_bound(const Decisions& decisions, const Assignment& assignment, int read) const;
  [[nodiscard]] bool may_still_write(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const;
  [[nodiscard]] const Footprint& footprint() const;
  [[nodiscard]] std::vector<Word> guesses(std::size_t thread, PathId path) const;
  [[nodiscard]] Footprint::Place footprint_at(ThreadId thread, PathId path) const;
  [[nodiscard]] bool has_seen_what_follows(const Assignment& assignment, ThreadId thread, int read) const;
  void take(Decisions& decisions, std::size_t thread, Word outcome);
  [[nodiscard]] Place place_of(const Skeleton& skeleton, int event) const;
  [[nodiscard]] int event_at(const Skeleton& skeleton, const Place& place) const;

  void finish(const Decisions& decisions, Prepared& prepared, const Assignment& assignment);
  void solve(Prepared& prepared, std::size_t depth);
  void emit(Prepared& prepared, Assignment& assignment);
  [[nodiscard]] bool fails_anew() const;
  void report_failure(const Assignment& assignment, const FailedChecks& checks);
  [[nodiscard]] bool has_open_checks(const Skeleton& skeleton) const;
  void report(const FailedChecks& checks, const Assignment& assignment);
  void report_deadlock(const Assignment& assignment, const FailedChecks& checks);
  [[nodiscard]] bool waits_for_held_locks(const Decisions& decisions, const Skeleton& skeleton) const;

  const Program& program_;
  const Model& model_;
  const ModelFacts& facts_;
  Goal goal_;
  Blocking blocking_;
  Bound bound_;
  bool stops_at_bound_;
  bool uses_footprint_;
  Visitor& visitor_;
  Limits& limits_;
  Tree tree_;
  Rules rules_;
  std::vector<Unfolding> threads_;
  // What the threads may still write; made when it is first needed. By then they have run, so that one which crashes or hangs
  // is told of there.
  mutable std::optional<Footprint> footprint_;
  mutable std::vector<std::vector<std::optional<Footprint::Place>>> footprint_at_;  // by thread and path
  std::optional<WaitsFor> waits_for_;                                               // likewise
  std::unordered_map<Paths, std::unique_ptr<Prepared>, PathsHash> prepared_;
  std::uint64_t events_looked_at_ = 0;  // by the steps of the search, a measure of its work
  std::size_t prepared_events_ = 0;     // events in prepared_, a measure of its memory

  // Of the combination of paths that solve() works on.
  // The gravest of what the threads end with. Who waits may be woken by one that is at its bound: that is no deadlock.
  enum class Ending : std::uint8_t { kComplete, kBlocked, kBound, kFailed };
  Ending ending_ = Ending::kComplete;
  const Paths* paths_ = nullptr;
  bool some_are_idle_ = false;
  std::vector<std::pair<int, std::vector<int>>> excluded_;  // by postponed read: sources that it must not have
  bool found_ = false;                                      // an execution with this ending; one is enough unless it is complete or blocked
  std::set<std::pair<std::size_t, PathId>> failures_;       // reported below the present branch, by thread and path
  using CheckId = std::tuple<ThreadId, PathId, std::size_t>;
  [[nodiscard]] static CheckId id_of(const PathCheck& c) { return {c.thread, c.node, c.index}; }
  std::set<CheckId> failed_checks_;  // likewise

  std::size_t register_count_ = 0;  // of all that some path has observed
  std::vector<Word> registers_;
  std::vector<Word> memory_;
  Statistics statistics_;
};

}  // namespace lkmc
