#include "src/explore/search.h"

#include <algorithm>
#include <limits>

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// Prepared combinations of paths are dropped when they hold more events than this (some hundreds of megabytes).
constexpr std::size_t kMaxPreparedEvents = 200'000;
// How far below its own start a worker gives branches away; deeper ones are not worth the trouble.
constexpr std::size_t kMaxGivenDepth = 12;

bool is_over(Continuation c) {
  switch (c) {
    case Continuation::kBranch:
    case Continuation::kAddress:
    case Continuation::kChoice:
    case Continuation::kRequire:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::size_t Search::PathsHash::operator()(const Paths& paths) const {
  std::size_t hash = 0;
  for (const PathId p : paths) hash = (hash ^ static_cast<std::size_t>(p)) * 0x9E3779B97F4A7C15U;
  return hash;
}

Search::Search(const Program& program, const Model& model, const ModelFacts& facts, Goal goal, Visitor& visitor,
               Limits& limits, WorkQueue* queue)
    : program_(program),
      model_(model),
      facts_(facts),
      goal_(goal),
      visitor_(visitor),
      limits_(limits),
      queue_(queue),
      rules_{.coherence = facts.implies_coherence(),
             .atomicity = facts.implies_coherence() && facts.implies_atomicity()} {
  const Blocking blocking = goal == Goal::kDeadlocks ? Blocking::kExplored : Blocking::kIgnored;
  for (ThreadId t = 0; t < program.thread_count(); ++t) threads_.emplace_back(program, t, model.rmw_style, blocking);
  memory_.resize(program.locations().size());
}

Statistics Search::statistics() const {
  Statistics s = statistics_;
  s.paths = 0;
  for (const Unfolding& t : threads_) s.paths += t.path_count();
  return s;
}

bool Search::may_deadlock() const {
  return std::any_of(threads_.begin(), threads_.end(), [](const Unfolding& t) { return t.may_deadlock(); });
}

void Search::run(const Branch& branch) {
  given_ = branch;
  at_.clear();
  widths_.clear();
  Decisions start;
  for (Unfolding& t : threads_) start.paths.push_back(t.root());
  grow(start);
}

// --- the tree -------------------------------------------------------------------------------------------------

template <class F>
void Search::branch(std::size_t alternatives, const F& f) {
  if (alternatives == 1) return f(0);
  statistics_.choices += alternatives;
  const std::size_t depth = at_.size();
  at_.push_back(0);
  widths_.push_back(static_cast<std::uint16_t>(alternatives));
  if (depth < given_.size()) {
    at_.back() = given_[depth];
    f(given_[depth]);
  } else {
    for (std::size_t i = 0; i < alternatives && !stopped(); ++i) {
      at_.back() = static_cast<std::uint16_t>(i);
      const bool give = queue_ != nullptr && i + 1 < alternatives && depth < given_.size() + kMaxGivenDepth && queue_->hungry();
      if (give) {
        for (std::size_t rest = i + 1; rest < alternatives; ++rest) {
          Branch given = at_;
          given.back() = static_cast<std::uint16_t>(rest);
          queue_->give(std::move(given));
        }
        alternatives = i + 1;
      }
      f(i);
    }
  }
  at_.pop_back();
  widths_.pop_back();
}

bool Search::stopped() {
  if (!stop_ && (++ticks_ & 0xFF) == 0) {
    stop_ = limits_.expired();
    if (given_.empty()) limits_.progress(fraction_done());
  }
  return stop_;
}

// The part of the tree to the left of where the search is, if all branches at a branch point weighed the same. With
// several workers each one sees only its own part.
std::optional<double> Search::fraction_done() const {
  if (queue_ != nullptr) return std::nullopt;
  double done = 0;
  double weight = 1;
  for (std::size_t i = 0; i < at_.size(); ++i) {
    weight /= widths_[i];
    done += weight * at_[i];
  }
  return done;
}

// --- combinations of paths --------------------------------------------------------------------------------------

Search::Prepared& Search::prepare(const Paths& paths) {
  std::unique_ptr<Prepared>& entry = prepared_[paths];
  if (entry == nullptr) {
    ++statistics_.skeletons;
    entry = std::make_unique<Prepared>(
        Prepared{.skeleton = build_skeleton({program_, threads_, paths, rules_.coherence}), .checker = {}, .observed = {}, .stack = {}});
    prepared_events_ += at(entry->skeleton.graph.size()) + 16;
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      const PathNode& end = node(paths, t);
      for (std::size_t slot = 0; slot < end.observed.size(); ++slot) {
        if (end.observed[slot] == kUnobserved) continue;
        entry->observed.push_back({slot, static_cast<ThreadId>(t), end.observed[slot]});
        registers_.resize(std::max(registers_.size(), slot + 1));
      }
    }
  }
  if (entry->checker == nullptr && !entry->skeleton.contradictory) {
    entry->checker = Checker::make(model_, facts_, entry->skeleton.graph, bounds_of(entry->skeleton),
                                   {.coherence = rules_.coherence, .atomicity = rules_.atomicity});
  }
  return *entry;
}

Search::Place Search::place_of(const Skeleton& skeleton, int event) const {
  const Event& e = skeleton.graph.event(event);
  if (e.is_initial()) return {kInitThread, e.location};
  return {e.thread, event - skeleton.thread_begin[at(e.thread)]};
}

int Search::event_at(const Skeleton& skeleton, const Place& place) const {
  return place.thread == kInitThread ? skeleton.initial[at(place.index)] : skeleton.event_of(place.thread, place.index);
}

// --- while threads run --------------------------------------------------------------------------------------------

void Search::grow(Decisions& decisions) {
  if (stop_) return;
  if (prepared_events_ > kMaxPreparedEvents) {
    prepared_.clear();
    prepared_events_ = 0;
  }
  for (;;) {
    Prepared& prepared = prepare(decisions.paths);
    Assignment assignment(prepared.skeleton, rules_);
    if (!replay(decisions, assignment)) {
      ++statistics_.dead_ends;
      return;
    }
    if (advance(decisions.paths, assignment)) continue;
    if (prepared.skeleton.complete) return finish(decisions, prepared, assignment);
    ++statistics_.checks;
    if (!prepared.checker->consistent(Stage::kGrowing, assignment.rf(), assignment.co())) {
      ++statistics_.dead_ends;
      return;
    }
    return decide(decisions, prepared, assignment);
  }
}

// Makes again, on another skeleton, the choices of sources.
bool Search::replay(const Decisions& decisions, Assignment& assignment) const {
  if (!assignment.reset()) return false;
  const Skeleton& skeleton = assignment.skeleton();
  return std::all_of(decisions.sources.begin(), decisions.sources.end(), [&](const Decided& d) {
    return assignment.assign(event_at(skeleton, d.read), event_at(skeleton, d.source));
  });
}

// Lets each thread go on whose next decision is known; false if none is.
bool Search::advance(Paths& paths, const Assignment& assignment) {
  bool advanced = false;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(paths, t);
    std::optional<Word> outcome;
    if (n.continuation == Continuation::kRequire) {
      outcome = 1;  // that it comes true is a constraint of the path
    } else if (n.continuation == Continuation::kBranch || n.continuation == Continuation::kAddress) {
      outcome = assignment.evaluate(static_cast<ThreadId>(t), n.expr);
      if (outcome && n.continuation == Continuation::kBranch) outcome = *outcome != 0 ? 1 : 0;
    }
    if (!outcome) continue;
    paths[t] = threads_[t].child(paths[t], *outcome);
    advanced = true;
  }
  return advanced;
}

