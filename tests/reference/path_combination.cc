// SPDX-License-Identifier: Apache-2.0
#include "tests/reference/path_combination.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace lkmc::reference {
namespace {

// A path of one thread from its start to its end, or to where it waits for ever.
struct Path {
  std::vector<ThreadEvent> events;
  std::vector<Condition> conditions;
  std::vector<ExprId> computed;
  std::vector<ExprId> observed;
  std::optional<Wait> wait;
};

class PathFinder {
 public:
  PathFinder(const Program& program, ThreadId thread, Unfolding& unfolding) : program_(program), thread_(thread), unfolding_(unfolding) {}

  std::vector<Path> run() {
    walk(unfolding_.root(), {});
    return std::move(found_);
  }
  [[nodiscard]] bool has_left_out() const { return has_left_out_; }

 private:
  void walk(PathId id, Path path) {
    const PathNode node = unfolding_.node(id);
    path.events.insert(path.events.end(), node.events.begin(), node.events.end());
    path.computed.insert(path.computed.end(), node.computed.begin(), node.computed.end());
    switch (node.continuation) {
      case Continuation::kEnd:
        path.observed = node.observed;
        found_.push_back(std::move(path));
        break;
      case Continuation::kBranch:
        follow(id, path, 0, Condition{thread_, node.expr, true, 0});
        follow(id, path, 1, Condition{thread_, node.expr, true, 1});
        break;
      case Continuation::kRequire:
        has_left_out_ = has_left_out_ || !node.awaited.looks.empty();
        follow(id, path, 1, Condition{thread_, node.expr, true, 1});
        break;
      case Continuation::kValue:
        for (Location l = 0; l < static_cast<Location>(program_.locations().size()); ++l) {
          const Word address = program_.address(l);
          follow(id, path, address, Condition{thread_, node.expr, false, address});
        }
        break;
      case Continuation::kChoice:
        for (const Word outcome : node.outcomes) walk(unfolding_.child(id, outcome), path);
        break;
      case Continuation::kBlockedOnLock:
      case Continuation::kBlockedOnValue:
        path.wait = Wait{thread_, node.location, node.expr, node.awaited};
        found_.push_back(std::move(path));
        break;
      case Continuation::kIdle:  // no program that is compared has such threads
      case Continuation::kLeftOut:
        has_left_out_ = true;
        break;
      case Continuation::kBound:
      case Continuation::kFailed:
        break;
    }
  }

  void follow(PathId id, const Path& path, Word outcome, const Condition& condition) {
    Path longer = path;
    longer.conditions.push_back(condition);
    walk(unfolding_.child(id, outcome), std::move(longer));
  }

  const Program& program_;
  ThreadId thread_;
  Unfolding& unfolding_;
  std::vector<Path> found_;
  bool has_left_out_ = false;
};

PathCombination combine(const Program& program, const std::vector<Unfolding>& threads, const std::vector<const Path*>& paths) {
  const auto locations = program.locations();
  std::vector<bool> accessed(locations.size(), false);
  for (const Path* path : paths) {
    for (const ThreadEvent& e : path->events) {
      if (e.event.location != kNoLocation) accessed[static_cast<std::size_t>(e.event.location)] = true;
    }
  }
  std::vector<Event> events;
  std::vector<Word> initial_value;
  for (std::size_t l = 0; l < locations.size(); ++l) {
    if (!accessed[l]) continue;
    events.push_back({.kind = EventKind::kWrite, .location = static_cast<Location>(l)});
    events.back().final_is_asked = locations[l].final_is_asked;
    initial_value.push_back(locations[l].initial);
  }
  std::vector<ExprId> stored(events.size(), 0);
  std::vector<int> thread_begin;
  for (const Path* path : paths) {
    thread_begin.push_back(static_cast<int>(events.size()));
    for (const ThreadEvent& e : path->events) {
      events.push_back(e.event);
      events.back().final_is_asked =
          e.event.location != kNoLocation && locations[static_cast<std::size_t>(e.event.location)].final_is_asked;
      stored.push_back(e.value);
      initial_value.push_back(0);
    }
  }

  PathCombination c{EventGraph(std::move(events))};
  c.thread_begin = std::move(thread_begin);
  c.stored = std::move(stored);
  c.initial_value = std::move(initial_value);
  for (std::size_t t = 0; t < paths.size(); ++t) {
    c.expressions.push_back(&threads[t].expressions());
    const int begin = c.thread_begin[t];
    const int count = static_cast<int>(paths[t]->events.size());
    for (int i = 0; i < count; ++i) {
      const ThreadEvent& e = paths[t]->events[static_cast<std::size_t>(i)];
      for (int earlier = 0; earlier < i; ++earlier) {
        if (std::ranges::find(e.unordered, earlier) == e.unordered.end()) c.graph.po.insert(begin + earlier, begin + i);
      }
      for (const EventIndex r : e.addr) c.graph.addr.insert(begin + r, begin + i);
      for (const EventIndex r : e.data) c.graph.data.insert(begin + r, begin + i);
      for (const EventIndex r : e.ctrl) c.graph.ctrl.insert(begin + r, begin + i);
      if (e.read_half != kNoEvent) c.graph.rmw.insert(begin + e.read_half, begin + i);
    }
    c.conditions.insert(c.conditions.end(), paths[t]->conditions.begin(), paths[t]->conditions.end());
    for (const ExprId expr : paths[t]->computed) c.computations.push_back({static_cast<ThreadId>(t), expr});
    if (paths[t]->wait) c.waits.push_back(*paths[t]->wait);
    for (std::size_t slot = 0; slot < paths[t]->observed.size(); ++slot) {
      const ExprId expr = paths[t]->observed[slot];
      if (expr != kUnobserved) c.observations.push_back({slot, static_cast<ThreadId>(t), expr});
    }
  }
  return c;
}

}  // namespace

bool for_each_combination(const Program& program, RmwStyle style, Blocking blocking,
                          const std::function<bool(const PathCombination&)>& visit) {
  std::vector<Unfolding> threads;
  std::vector<std::vector<Path>> paths;
  bool has_left_out = false;
  for (ThreadId t = 0; t < program.thread_count(); ++t) {
    threads.emplace_back(program, t, style, blocking);
    PathFinder finder(program, t, threads.back());
    paths.push_back(finder.run());
    has_left_out = has_left_out || finder.has_left_out();
  }
  std::vector<const Path*> chosen(paths.size());
  const std::function<bool(std::size_t)> choose = [&](std::size_t t) {
    if (t == paths.size()) return visit(combine(program, threads, chosen));
    for (const Path& path : paths[t]) {
      chosen[t] = &path;
      if (!choose(t + 1)) return false;
    }
    return true;
  };
  (void)choose(0);
  return has_left_out;
}

}  // namespace lkmc::reference
