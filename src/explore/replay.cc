// SPDX-License-Identifier: Apache-2.0
#include "src/explore/replay.h"

#include <algorithm>

#include "src/explore/checks.h"
#include "src/explore/complete.h"
#include "src/explore/footprint.h"

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// Whether the decision has such an outcome.
bool is_outcome(const PathNode& decision, Word outcome) {
  switch (decision.continuation) {
    case Continuation::kBranch:
      return outcome == 0 || outcome == 1;
    case Continuation::kRequire:
      return outcome == 1;
    case Continuation::kChoice:
      return std::find(decision.outcomes.begin(), decision.outcomes.end(), outcome) != decision.outcomes.end();
    default:
      return true;
  }
}

}  // namespace

// One replay. Whatever finds a difference throws it.
class Replay {
 public:
  Replay(const Program& program, const Model& model, const ModelFacts& facts, const RecordedExecution& record)
      : program_(program), model_(model), facts_(facts), record_(record) {}

  Replayed run() {
    // The threads that are there tell which others they need.
    if (program_.thread_count() > static_cast<int>(record_.outcomes.size())) diverge({.kind = Divergence::Kind::kThreads});
    find_threads();
    for (ThreadId t = 0; t < program_.thread_count(); ++t) follow(t);
    build();
    compare_initial_writes();
    if (!result_.assignment_->reset()) diverge_by_value({.kind = Divergence::Kind::kForbidden});
    compare_values();
    for (const auto& [write, read] : record_.rf) assign(write, read);
    for (const std::vector<int>& writes : record_.co) order(writes);
    finish();
    return std::move(result_);
  }

 private:
  [[noreturn]] static void diverge(Divergence divergence) { throw divergence; }

  // Where each thread's events begin in the record.
  void find_threads() {
    const std::size_t count = record_.outcomes.size();
    begin_.assign(count + 1, 0);
    for (int e = 0; e < size(); ++e) {
      const ThreadId t = record_.events[at(e)].thread;
      for (std::size_t later = static_cast<std::size_t>(t + 1); later <= count; ++later) ++begin_[later];
    }
  }

  [[nodiscard]] int size() const { return static_cast<int>(record_.events.size()); }

  // --- paths ----------------------------------------------------------------------------------------------------------

  void follow(ThreadId t) {
    Unfolding& thread = result_.threads_.emplace_back(program_, t, model_.rmw_style, record_.blocking);
    PathId path = thread.root();
    SourcePos last{};
    for (const std::optional<Word>& outcome : record_.outcomes[at(t)]) {
      compare_events(t, thread.node(path), last);
      const PathNode& n = thread.node(path);
      if (!is_decision(n.continuation) || !outcome || !is_outcome(n, *outcome)) {
        diverge({.kind = Divergence::Kind::kDecision, .thread = t, .pos = n.pos.line > 0 ? n.pos : last});
      }
      path = thread.child(path, *outcome);
    }
    compare_events(t, thread.node(path), last);
    const PathNode& end = thread.node(path);
    if (is_decision(end.continuation)) {
      diverge({.kind = Divergence::Kind::kDecision, .thread = t, .pos = end.pos.line > 0 ? end.pos : last});
    }
    const int next = begin_[at(t)] + end.first_event + static_cast<int>(end.events.size());
    if (next < begin_[at(t) + 1]) diverge({.kind = Divergence::Kind::kEnds, .event = next, .thread = t, .pos = last});
    if (end.continuation == Continuation::kFailed) {
      result_.at_failure = true;
      result_.failures.push_back({t, end.pos, end.message, end.first_event + static_cast<EventIndex>(end.events.size()), end.blamed});
    }
    result_.at_bound = result_.at_bound || end.continuation == Continuation::kBound;
    paths_.push_back(path);
  }

  void compare_events(ThreadId t, const PathNode& node, SourcePos& last) const {
    for (std::size_t i = 0; i < node.events.size(); ++i) {
      const Event& actual = node.events[i].event;
      const int id = begin_[at(t)] + node.first_event + static_cast<int>(i);
      if (id >= begin_[at(t) + 1]) {
        diverge({.kind = Divergence::Kind::kMore, .thread = t, .actual = actual, .pos = actual.pos});
      }
      const RecordedEvent& expected = record_.events[at(id)];
      if (expected.kind != actual.kind || expected.tag != actual.tag || expected.location != actual.location) {
        diverge({.kind = Divergence::Kind::kEvent, .event = id, .thread = t, .actual = actual, .pos = actual.pos});
      }
      last = actual.pos;
    }
  }

