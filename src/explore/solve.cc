// SPDX-License-Identifier: Apache-2.0
// The second half of the search: all threads have ended, so all events are there; what is left is rf and co.
//
// Reads with a single possible source get it at once, without a branch; then the read with the fewest sources chooses, and
// when all have chosen, writes that are not ordered yet are, pair by pair. After each choice the model is asked. Reads
// whose path wants a certain value choose before the others, for that settles most; but last if the values of their sources are
// not known yet, for then most of these will turn out to be wrong: who has drawn which ticket says whose unlock a waiting thread
// sees. (The read of a read-modify-write orders writes, too, and need not wait.)
#include <algorithm>
#include <cstdint>
#include <utility>

#include "src/explore/complete.h"
#include "src/explore/search.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// When a read chooses, earliest first.
enum class Turn : std::uint8_t { kFirst, kUsual, kLast };

Turn turn_of(const Assignment& assignment, int read, const std::vector<int>& candidates) {
  const Skeleton& skeleton = assignment.skeleton();
  if (skeleton.constraints_on[at(read)].empty()) return Turn::kUsual;
  if (skeleton.rmw_write[at(read)] >= 0) return Turn::kFirst;
  const bool known = std::all_of(candidates.begin(), candidates.end(), [&](int w) { return assignment.value(w).has_value(); });
  return known ? Turn::kFirst : Turn::kLast;
}

}  // namespace

void Search::finish(const Decisions& decisions, Prepared& prepared, const Assignment& assignment) {
  const Paths paths = decisions.paths;
  if (stops_at_bound_ && some_read_waits_for_bound(paths, assignment)) return note_bound();
  ending_ = Ending::kComplete;
  found_ = false;
  paths_ = &paths;
  bool some_wait = false;
  bool some_pass_a_round = false;
  some_are_idle_ = false;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    some_pass_a_round = some_pass_a_round || node(paths, t).passes_round;
    switch (node(paths, t).continuation) {
      case Continuation::kFailed:
        ending_ = Ending::kFailed;
        break;
      case Continuation::kBound:
        ending_ = std::max(ending_, Ending::kBound);
        break;
      case Continuation::kBlockedOnLock:
      case Continuation::kBlockedOnValue:
        some_wait = true;
        ending_ = std::max(ending_, Ending::kBlocked);
        break;
      case Continuation::kIdle:
        some_are_idle_ = true;
        break;
      default:
        break;
    }
  }
  const bool checks_more = has_open_checks(prepared.skeleton);
  if (ending_ == Ending::kFailed && !fails_anew() && !checks_more) return;
  if (ending_ == Ending::kBound && statistics_.bound_hit && !checks_more) return;
  if (goal_ == Goal::kRaces && (ending_ == Ending::kFailed || ending_ == Ending::kBound || !some_pass_a_round)) return;
  if (goal_ == Goal::kDeadlocks && !some_wait) return;
  if (some_wait && !waits_for_held_locks(decisions, prepared.skeleton)) return;

  excluded_.clear();
  for (const auto& [place, counts] : decisions.postponed) {
    auto& [read, sources] = excluded_.emplace_back(event_at(prepared.skeleton, place), std::vector<int>{});
    for (const int w : prepared.skeleton.sources[at(read)]) {
      if (was_there(prepared.skeleton, counts, w)) sources.push_back(w);
    }
  }
  if (prepared.stack.empty()) prepared.stack.emplace_back(prepared.skeleton, rules_);
  prepared.stack[0].copy_from(assignment);
  solve(prepared, 0);
}

// Explores all ways to complete the assignment stack[depth].
void Search::solve(Prepared& prepared, std::size_t depth) {
  Assignment& assignment = prepared.stack[depth];
  const Skeleton& skeleton = prepared.skeleton;
  std::vector<int> sources;  // of the read to branch on
  std::vector<int> candidates;
  int read = kUndecided;
  Turn turn{};  // its turn
  for (bool forced = true; forced;) {
    forced = false;
    read = kUndecided;
    for (const int r : skeleton.reads) {
      if (assignment.source(r) != kUndecided) continue;
      candidates.clear();
      for (const int w : skeleton.sources[at(r)]) {
        if (assignment.possible(r, w)) candidates.push_back(w);
      }
      for (const auto& [postponed, unwanted] : excluded_) {
        if (postponed != r) continue;
        std::erase_if(candidates, [&](int w) { return std::find(unwanted.begin(), unwanted.end(), w) != unwanted.end(); });
      }
      if (candidates.size() <= 1) {
        if (candidates.empty() || !assignment.assign(r, candidates.front())) {
          ++statistics_.dead_ends;
          return;
        }
        forced = true;
        continue;
      }
      const Turn its_turn = turn_of(assignment, r, candidates);
      if (read == kUndecided || std::pair(its_turn, candidates.size()) < std::pair(turn, sources.size())) {
        read = r;
        turn = its_turn;
        sources.swap(candidates);
      }
    }
  }

  const auto pair = read == kUndecided ? assignment.unordered_pair() : std::nullopt;
  const bool complete = read == kUndecided && !pair;
  ++statistics_.checks;
  if (!checker_of(prepared).consistent(complete ? Stage::kComplete : Stage::kDeciding, assignment.rf(), assignment.co())) {
    ++statistics_.dead_ends;
    return;
  }
  if (complete) return emit(prepared, assignment);

  if (prepared.stack.size() <= depth + 1) prepared.stack.emplace_back(skeleton, rules_);
  Assignment& next = prepared.stack[depth + 1];
  const auto explore = [&](const auto& choose) {
    if (found_) return;
    next.copy_from(assignment);
    if (choose()) {
      solve(prepared, depth + 1);
    } else {
      ++statistics_.dead_ends;
    }
  };
  if (pair) {
    const auto [a, b] = *pair;
    tree_.branch(2, [&, a = a, b = b](std::size_t i) { explore([&] { return i == 0 ? next.order(a, b) : next.order(b, a); }); });
  } else {
    tree_.branch(sources.size(), [&](std::size_t i) { explore([&] { return next.assign(read, sources[i]); }); });
  }
}