// Goes on with the outcome of a thread's decision.
void Search::take(Decisions& decisions, std::size_t thread, Word outcome) {
  const Paths paths = decisions.paths;
  decisions.paths[thread] = threads_[thread].child(paths[thread], outcome);
  grow(decisions);
  decisions.paths = paths;
}

void Search::decide(Decisions& decisions, Prepared& prepared, const Assignment& assignment) {
  const Paths paths = decisions.paths;
  // A free choice costs nothing to make, and what follows it may tell others what they wait for.
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(paths, t);
    if (n.continuation != Continuation::kChoice) continue;
    branch(at(n.choices), [&](std::size_t i) {
      take(decisions, t, static_cast<Word>(i));
    });
    return;
  }

  if (const auto open = most_constrained_read(decisions, assignment)) {
    const Skeleton& skeleton = prepared.skeleton;
    const Place read = place_of(skeleton, open->read);
    std::vector<Place> sources;
    for (const int w : open->sources) sources.push_back(place_of(skeleton, w));
    std::vector<EventIndex> counts;
    for (std::size_t t = 0; t < threads_.size(); ++t) counts.push_back(skeleton.thread_begin[t + 1] - skeleton.thread_begin[t]);
    // From here on `prepared` and `assignment` may be gone: grow() may drop prepared combinations.
    const auto postponed = decisions.postponed.extract(read);
    branch(sources.size() + (open->may_wait ? 1 : 0), [&](std::size_t i) {
      if (i < sources.size()) {
        decisions.sources.push_back({read, sources[i]});
        grow(decisions);
        decisions.sources.pop_back();
      } else {
        decisions.postponed.emplace(read, counts);
        grow(decisions);
        decisions.postponed.erase(read);
      }
      decisions.paths = paths;
    });
    if (!postponed.empty()) decisions.postponed.emplace(read, postponed.mapped());
    return;
  }

  // All that is left waits for values that come from later writes: guess, and go on.
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(paths, t);
    if (is_over(n.continuation)) continue;
    const bool address = n.continuation == Continuation::kAddress;
    branch(address ? program_.locations().size() : 2, [&](std::size_t i) {
      take(decisions, t, address ? Program::address_of(static_cast<Location>(i)) : static_cast<Word>(i));
    });
    return;
  }
}