  // --- the execution ----------------------------------------------------------------------------------------------------

  void build() {
    const Rules rules = rules_of(facts_);
    result_.skeleton_ = std::make_unique<Skeleton>(build_skeleton({program_, result_.threads_, paths_, rules.coherence}));
    result_.assignment_ = std::make_unique<Assignment>(*result_.skeleton_, rules);
  }

  // Each location that the threads access has its initial write, in the program as in the record.
  void compare_initial_writes() {
    const Skeleton& s = *result_.skeleton_;
    for (int e = 0; e < begin_[0]; ++e) {
      const auto& location = record_.events[at(e)].location;
      const bool is_there = location && *location >= 0 && at(*location) < s.initial.size() && s.initial[at(*location)] >= 0;
      if (!is_there || std::find(actual_.begin(), actual_.end(), s.initial[at(*location)]) != actual_.end()) {
        diverge({.kind = Divergence::Kind::kInitial, .event = e});
      }
      actual_.push_back(s.initial[at(*location)]);
    }
    if (begin_[0] != s.thread_begin[0]) diverge({.kind = Divergence::Kind::kInitial});
    for (int e = begin_[0]; e < size(); ++e) actual_.push_back(e);
  }

  [[nodiscard]] const Event& event(int e) const { return result_.skeleton_->graph.event(actual_[at(e)]); }

  void compare_values() const {
    for (int e = 0; e < size(); ++e) {
      if (!event(e).is_access()) continue;
      const auto value = result_.assignment_->value(actual_[at(e)]);
      if (!value || value == record_.events[at(e)].value) continue;
      diverge({.kind = Divergence::Kind::kValue,
               .event = e,
               .thread = event(e).thread,
               .actual = event(e),
               .value = value,
               .pos = event(e).pos});
    }
  }

  // What cannot be is better explained by a value that is another one.
  [[noreturn]] void diverge_by_value(Divergence otherwise) const {
    compare_values();
    diverge(otherwise);
  }

  void assign(int write, int read) {
    const Skeleton& s = *result_.skeleton_;
    const int r = actual_[at(read)];
    const int w = actual_[at(write)];
    const auto& sources = s.sources[at(r)];
    const bool may = event(read).is_read() && result_.assignment_->source(r) == kUndecided &&
                     std::find(sources.begin(), sources.end(), w) != sources.end() && result_.assignment_->possible(r, w);
    if (!may || !result_.assignment_->assign(r, w)) {
      diverge_by_value({.kind = Divergence::Kind::kSource,
                        .event = read,
                        .other = write,
                        .thread = event(read).thread,
                        .actual = event(read),
                        .pos = event(read).pos});
    }
    compare_values();
  }

  void order(const std::vector<int>& writes) {
    for (std::size_t i = 1; i < writes.size(); ++i) {
      const Event& first = event(writes[i - 1]);
      const Event& second = event(writes[i]);
      const bool may = first.is_write() && second.is_write() && first.location == second.location && writes[i - 1] != writes[i];
      if (!may || !result_.assignment_->order(actual_[at(writes[i - 1])], actual_[at(writes[i])])) {
        diverge({.kind = Divergence::Kind::kOrder,
                 .event = writes[i],
                 .other = writes[i - 1],
                 .thread = second.thread,
                 .actual = second,
                 .pos = second.pos});
      }
    }
  }