void Search::emit(Prepared& prepared, Assignment& assignment) {
  if (!tree_.is_ours()) return;
  const bool may_idle = some_are_idle_ && (ending_ == Ending::kComplete || ending_ == Ending::kBlocked);
  if (!name_values_from_thin_air(program_, threads_, *paths_, assignment) ||
      (may_idle && !idle_threads_have_no_work(threads_, *paths_, assignment))) {
    ++statistics_.dead_ends;
    return;
  }
  const FailedChecks checks(threads_, assignment);
  switch (ending_) {
    case Ending::kBound:
      report(checks, assignment);
      if (checks.stops()) return;
      note_bound();
      found_ = !has_open_checks(prepared.skeleton);
      return;
    case Ending::kFailed:
      if (!blocked_threads(threads_, *paths_, assignment)) return;
      report_failure(assignment, checks);
      report(checks, assignment);
      found_ = !fails_anew() && !has_open_checks(prepared.skeleton);
      return;
    case Ending::kBlocked:
      return report_deadlock(assignment, checks);
    case Ending::kComplete:
      break;
  }
  const bool is_repeat = goal_ == Goal::kRaces;
  if (!is_repeat) report(checks, assignment);
  if (checks.stops()) return;
  registers_ = prepared.registers;
  registers_.resize(register_count_);
  for (const Observed& o : prepared.observed) registers_[o.slot] = *assignment.evaluate(o.thread, o.expr);
  read_memory(program_, assignment, memory_);
  const Execution execution{
      .assignment = assignment, .registers = registers_, .memory = memory_, .checker = *prepared.checker, .is_repeat = is_repeat};
  if (visitor_.on_execution(execution)) {
    if (!is_repeat) ++statistics_.executions;
    const std::uint64_t flags = prepared.checker->flags(assignment.rf(), assignment.co(), assignment.all_values(), statistics_.flags);
    if (flags != 0) visitor_.on_flags(execution, flags);
    statistics_.flags |= flags;
    if (!is_repeat) limits_.count_execution();
  }
}

// Whether a thread ends in a failure that is not reported yet.
bool Search::fails_anew() const {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (node(*paths_, t).continuation == Continuation::kFailed && !failures_.contains({t, (*paths_)[t]})) return true;
  }
  return false;
}

void Search::report_failure(const Assignment& assignment, const FailedChecks& checks) {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(*paths_, t);
    if (n.continuation != Continuation::kFailed || failures_.contains({t, (*paths_)[t]})) continue;
    const EventIndex events = n.first_event + static_cast<EventIndex>(n.events.size());
    if (!checks.counts_end(static_cast<ThreadId>(t), events)) continue;
    const bool is_told = visitor_.on_failure(
        {.assignment = assignment,
         .thread = static_cast<ThreadId>(t),
         .before = events,
         .pos = n.pos,
         .message = n.message,
         .blamed = n.blamed == kNoEvent ? -1 : assignment.source(assignment.skeleton().event_of(static_cast<ThreadId>(t), n.blamed)),
         .happened = checks.happened(),
         .choices = tree_.way()});
    if (is_told) failures_.emplace(t, (*paths_)[t]);
  }
}

// --- checks ---------------------------------------------------------------------------------------------------------------

// Checks are judged in every execution, whatever becomes of its threads afterwards: also in those that end in a deadlock, at a
// loop bound, or in a failure, of which otherwise one is enough.
bool Search::has_open_checks(const Skeleton& skeleton) const {
  return std::any_of(skeleton.checks.begin(), skeleton.checks.end(),
                     [&](const PathCheck& c) { return !failed_checks_.contains(id_of(c)); });
}

void Search::report(const FailedChecks& checks, const Assignment& assignment) {
  for (const PathCheck& c : checks.failed()) {
    if (failed_checks_.contains(id_of(c))) continue;
    const Claim& check = threads_[at(c.thread)].node(c.node).checks[c.index];
    const bool is_told = visitor_.on_failure({.assignment = assignment,
                                              .thread = c.thread,
                                              .before = check.before,
                                              .pos = check.pos,
                                              .message = check.message,
                                              .happened = checks.happened(),
                                              .choices = tree_.way()});
    if (is_told) failed_checks_.insert(id_of(c));
  }
}

}  // namespace lkmc