// Of the reads without a source that some thread waits for, or that wait for a write themselves, the one with the fewest
// possibilities.
std::optional<Search::OpenRead> Search::most_constrained_read(const Decisions& decisions,
                                                              const Assignment& assignment) const {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<bool> seen(at(skeleton.graph.size()), false);
  std::vector<int> reads;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(decisions.paths, t);
    if (!is_over(n.continuation)) find_open_reads(assignment, static_cast<ThreadId>(t), n.expr, seen, reads);
  }
  for (const auto& [place, counts] : decisions.postponed) {
    const int read = event_at(skeleton, place);
    if (!seen[at(read)]) reads.push_back(read);
  }
  std::optional<OpenRead> best;
  for (const int read : reads) {
    OpenRead open{.read = read,
                  .sources = open_sources(decisions, assignment, read),
                  .may_wait = may_still_be_written(decisions, skeleton, read)};
    const bool postponed = decisions.postponed.contains(place_of(skeleton, read));
    if (open.sources.empty() && open.may_wait && postponed) continue;  // nothing new to choose from
    const std::size_t count = open.sources.size() + (open.may_wait ? 1 : 0);
    if (count == 0) return OpenRead{read, {}, false};  // a dead end: no alternative
    if (!best || count < best->sources.size() + (best->may_wait ? 1 : 0)) best = std::move(open);
  }
  return best;
}