  void finish() {
    Assignment& assignment = *result_.assignment_;
    const Skeleton& s = *result_.skeleton_;
    const auto open = std::find_if(s.reads.begin(), s.reads.end(), [&](int r) { return assignment.source(r) == kUndecided; });
    if (open != s.reads.end() || assignment.unordered_pair()) diverge({.kind = Divergence::Kind::kUnordered});
    const Rules rules = rules_of(facts_);
    const Rules kept = rules_kept(rules, s);
    result_.checker_ = Checker::make(model_, facts_, s.graph, bounds_of(s), {.coherence = kept.coherence, .atomicity = kept.atomicity});
    Checker* checker = result_.checker_.get();
    if (!checker->consistent(Stage::kComplete, assignment.rf(), assignment.co()) ||
        !name_values_from_thin_air(program_, result_.threads_, paths_, assignment)) {
      diverge({.kind = Divergence::Kind::kForbidden});
    }
    if (!result_.at_bound && !result_.at_failure && !idle_threads_have_no_work(result_.threads_, paths_, assignment)) {
      diverge({.kind = Divergence::Kind::kForbidden});
    }
    compare_values();
    const FailedChecks checks(result_.threads_, assignment);
    std::erase_if(result_.failures, [&](const Replayed::Failed& f) { return !checks.counts_end(f.thread, f.before); });
    result_.at_failure = result_.at_failure || checks.stops();
    result_.happened.assign(checks.happened().begin(), checks.happened().end());
    for (const PathCheck& c : checks.failed()) {
      const Claim& check = result_.threads_[at(c.thread)].node(c.node).checks[c.index];
      result_.failures.push_back({c.thread, check.pos, check.message, check.before});
    }
    result_.flags = checker->flags(assignment.rf(), assignment.co(), assignment.all_values(), 0);
    result_.memory.resize(program_.locations().size());
    read_memory(program_, assignment, result_.memory);
    for (std::size_t t = 0; t < paths_.size(); ++t) {
      const std::vector<ExprId>& observed = result_.threads_[t].node(paths_[t]).observed;
      if (observed.size() > result_.registers.size()) result_.registers.resize(observed.size(), 0);
      for (std::size_t slot = 0; slot < observed.size(); ++slot) {
        if (observed[slot] == kUnobserved) continue;
        result_.registers[slot] = *assignment.evaluate(static_cast<ThreadId>(t), observed[slot]);
      }
    }
    if (record_.blocking == Blocking::kExplored) result_.blocked = blocked_threads(result_.threads_, paths_, assignment);
  }

  const Program& program_;
  const Model& model_;
  const ModelFacts& facts_;
  const RecordedExecution& record_;
  std::vector<int> begin_;   // by thread: its first event in the record; and the number of events
  std::vector<int> actual_;  // by event of the record: that of the skeleton
  Paths paths_;
  Replayed result_;
};

void Replayed::tell(Visitor& visitor) const {
  for (const Failed& failed : failures) {
    const int blamed_read = failed.blamed == kNoEvent ? -1 : skeleton_->event_of(failed.thread, failed.blamed);
    (void)visitor.on_failure({.assignment = *assignment_,
                              .thread = failed.thread,
                              .before = failed.before,
                              .pos = failed.pos,
                              .message = failed.message,
                              .blamed = blamed_read < 0 ? -1 : assignment_->source(blamed_read),
                              .happened = happened,
                              .choices = {}});
  }
  if (at_failure || at_bound) return;
  if (blocked && !blocked->empty()) {
    visitor.on_deadlock({.assignment = *assignment_, .blocked = *blocked});
  } else {
    (void)visitor.on_execution({.assignment = *assignment_, .registers = registers, .memory = memory, .checker = *checker_});
  }
}

namespace {

std::variant<Replayed, Divergence> try_replay(const Program& program, const Model& model, const ModelFacts& facts,
                                              const RecordedExecution& record) {
  try {
    return Replay(program, model, facts, record).run();
  } catch (const Divergence& divergence) {
    return divergence;
  }
}

// The other searches that may have found the execution. The threads are asked for other decisions in each.
std::vector<Blocking> others_to_try(const RecordedExecution& record) {
  if (record.may_fail) return {Blocking::kExplored, Blocking::kPassedOnce};
  // What shows a race may have a round that leaves no trace.
  return record.blocking == Blocking::kIgnored ? std::vector{Blocking::kPassedOnce} : std::vector<Blocking>{};
}

}  // namespace

std::variant<Replayed, Divergence> replay(const Program& program, const Model& model, const ModelFacts& facts,
                                          const RecordedExecution& record) {
  for (;;) {
    auto result = try_replay(program, model, facts, record);
    for (const Blocking other : others_to_try(record)) {
      if (program.outgrown() || std::holds_alternative<Replayed>(result)) break;
      RecordedExecution among_others = record;
      among_others.blocking = other;
      auto second = try_replay(program, model, facts, among_others);
      if (std::holds_alternative<Replayed>(second)) result = std::move(second);
    }
    if (std::holds_alternative<Divergence>(result) && !program.outgrown()) {
      // What another thread does on the way may be missing, such as a free of what a thread gets in the trace: run them all.
      (void)Footprint(program, model.rmw_style, record.blocking);
    }
    if (program.outgrown()) {
      program.grow();
      continue;
    }
    const bool has_all = program.thread_count() == static_cast<int>(record.outcomes.size());
    if (!has_all) return Divergence{.kind = Divergence::Kind::kThreads};
    return result;
  }
}

}  // namespace lkmc
