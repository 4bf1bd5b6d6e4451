// SPDX-License-Identifier: Apache-2.0
#include "src/explore/search.h"

#include <algorithm>

#include "src/explore/complete.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// Prepared combinations of paths are dropped when they hold more events than this (some hundreds of megabytes).
constexpr std::size_t kMaxPreparedEvents = 200'000;

// How many events a search may look at that is made anew if it is not small.
constexpr std::uint64_t kMaxEventsAhead = 50'000;

bool is_over(Continuation c) { return !is_decision(c); }

// How many decisions ahead it is looked for paths that are left out.
constexpr int kMaxAhead = 4;

}  // namespace

void UnseenRaces::merge(const UnseenRaces& other) {
  reads.insert(other.reads.begin(), other.reads.end());
  writes.insert(other.writes.begin(), other.writes.end());
}

bool UnseenRaces::may_exist() const {
  return std::ranges::any_of(reads, [&](const Access& read) {
    return std::ranges::any_of(writes, [&](const Access& write) {
      return write.location == read.location && write.thread != read.thread && (write.plain || read.plain);
    });
  });
}

std::size_t Search::PathsHash::operator()(const Paths& paths) const {
  std::size_t hash = 0;
  for (const PathId p : paths) hash = (hash ^ static_cast<std::size_t>(p)) * 0x9E3779B97F4A7C15U;
  return hash;
}

Search::Search(const SearchTask& task, Visitor& visitor, Limits& limits, WorkQueue* queue)
    : program_(task.program),
      model_(task.model),
      facts_(task.facts),
      goal_(task.goal),
      blocking_(task.goal == Goal::kDeadlocks ? Blocking::kExplored
                : task.goal == Goal::kRaces   ? Blocking::kPassedOnce
                                              : Blocking::kIgnored),
      bound_(task.bound),
      stops_at_bound_(task.stops_at_bound),
      uses_footprint_(task.footprint),
      visitor_(visitor),
      limits_(limits),
      tree_(limits, queue, task.cut),
      rules_(rules_of(task.facts)) {
  for (ThreadId t = 0; t < program_.thread_count(); ++t) threads_.emplace_back(program_, t, model_.rmw_style, blocking_, bound_);
  footprint_at_.resize(threads_.size());
  memory_.resize(program_.locations().size());
}

Statistics Search::statistics() const {
  Statistics s = statistics_;
  s.choices = tree_.choices();
  for (const Unfolding& t : threads_) s.paths += t.path_count();
  return s;
}

bool Search::may_deadlock() const {
  return std::any_of(threads_.begin(), threads_.end(), [](const Unfolding& t) { return t.may_deadlock(); });
}

UnseenRaces Search::unseen_races() const {
  UnseenRaces races;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const auto access = [&](const Event& e) { return UnseenRaces::Access{static_cast<ThreadId>(t), e.location, e.tag == Tag::kPlain}; };
    for (PathId p = 0; at(p) < threads_[t].path_count(); ++p) {
      const PathNode& n = threads_[t].node(p);
      for (const ThreadEvent& e : n.events) {
        if (e.event.is_write()) races.writes.insert(access(e.event));
      }
      if (n.continuation != Continuation::kLeftOut && n.continuation != Continuation::kRequire) continue;
      for (const EventIndex read : n.awaited.looks) races.reads.insert(access(event_of(threads_[t], p, read).event));
    }
  }
  return races;
}

bool Search::misbehaves() const {
  return std::any_of(threads_.begin(), threads_.end(), [](const Unfolding& t) { return t.misbehaviour() != nullptr; });
}

void Search::run(const Branch& branch) {
  tree_.start_at(branch);
  failures_.clear();
  failed_checks_.clear();
  Decisions start;
  for (Unfolding& t : threads_) start.paths.push_back(t.root());
  try {
    grow(start);
  } catch (const Checker::Stopped&) {
    // The limits say why.
  }
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (const PathNode* n = threads_[t].misbehaviour()) visitor_.on_misbehaviour(static_cast<ThreadId>(t), n->pos, n->message);
  }
}

// --- combinations of paths --------------------------------------------------------------------------------------