// Collects the reads without a source on which the value of the expression depends, through rf if need be.
void Search::find_open_reads(const Assignment& assignment, ThreadId thread, ExprId expr, std::vector<bool>& seen,
                             std::vector<int>& reads) const {
  const Skeleton& skeleton = assignment.skeleton();
  for (const EventIndex index : threads_[at(thread)].expressions().reads_of(expr)) {
    const int read = skeleton.event_of(thread, index);
    if (seen[at(read)] || assignment.value(read)) continue;
    seen[at(read)] = true;
    const int source = assignment.source(read);
    if (source == kUndecided) {
      reads.push_back(read);
    } else if (!skeleton.graph.event(source).is_initial()) {
      find_open_reads(assignment, skeleton.graph.event(source).thread, skeleton.value[at(source)], seen, reads);
    }
  }
}

bool Search::was_there(const Skeleton& skeleton, const std::vector<EventIndex>& counts, int write) const {
  const Place place = place_of(skeleton, write);
  return place.thread == kInitThread || place.index < counts[at(place.thread)];
}

std::vector<int> Search::open_sources(const Decisions& decisions, const Assignment& assignment, int read) const {
  const Skeleton& skeleton = assignment.skeleton();
  const auto postponed = decisions.postponed.find(place_of(skeleton, read));
  std::vector<int> sources;
  for (const int w : skeleton.sources[at(read)]) {
    if (postponed != decisions.postponed.end() && was_there(skeleton, postponed->second, w)) continue;
    if (assignment.possible(read, w)) sources.push_back(w);
  }
  return sources;
}

bool Search::may_still_be_written(const Decisions& decisions, const Skeleton& skeleton, int read) const {
  const Event& e = skeleton.graph.event(read);
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (is_over(node(decisions.paths, t).continuation)) continue;
    if (rules_.coherence && static_cast<ThreadId>(t) == e.thread) continue;  // a read never sees a later write of its thread
    if (program_.may_write(static_cast<ThreadId>(t), e.location)) return true;
  }
  return false;
}

// --- when all threads have ended ------------------------------------------------------------------------------------

void Search::finish(const Decisions& decisions, Prepared& prepared, const Assignment& assignment) {
  const Paths paths = decisions.paths;
  ending_ = Ending::kComplete;
  found_ = false;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    switch (node(paths, t).continuation) {
      case Continuation::kFailed:
        if (failures_.contains({t, paths[t]})) return;
        ending_ = Ending::kFailed;
        break;
      case Continuation::kBound:
        ending_ = std::max(ending_, Ending::kBound);
        break;
      case Continuation::kBlockedOnLock:
      case Continuation::kBlockedOnValue:
        if (ending_ == Ending::kComplete) ending_ = Ending::kBlocked;
        break;
      default:
        break;
    }
  }
  if (goal_ == Goal::kExecutions ? ending_ == Ending::kBound && statistics_.bound_hit : ending_ != Ending::kBlocked) return;
  if (ending_ == Ending::kBlocked && !waits_for_held_locks(decisions, prepared.skeleton)) return;

  excluded_.clear();
  for (const auto& [place, counts] : decisions.postponed) {
    auto& [read, sources] = excluded_.emplace_back(event_at(prepared.skeleton, place), std::vector<int>{});
    for (const int w : prepared.skeleton.sources[at(read)]) {
      if (was_there(prepared.skeleton, counts, w)) sources.push_back(w);
    }
  }
  paths_ = &paths;
  if (prepared.stack.empty()) prepared.stack.emplace_back(prepared.skeleton, rules_);
  prepared.stack[0].copy_from(assignment);
  solve(prepared, 0);
}

// Explores all ways to complete the assignment stack[depth].
void Search::solve(Prepared& prepared, std::size_t depth) {
  Assignment& assignment = prepared.stack[depth];
  const Skeleton& skeleton = prepared.skeleton;
  std::vector<int> sources;       // of the read to branch on
  std::vector<int> candidates;
  int read = kUndecided;
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
      } else if (read == kUndecided || candidates.size() < sources.size()) {
        read = r;
        sources.swap(candidates);
      }
    }
  }

  const auto pair = read == kUndecided ? assignment.unordered_pair() : std::nullopt;
  const bool complete = read == kUndecided && !pair;
  ++statistics_.checks;
  if (!prepared.checker->consistent(complete ? Stage::kComplete : Stage::kDeciding, assignment.rf(), assignment.co())) {
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
    branch(2, [&, a = a, b = b](std::size_t i) { explore([&] { return i == 0 ? next.order(a, b) : next.order(b, a); }); });
  } else {
    branch(sources.size(), [&](std::size_t i) { explore([&] { return next.assign(read, sources[i]); }); });
  }
}

