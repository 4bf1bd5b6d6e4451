// SPDX-License-Identifier: Apache-2.0
#include "src/explore/waits_for.h"

#include <algorithm>
#include <utility>

namespace lkmc {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// A thread that has more nodes of paths ahead of it is taken to provide.
constexpr int kMaxAhead = 3'000;

}  // namespace

WaitsFor::WaitsFor(const Program& program, const Model& model, const ModelFacts& facts, Blocking blocking, int max_rounds,
                   const Footprint& footprint)
    : program_(program), model_(model), facts_(facts), footprint_(footprint), futures_(at(program.thread_count())) {
  for (ThreadId t = 0; t < program.thread_count(); ++t)
    unfoldings_.emplace_back(program, t, model.rmw_style, blocking, Bound{.max_rounds = max_rounds, .is_shown = true});
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    const Axiom& axiom = model.axioms[i];
    // Coherence says nothing of other locations, and the search keeps it anyway.
    if (axiom.is_flag || axiom.negated || axiom.test != Axiom::Test::kAcyclic || facts.is_coherence(i)) continue;
    if (facts.grows(axiom.node)) axioms_.push_back(i);
  }
}

bool WaitsFor::is_circle(std::span<const Unfolding> threads, const Paths& paths, std::span<const Waiting> waiting) {
  for (const Waiting& w : waiting) (void)future_of(threads, w.thread, paths[at(w.thread)]);
  for (const Waiting& w : waiting) {
    for (const ThreadId t : w.writers) (void)future_of(threads, t, paths[at(t)]);
  }
  return std::any_of(axioms_.begin(), axioms_.end(), [&](std::size_t axiom) { return is_circle_of(axiom, paths, waiting); });
}

// Takes reads out for which some thread provides until there are none; whether some are left.
bool WaitsFor::is_circle_of(std::size_t axiom, const Paths& paths, std::span<const Waiting> waiting) {
  std::vector<const Waiting*> left;
  for (const Waiting& w : waiting) left.push_back(&w);
  const auto is_provided_for = [&](const Waiting& r) {
    const Event& read = event_of(r.thread, futures_[at(r.thread)].at(paths[at(r.thread)]).path, r.read).event;
    return std::any_of(r.writers.begin(), r.writers.end(), [&](ThreadId t) {
      const Future& future = futures_[at(t)].at(paths[at(t)]);
      Question question{.axiom = axiom,
                        .thread = t,
                        .path = future.path,
                        .waiting = {},
                        .location = read.location,
                        .read = {read.kind, read.tag, read.in_rmw}};
      for (const Waiting* w : left) {
        if (w->thread == t) question.waiting.push_back(w->read);
      }
      std::sort(question.waiting.begin(), question.waiting.end());
      return provides(question, future.place);
    });
  };
  while (std::erase_if(left, [&](const Waiting* r) { return is_provided_for(*r); }) > 0) {
  }
  return !left.empty();
}

WaitsFor::Future WaitsFor::future_of(std::span<const Unfolding> threads, ThreadId thread, PathId path) {
  std::map<PathId, Future>& known = futures_[at(thread)];
  if (const auto found = known.find(path); found != known.end()) return found->second;
  Future future{unfoldings_[at(thread)].root(), Footprint::kStart};
  const PathNode& node = threads[at(thread)].node(path);
  if (node.parent >= 0) {
    const Future parent = future_of(threads, thread, node.parent);
    future = {unfoldings_[at(thread)].child(parent.path, node.outcome), footprint_.next(thread, parent.place, node.outcome)};
  }
  return known.emplace(path, future).first->second;
}

bool WaitsFor::provides(const Question& question, Footprint::Place place) {
  if (question.waiting.empty()) return may_write(question, place);
  if (const auto found = provides_.find(question); found != provides_.end()) return found->second;
  int budget = kMaxAhead;
  const bool answer = has_free_write(question, {question.path, place}, budget);
  provides_.emplace(question, answer);
  return answer;
}

// Perhaps in more rounds of a loop than are explored.
bool WaitsFor::may_write(const Question& question, Footprint::Place place) const {
  return footprint_.may_write(question.thread, place, question.location) || footprint_.may_come_to_bound(question.thread, place);
}