Search::Prepared& Search::prepare(const Paths& paths) {
  std::unique_ptr<Prepared>& entry = prepared_[paths];
  if (entry == nullptr) {
    ++statistics_.skeletons;
    entry = std::make_unique<Prepared>(Prepared{.skeleton = build_skeleton({program_, threads_, paths, rules_.coherence}),
                                                .checker = {},
                                                .observed = {},
                                                .registers = {},
                                                .stack = {}});
    prepared_events_ += at(entry->skeleton.graph.size()) + 16;
    for (std::size_t t = 0; t < threads_.size(); ++t) {
      const PathNode& end = node(paths, t);
      for (std::size_t slot = 0; slot < end.observed.size(); ++slot) {
        if (end.observed[slot] == kUnobserved) continue;
        entry->registers.resize(std::max(entry->registers.size(), slot + 1));
        register_count_ = std::max(register_count_, slot + 1);
        if (const auto known = threads_[t].expressions().constant_value(end.observed[slot])) {
          entry->registers[slot] = *known;
        } else {
          entry->observed.push_back({slot, static_cast<ThreadId>(t), end.observed[slot]});
        }
      }
    }
  }
  return *entry;
}

Checker& Search::checker_of(Prepared& prepared) {
  if (prepared.checker == nullptr) {
    const Rules kept = rules_kept(rules_, prepared.skeleton);
    prepared.checker = Checker::make(model_, facts_, prepared.skeleton.graph, bounds_of(prepared.skeleton),
                                     {.coherence = kept.coherence, .atomicity = kept.atomicity}, [&] { return limits_.expired(); });
  }
  return *prepared.checker;
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
  if (program_.outgrown()) limits_.restart();
  if (tree_.stopped() || misbehaves()) return;
  if (is_too_large()) return note_bound();
  if (prepared_events_ > kMaxPreparedEvents) {
    prepared_.clear();
    prepared_events_ = 0;
  }
  for (;;) {
    if (is_left_out(decisions.paths)) {
      ++statistics_.dead_ends;
      return;
    }
    Prepared& prepared = prepare(decisions.paths);
    events_looked_at_ += at(prepared.skeleton.thread_begin.back() - prepared.skeleton.thread_begin.front());
    Assignment assignment(prepared.skeleton, rules_);
    if (!replay(decisions, assignment)) {
      ++statistics_.dead_ends;
      return;
    }
    if (advance(decisions.paths, assignment)) continue;
    if (waits_for_nothing(decisions, assignment)) {
      note_bound_in_the_way(decisions, prepared, assignment);
      ++statistics_.dead_ends;
      return;
    }
    if (prepared.skeleton.complete) return finish(decisions, prepared, assignment);
    return decide(decisions, prepared, assignment);
  }
}

// Whether what has been chosen so far may lead to an execution; to be asked before there is more to choose.
bool Search::is_consistent(Prepared& prepared, const Assignment& assignment) {
  ++statistics_.checks;
  if (checker_of(prepared).consistent(Stage::kGrowing, assignment.rf(), assignment.co())) return true;
  ++statistics_.dead_ends;
  return false;
}

// Whether nothing that comes of the paths is wanted. For a race, one thread has to go a round that is left out otherwise: in an execution
// in which several do, it is there without the rounds that have no part in it.
bool Search::is_left_out(const Paths& paths) const {
  int passing = 0;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (node(paths, t).continuation == Continuation::kLeftOut) return true;
    if (node(paths, t).passes_round) ++passing;
  }
  return passing > 1;
}

// Whether all paths that go on from the decision with the outcome are soon left out.
bool Search::is_left_out(std::size_t thread, PathId path, Word outcome, int ahead) {
  const PathId next = threads_[thread].child(path, outcome);
  const Continuation continuation = threads_[thread].node(next).continuation;
  if (continuation == Continuation::kLeftOut) return true;
  if (ahead == 0) return false;
  const auto are_left_out = [&](std::vector<Word> outcomes) {
    return std::ranges::all_of(outcomes, [&](Word o) { return is_left_out(thread, next, o, ahead - 1); });
  };
  switch (continuation) {
    case Continuation::kRequire:
      return are_left_out({1});
    case Continuation::kBranch:
      return are_left_out({0, 1});
    case Continuation::kChoice:
      return are_left_out(threads_[thread].node(next).outcomes);
    default:
      return false;
  }
}

// Where all that follow one outcome of a branch are left out: the other.
std::optional<Word> Search::only_outcome(std::size_t thread, PathId path) {
  for (const Word outcome : {Word{0}, Word{1}}) {
    if (is_left_out(thread, path, outcome, kMaxAhead)) return 1 - outcome;
  }
  return std::nullopt;
}