void Search::emit(Prepared& prepared, Assignment& assignment) {
  if (!name_values_from_thin_air(assignment)) {
    ++statistics_.dead_ends;
    return;
  }
  switch (ending_) {
    case Ending::kBound:
      found_ = true;
      statistics_.bound_hit = true;
      return;
    case Ending::kFailed:
      return report_failure(assignment);
    case Ending::kBlocked:
      return report_deadlock(assignment);
    case Ending::kComplete:
      break;
  }
  std::fill(registers_.begin(), registers_.end(), 0);
  for (const Observed& o : prepared.observed) registers_[o.slot] = *assignment.evaluate(o.thread, o.expr);
  const auto locations = program_.locations();
  for (std::size_t l = 0; l < memory_.size(); ++l) {
    const bool accessed = prepared.skeleton.initial[l] >= 0;
    memory_[l] = accessed ? *assignment.value(assignment.last_write(static_cast<Location>(l))) : locations[l].initial;
  }
  if (visitor_.on_execution({.assignment = assignment, .registers = registers_, .memory = memory_})) {
    ++statistics_.executions;
    statistics_.flags |= prepared.checker->flags(assignment.rf(), assignment.co(), assignment.all_values(), statistics_.flags);
    if (!limits_.count_execution()) stop_ = true;
  }
}

void Search::report_failure(const Assignment& assignment) {
  found_ = true;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(*paths_, t);
    if (n.continuation != Continuation::kFailed || !failures_.emplace(t, (*paths_)[t]).second) continue;
    visitor_.on_failure({.assignment = assignment, .thread = static_cast<ThreadId>(t), .pos = n.pos, .message = n.message});
  }
}

// --- deadlocks --------------------------------------------------------------------------------------------------------

// A thread can wait for a lock for ever only if somebody took it and never gives it back.
bool Search::waits_for_held_locks(const Decisions& decisions, const Skeleton& skeleton) const {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(decisions.paths, t);
    if (n.continuation == Continuation::kBlockedOnLock && skeleton.holder_of(n.location) == kUndecided) return false;
  }
  return true;
}

void Search::report_deadlock(const Assignment& assignment) {
  const Skeleton& skeleton = assignment.skeleton();
  std::vector<BlockedThread> blocked;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(*paths_, t);
    if (n.continuation == Continuation::kBlockedOnLock) {
      const Event& holder = skeleton.graph.event(skeleton.holder_of(n.location));
      blocked.push_back({.thread = static_cast<ThreadId>(t),
                         .pos = n.pos,
                         .lock = n.location,
                         .holder = holder.thread,
                         .holder_pos = holder.pos});
    } else if (n.continuation == Continuation::kBlockedOnValue) {
      // Waits for ever only if the condition is false of what will be there for ever.
      for (const EventIndex index : threads_[t].expressions().reads_of(n.expr)) {
        const int read = skeleton.event_of(static_cast<ThreadId>(t), index);
        if (assignment.source(read) != assignment.last_write(skeleton.graph.event(read).location)) return;
      }
      if (assignment.evaluate(static_cast<ThreadId>(t), n.expr).value_or(0) != 0) return;
      blocked.push_back({.thread = static_cast<ThreadId>(t), .pos = n.pos, .holder_pos = {}});
    }
  }
  ++statistics_.blocked;
  visitor_.on_deadlock({.assignment = assignment, .blocked = blocked});
}

}  // namespace lkmc