// Whether some continuation has a write that could be the source of the read without closing a circle.
bool WaitsFor::has_free_write(const Question& question, Future from, int& budget) {
  if (!may_write(question, from.place)) return false;
  Unfolding& unfolding = unfoldings_[at(question.thread)];
  // What follows a round of a loop is what follows where it began, and that is being looked at.
  if (unfolding.node(from.path).comes_back_to >= question.path) return false;
  if (--budget < 0 || unfolding.node(from.path).misbehaves) return true;
  auto outcomes = footprint_.outcomes(unfolding, from.path);
  if (!outcomes) {
    if (!unfolding.node(from.path).wants_address) return true;
    outcomes = program_.possible_words();
  }
  return std::any_of(outcomes->begin(), outcomes->end(), [&](Word outcome) {
    const Future next{unfolding.child(from.path, outcome), footprint_.next(question.thread, from.place, outcome)};
    const PathNode& node = unfolding.node(next.path);
    const EventIndex first = node.first_event;
    const auto count = static_cast<EventIndex>(node.events.size());
    for (EventIndex i = 0; i < count; ++i) {
      const Event& event = unfolding.node(next.path).events[at(i)].event;
      const bool is_behind_bound = event.location == kBehindBound && footprint_.counts_bound();
      if (is_behind_bound && footprint_.may_write_plainly(question.thread, question.location)) return true;
      if (event.is_source() && (is_behind_bound || event.location == question.location) && is_free(question, next.path, first + i))
        return true;
    }
    return has_free_write(question, next, budget);
  });
}

bool WaitsFor::is_free(const Question& question, PathId path, EventIndex write) {
  const Event& event = event_of(question.thread, path, write).event;
  if (!reads_in_order(question.axiom, {event.kind, event.tag, event.in_rmw}, question.read)) return true;
  return std::none_of(question.waiting.begin(), question.waiting.end(),
                      [&](EventIndex read) { return ordered_behind(question.axiom, question.thread, path, read).contains(write); });
}

// Whether the axiom's relation contains (w, r) where r reads from the w of another thread.
bool WaitsFor::reads_in_order(std::size_t axiom, Class write, Class read) {
  const auto key = std::make_tuple(axiom, write, read);
  if (const auto found = reads_in_order_.find(key); found != reads_in_order_.end()) return found->second;
  const auto event = [](const Class& c, ThreadId thread) {
    return Event{.kind = c.kind, .tag = c.tag, .in_rmw = c.in_rmw, .thread = thread, .location = 0};
  };
  const EventGraph graph({event(write, 0), event(read, 1)});
  Relation rf(2);
  rf.insert(0, 1);
  const Bounds bounds{.must_rf = rf, .may_rf = rf, .must_co = Relation(2), .may_co = Relation(2)};
  const bool answer = lower_bound(model_, facts_, model_.axioms[axiom].node, graph, bounds).contains(0, 1);
  reads_in_order_.emplace(key, answer);
  return answer;
}

// The events of the path that are ordered behind the read when that reads from another thread.
const EventSet& WaitsFor::ordered_behind(std::size_t axiom, ThreadId thread, PathId path, EventIndex read) {
  const auto key = std::make_tuple(axiom, thread, path, read);
  if (const auto found = ordered_.find(key); found != ordered_.end()) return found->second;

  const PathNode& end = unfoldings_[at(thread)].node(path);
  const int source = end.first_event + static_cast<int>(end.events.size());
  std::vector<Event> events;
  for (EventIndex i = 0; i < source; ++i) events.push_back(event_of(thread, path, i).event);
  const Location location = events[at(read)].location;
  events.push_back({.kind = EventKind::kWrite, .thread = thread + 1, .location = location});

  EventGraph graph(std::move(events));
  Bounds bounds{.must_rf = graph.po, .may_rf = graph.po, .must_co = graph.po, .may_co = graph.po, .any_write = source};
  for (EventIndex i = 0; i < source; ++i) {
    const ThreadEvent& e = event_of(thread, path, i);
    for (EventIndex before = 0; before < i; ++before) {
      if (!std::ranges::binary_search(e.unordered, before)) graph.po.insert(before, i);
    }
    for (const EventIndex r : e.addr) graph.addr.insert(r, i);
    for (const EventIndex r : e.data) graph.data.insert(r, i);
    for (const EventIndex r : e.ctrl) graph.ctrl.insert(r, i);
    if (e.read_half != kNoEvent) graph.rmw.insert(e.read_half, i);
  }
  const auto is_access_to = [&](int e, int other) {
    return graph.event(e).is_access() && graph.event(e).location == graph.event(other).location;
  };
  for (int w = 0; w <= source; ++w) {
    if (!graph.event(w).is_write()) continue;
    for (int other = 0; other <= source; ++other) {
      if (other == w || !is_access_to(other, w)) continue;
      (graph.event(other).is_read() ? bounds.may_rf : bounds.may_co).insert(w, other);
      if (!facts_.implies_coherence() || !graph.event(other).is_write()) continue;
      const bool follows = w == source ? other > read : other == source ? w < read : w < other;
      if (follows) bounds.must_co.insert(w, other);
    }
  }
  bounds.must_rf.insert(source, read);

  const Relation order = lower_bound(model_, facts_, model_.axioms[axiom].node, graph, bounds).transitive_closure();
  EventSet behind(graph.size());
  for_each_bit(order.row(read), [&](int e) { behind.insert(e); });
  return ordered_.emplace(key, std::move(behind)).first->second;
}

const ThreadEvent& WaitsFor::event_of(ThreadId thread, PathId path, EventIndex index) const {
  return lkmc::event_of(unfoldings_[at(thread)], path, index);
}

}  // namespace lkmc