// Makes again, on another skeleton, the choices of sources.
bool Search::replay(const Decisions& decisions, Assignment& assignment) const {
  if (!assignment.reset()) return false;
  const Skeleton& skeleton = assignment.skeleton();
  return std::all_of(decisions.sources.begin(), decisions.sources.end(),
                     [&](const Decided& d) { return assignment.assign(event_at(skeleton, d.read), event_at(skeleton, d.source)); });
}

// Whether some read has no write to read from that agrees with what its path takes for granted, and none can come.
bool Search::waits_for_nothing(const Decisions& decisions, const Assignment& assignment) const {
  const Skeleton& skeleton = assignment.skeleton();
  return std::any_of(skeleton.reads.begin(), skeleton.reads.end(), [&](int read) {
    const auto& sources = skeleton.sources[at(read)];
    return !skeleton.constraints_on[at(read)].empty() && assignment.source(read) == kUndecided &&
           std::none_of(sources.begin(), sources.end(), [&](int w) { return assignment.possible(read, w); }) &&
           !may_still_be_written(decisions, assignment, read) && !may_be_written_behind_bound(decisions, assignment, read);
  });
}

// At a dead end: a thread may wait for a write that another one has only behind its loop bound. Then the execution is not
// impossible but goes on beyond the bound.
void Search::note_bound_in_the_way(const Decisions& decisions, Prepared& prepared, const Assignment& assignment) {
  if (statistics_.bound_hit || (goal_ != Goal::kExecutions && !stops_at_bound_)) return;
  const Skeleton& skeleton = assignment.skeleton();
  const auto is_at_bound = [&](ThreadId t) { return node(decisions.paths, at(t)).continuation == Continuation::kBound; };
  const auto has_no_source = [&](int read) {
    const auto& sources = skeleton.sources[at(read)];
    return assignment.source(read) == kUndecided &&
           std::none_of(sources.begin(), sources.end(), [&](int w) { return assignment.possible(read, w); });
  };
  bool in_the_way = stops_at_bound_ && some_are_at_bound(decisions.paths);
  for (const int read : skeleton.reads) {
    if (in_the_way) break;
    if (!has_no_source(read)) continue;
    const Event& e = skeleton.graph.event(read);
    if (is_at_bound(e.thread)) return;  // it would not have come to its bound this way
    for (ThreadId t = 0; t < program_.thread_count(); ++t) {
      in_the_way = in_the_way || (is_at_bound(t) && program_.may_write(t, e.location) &&
                                  !(rules_.coherence && has_seen_what_follows(assignment, t, read)));
    }
  }
  if (in_the_way && is_consistent(prepared, assignment)) note_bound();
}

// Whether a read without a source may see what a thread at its bound would write in more rounds.
bool Search::some_read_waits_for_bound(const Paths& paths, const Assignment& assignment) const {
  const Skeleton& skeleton = assignment.skeleton();
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (node(paths, t).continuation != Continuation::kBound) continue;
    for (const int read : skeleton.reads) {
      const Event& e = skeleton.graph.event(read);
      if (assignment.source(read) == kUndecided && e.thread != static_cast<ThreadId>(t) &&
          program_.may_write(static_cast<ThreadId>(t), e.location))
        return true;
    }
  }
  return false;
}

bool Search::some_are_at_bound(const Paths& paths) const {
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    if (node(paths, t).continuation == Continuation::kBound) return true;
  }
  return false;
}

bool Search::is_too_large() const { return stops_at_bound_ && events_looked_at_ > kMaxEventsAhead; }

// Some execution goes on beyond the loop bound; or perhaps does, if it is explored again in that case.
void Search::note_bound() {
  statistics_.bound_hit = true;
  if (stops_at_bound_) limits_.restart();
}

// Lets each thread go on whose next decision is known; false if none is.
bool Search::advance(Paths& paths, const Assignment& assignment) {
  bool advanced = false;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(paths, t);
    std::optional<Word> outcome;
    if (n.continuation == Continuation::kRequire) {
      outcome = 1;  // that it comes true is a constraint of the path
    } else if (n.continuation == Continuation::kBranch || n.continuation == Continuation::kValue) {
      outcome = assignment.evaluate(static_cast<ThreadId>(t), n.expr);
      if (outcome && n.continuation == Continuation::kBranch) outcome = *outcome != 0 ? 1 : 0;
    }
    if (!outcome && n.continuation == Continuation::kBranch) outcome = only_outcome(t, paths[t]);
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
    if (!is_consistent(prepared, assignment)) return;
    const std::vector<Word> outcomes = n.outcomes;
    tree_.branch(outcomes.size(), [&](std::size_t i) { take(decisions, t, outcomes[i]); });
    return;
  }

  if (const auto open = most_constrained_read(decisions, assignment)) {
    if (open->possibilities() == 0) {
      note_bound_in_the_way(decisions, prepared, assignment);
      ++statistics_.dead_ends;
      return;
    }
    if (open->possibilities() > 1 && !is_consistent(prepared, assignment)) return;
    const Skeleton& skeleton = prepared.skeleton;
    const Place read = place_of(skeleton, open->read);
    std::vector<Place> sources;
    for (const int w : open->sources) sources.push_back(place_of(skeleton, w));
    std::vector<EventIndex> counts;
    for (std::size_t t = 0; t < threads_.size(); ++t) counts.push_back(skeleton.thread_begin[t + 1] - skeleton.thread_begin[t]);
    // From here on `prepared` and `assignment` may be gone: grow() may drop prepared combinations.
    const auto postponed = decisions.postponed.extract(read);
    tree_.branch(open->possibilities(), [&](std::size_t i) {
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
  if (!is_consistent(prepared, assignment)) return;
  for (std::size_t t = 0; t < threads_.size(); ++t) {
    const PathNode& n = node(paths, t);
    if (is_over(n.continuation)) continue;
    const std::vector<Word> outcomes = n.continuation == Continuation::kValue ? guesses(t, paths[t]) : std::vector<Word>{0, 1};
    tree_.branch(outcomes.size(), [&](std::size_t i) { take(decisions, t, outcomes[i]); });
    return;
  }
}

// Of the reads that the threads need, the one with the fewest possibilities.
std::optional<Search::OpenRead> Search::most_constrained_read(const Decisions& decisions, const Assignment& assignment) {
  std::vector<OpenRead> open;
  for (const int read : needed_reads(decisions, assignment)) {
    open.push_back({.read = read,
                    .sources = open_sources(decisions, assignment, read),
                    .may_wait = may_still_be_written(decisions, assignment, read)});
    OpenRead& last = open.back();
    last.may_wait = last.may_wait || (last.sources.empty() && may_be_written_behind_bound(decisions, assignment, read));
    if (open.back().possibilities() == 0) return open.back();
  }
  if (!drop_vain_waits(decisions, assignment, open)) return OpenRead{.read = kUndecided, .sources = {}, .may_wait = false};
  std::optional<OpenRead> best;
  for (OpenRead& o : open) {
    const bool postponed = decisions.postponed.contains(place_of(assignment.skeleton(), o.read));
    if (o.sources.empty() && o.may_wait && postponed) continue;  // nothing new to choose from
    if (!best || o.possibilities() < best->possibilities()) best = std::move(o);
  }
  return best;
}

// The reads without a source that some thread waits for, or that wait for a write themselves.
std::vector<int> Search::needed_reads(const Decisions& decisions, const Assignment& assignment) const {
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
  return reads;
}

bool Search::drop_vain_waits(const Decisions& decisions, const Assignment& assignment, std::vector<OpenRead>& open) {
  if (!uses_footprint_) return true;
  if (!waits_for_) waits_for_.emplace(program_, model_, facts_, blocking_, bound_.max_rounds, footprint());
  const Skeleton& skeleton = assignment.skeleton();
  // An operand may read what another operand of its own thread writes later; the circle is of other threads only.
  if (std::ranges::any_of(open, [&](const OpenRead& o) { return skeleton.graph.event(o.read).is_operand; })) return true;
  const auto as_waiting = [&](const OpenRead& o) {
    const Place place = place_of(skeleton, o.read);
    WaitsFor::Waiting waiting{.thread = place.thread, .read = place.index, .writers = {}};
    for (ThreadId t = 0; t < program_.thread_count(); ++t) {
      if (may_still_write(decisions, assignment, t, o.read) || may_write_behind_bound(decisions, assignment, t, o.read))
        waiting.writers.push_back(t);
    }
    return waiting;
  };
  std::vector<WaitsFor::Waiting> waiting;
  for (const OpenRead& o : open) {
    if (o.sources.empty()) waiting.push_back(as_waiting(o));
  }
  if (!waiting.empty() && waits_for_->is_circle(threads_, decisions.paths, waiting)) return false;
  for (OpenRead& o : open) {
    if (o.sources.empty() || !o.may_wait) continue;
    waiting.push_back(as_waiting(o));
    o.may_wait = !waits_for_->is_circle(threads_, decisions.paths, waiting);
    waiting.pop_back();
  }
  return true;
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

bool Search::may_still_be_written(const Decisions& decisions, const Assignment& assignment, int read) const {
  for (ThreadId t = 0; t < program_.thread_count(); ++t) {
    if (may_still_write(decisions, assignment, t, read)) return true;
  }
  return false;
}

// Whether the thread may have a later write that the read can read from.
bool Search::may_still_write(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const {
  if (!goes_on_before(decisions, assignment, thread, read)) return false;
  if (!uses_footprint_) return true;
  return footprint().may_write(thread, footprint_at(thread, decisions.paths[at(thread)]), assignment.skeleton().graph.event(read).location);
}

// Whether it is not over, may write there at all, and has not seen what follows the read.
bool Search::goes_on_before(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const {
  const Event& e = assignment.skeleton().graph.event(read);
  if (is_over(node(decisions.paths, at(thread)).continuation)) return false;
  if (rules_.coherence && ((thread == e.thread && !e.is_operand) || has_seen_what_follows(assignment, thread, read))) return false;
  return program_.may_write(thread, e.location);
}

// Whether it may write there in more rounds of a loop than it goes. A read with no other source waits for that: if the thread does come to
// its bound, the execution goes on beyond it.
bool Search::may_write_behind_bound(const Decisions& decisions, const Assignment& assignment, ThreadId thread, int read) const {
  return uses_footprint_ && goes_on_before(decisions, assignment, thread, read) &&
         footprint().may_come_to_bound(thread, footprint_at(thread, decisions.paths[at(thread)]));
}

bool Search::may_be_written_behind_bound(const Decisions& decisions, const Assignment& assignment, int read) const {
  for (ThreadId t = 0; t < program_.thread_count(); ++t) {
    if (may_write_behind_bound(decisions, assignment, t, read)) return true;
  }
  return false;
}

const Footprint& Search::footprint() const {
  if (!footprint_) footprint_.emplace(program_, model_.rmw_style, blocking_, bound_.max_rounds);
  return *footprint_;
}

// What a value may turn out to be that comes from a write that is not there yet.
std::vector<Word> Search::guesses(std::size_t thread, PathId path) const {
  auto words = footprint().outcomes_of_value(threads_[thread], path);
  if (!words) {
    if (!threads_[thread].node(path).wants_address) limits_.stop_at_unknown_value();
    words = program_.possible_words();
  }
  if (tree_.is_cut()) sort_by_meaning(program_, *words);
  return std::move(*words);
}

Footprint::Place Search::footprint_at(ThreadId thread, PathId path) const {
  if (path == kRootPath) return Footprint::kStart;
  auto& known = footprint_at_[at(thread)];
  if (known.size() <= at(path)) known.resize(at(path) + 1);
  if (!known[at(path)]) {
    const PathNode& n = threads_[at(thread)].node(path);
    known[at(path)] = footprint().next(thread, footprint_at(thread, n.parent), n.outcome);
  }
  return *known[at(path)];
}

// Whether the thread has seen, in the location of the read, a write that the source of the read must come before: what the
// thread still writes there comes after that.
bool Search::has_seen_what_follows(const Assignment& assignment, ThreadId thread, int read) const {
  const Skeleton& skeleton = assignment.skeleton();
  const auto seen_by = [&](int access) { return skeleton.graph.event(access).is_write() ? access : assignment.source(access); };
  const Location location = skeleton.graph.event(read).location;
  for (int access = skeleton.thread_begin[at(thread)]; access < skeleton.thread_begin[at(thread) + 1]; ++access) {
    const Event& e = skeleton.graph.event(access);
    if (e.location != location || !e.is_access() || e.is_operand) continue;
    const int seen = seen_by(access);
    if (seen == kUndecided) continue;
    for (const int follows : skeleton.after[at(read)]) {
      const int bound = seen_by(follows);
      if (bound != kUndecided && (bound == seen || assignment.is_before(bound, seen))) return true;
    }
  }
  return false;
}

}  // namespace lkmc
