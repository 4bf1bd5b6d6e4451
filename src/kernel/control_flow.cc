// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/control_flow.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace lkmc::kernel {
namespace {

// With so many of those before it a path is compared.
constexpr std::size_t kMostCompared = 100;

Point mixed(Point a, Point b) {
  Point point = (a ^ b) * 0x9E3779B97F4A7C15U + b;
  return point ^ (point >> 29);
}

std::size_t at(int index) { return static_cast<std::size_t>(index); }

}  // namespace

Point numbered(Point block, int n) { return mixed(block, static_cast<Point>(n) + 1) | 1; }

int ControlFlow::node_of(Point point) {
  const auto [known, is_new] = index_.try_emplace(point, static_cast<int>(nodes_.size()));
  if (is_new) nodes_.push_back({.point = point});
  return known->second;
}

void ControlFlow::add_path(std::vector<Step> steps, bool complete) {
  const auto add_edge = [&](int from, int to) {
    auto& next = nodes_[at(from)].next;
    if (std::find(next.begin(), next.end(), to) == next.end()) next.push_back(to);
  };
  int last = kUnknown;
  for (const Step& step : steps) {
    if (step.kind != Step::Kind::kArrival) continue;
    const int node = node_of(step.point);
    if (last != kUnknown) add_edge(last, node);
    last = node;
  }
  if (complete && last != kUnknown) add_edge(last, kExit);
  paths_.push_back({std::move(steps), complete});
}

void ControlFlow::finish() {
  find_joins();
  find_loops();
  std::vector<Reading> readings;
  for (const Path& path : paths_) readings.push_back(read(path));
  for (std::size_t i = 0; i < readings.size(); ++i) {
    for (std::size_t k = i > kMostCompared ? i - kMostCompared : 0; k < i; ++k) compare(readings[k], readings[i]);
  }
  find_how_much_counts(readings);
  paths_.clear();
}

// Immediate post-dominators, by the algorithm of Cooper, Harvey and Kennedy on the reversed graph.
void ControlFlow::find_joins() {
  const std::size_t n = nodes_.size();
  std::vector<std::vector<int>> before(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (const int to : nodes_[i].next) before[at(to)].push_back(static_cast<int>(i));
  }
  std::vector<int> order;  // post-order of the reversed graph
  std::vector<bool> seen(n, false);
  std::vector<std::pair<int, std::size_t>> stack{{kExit, 0}};
  seen[kExit] = true;
  while (!stack.empty()) {
    auto& [node, i] = stack.back();
    const auto& into = before[at(node)];
    if (i == into.size()) {
      order.push_back(node);
      stack.pop_back();
      continue;
    }
    const int next = into[i++];
    if (seen[at(next)]) continue;
    seen[at(next)] = true;
    stack.emplace_back(next, 0);
  }
  // What never comes to the end, since it fails or waits for ever, meets nothing: no join is known.
  std::vector<int> number(n, -1);
  for (std::size_t i = 0; i < order.size(); ++i) number[at(order[i])] = static_cast<int>(i);
  const auto meet = [&](int a, int b) {
    while (a != b) {
      while (number[at(a)] < number[at(b)]) a = nodes_[at(a)].join;
      while (number[at(b)] < number[at(a)]) b = nodes_[at(b)].join;
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      if (*it == kExit) continue;
      int met = kUnknown;
      for (const int next : nodes_[at(*it)].next) {
        if (nodes_[at(next)].join == kUnknown) continue;
        met = met == kUnknown ? next : meet(met, next);
      }
      if (met != kUnknown && nodes_[at(*it)].join != met) {
        nodes_[at(*it)].join = met;
        changed = true;
      }
    }
  }
}

// Who comes to a point again has gone round a loop: that is its head, and what was passed meanwhile is in it.
void ControlFlow::find_loops() {
  for (const Path& path : paths_) {
    std::vector<Point> way;  // without the rounds that are over
    std::unordered_map<Point, std::size_t> place;
    for (const Step& step : path.steps) {
      if (step.kind != Step::Kind::kArrival) continue;
      const auto [head, is_new] = place.try_emplace(step.point, way.size());
      if (is_new) {
        way.push_back(step.point);
        continue;
      }
      in_loops_.insert(step.point);
      for (std::size_t i = head->second + 1; i < way.size(); ++i) {
        if (parts(way[i - 1])) in_loops_.insert(way[i]);
        place.erase(way[i]);
      }
      way.resize(head->second + 1);
    }
  }
}

// The choices and decisions of a path, each with its execution index.
ControlFlow::Reading ControlFlow::read(const Path& path) const {
  struct Region {
    int join;
    std::uint64_t before;
  };
  std::vector<Region> regions;
  std::uint64_t governed_by = 0;
  Reading reading;
  int here = kUnknown;
  std::unordered_map<std::uint64_t, int> met;  // numbers of one place
  const auto leave = [&](int next, std::size_t step) {
    if (here == kUnknown || nodes_[at(here)].next.size() < 2) return;
    const Point choice = next == kExit ? 0 : nodes_[at(next)].point;
    reading.choices.push_back({nodes_[at(here)].point, static_cast<Word>(choice), step, mixed(governed_by, nodes_[at(here)].point)});
    regions.push_back({nodes_[at(here)].join, governed_by});
    governed_by = mixed(mixed(governed_by, nodes_[at(here)].point), choice);
  };
  for (std::size_t i = 0; i < path.steps.size(); ++i) {
    const Step& step = path.steps[i];
    switch (step.kind) {
      case Step::Kind::kArrival: {
        const int next = index_.at(step.point);
        leave(next, i);
        here = next;
        const auto ended = std::find_if(regions.begin(), regions.end(), [&](const Region& r) { return r.join == here; });
        if (ended != regions.end()) {
          governed_by = ended->before;
          regions.erase(ended, regions.end());
        }
        break;
      }
      case Step::Kind::kDecision:
      case Step::Kind::kOther:
        reading.decisions.push_back({step.point, step.word, i, mixed(governed_by, step.point), step.kind, step.is_open});
        break;
      case Step::Kind::kAsked:
        break;
      case Step::Kind::kNumber: {
        const std::uint64_t place = mixed(mixed(governed_by, here == kUnknown ? 0 : nodes_[at(here)].point), step.point);
        reading.choices.push_back({step.point, step.word, i, numbered(place, met[place]++)});
        break;
      }
    }
  }
  if (path.complete) leave(kExit, path.steps.size());
  for (const Choice& c : reading.choices) reading.by_index.emplace(c.index, c.word);
  for (const Choice& d : reading.decisions) reading.by_index.emplace(d.index, d.word);
  return reading;
}

// A choice that fell differently where one decision did, and no other, has it as a cause. A decision that is determined by that
// one, since it looks at a variable that was set by it, is a cause nearer by.
void ControlFlow::compare(const Reading& path, const Reading& other) {
  const auto falls_differently = [&](const Choice& c) {
    const auto there = other.by_index.find(c.index);
    return there != other.by_index.end() && there->second != c.word;
  };
  auto decision = path.decisions.begin();
  int open = 0;
  Point latest = 0;
  for (const Choice& c : path.choices) {
    for (; decision != path.decisions.end() && decision->step < c.step; ++decision) {
      if (!falls_differently(*decision)) continue;
      if (decision->kind == Step::Kind::kDecision) latest = decision->point;
      open += decision->is_open ? 1 : 0;
    }
    if (open > 1) return;
    if (latest == 0 || !falls_differently(c)) continue;
    auto& causes = causes_[c.point].decisions;
    if (std::find(causes.begin(), causes.end(), latest) == causes.end()) causes.push_back(latest);
    has_caused_numbers_ = has_caused_numbers_ || !index_.contains(c.point);
  }
}

// A choice goes back to the latest of its causes alone if that tells it on every path.
void ControlFlow::find_how_much_counts(const std::vector<Reading>& readings) {
  std::map<std::pair<Point, std::pair<Point, Word>>, Word> told;  // by the choice, the decision and its outcome
  for (const Reading& reading : readings) {
    for (const Choice& c : reading.choices) {
      const auto known = causes_.find(c.point);
      if (known == causes_.end()) continue;
      const auto& decisions = known->second.decisions;
      const auto end = std::find_if(reading.decisions.begin(), reading.decisions.end(), [&](const Choice& d) { return d.step >= c.step; });
      const auto latest = std::find_if(std::make_reverse_iterator(end), reading.decisions.rend(), [&](const Choice& d) {
        return std::find(decisions.begin(), decisions.end(), d.point) != decisions.end();
      });
      if (latest == reading.decisions.rend()) continue;
      const auto [before, is_new] = told.try_emplace({c.point, {latest->point, latest->word}}, c.word);
      if (before->second != c.word) known->second.latest_only = false;
    }
  }
}

bool ControlFlow::knows(Point before, Point point) const {
  const auto to = index_.find(point);
  if (before == kBeginning || to == index_.end()) return to != index_.end();
  const auto from = index_.find(before);
  if (from == index_.end()) return false;
  const auto& next = nodes_[at(from->second)].next;
  return std::find(next.begin(), next.end(), to->second) != next.end();
}

bool ControlFlow::parts(Point point) const {
  const auto known = index_.find(point);
  return known != index_.end() && nodes_[at(known->second)].next.size() > 1;
}

std::optional<Point> ControlFlow::join_of(Point point) const {
  const auto known = index_.find(point);
  if (known == index_.end()) return std::nullopt;
  const int join = nodes_[at(known->second)].join;
  if (join == kUnknown) return std::nullopt;
  return nodes_[at(join)].point;
}

const ControlFlow::Cause* ControlFlow::cause_of(Point point) const {
  const auto known = causes_.find(point);
  return known == causes_.end() ? nullptr : &known->second;
}

}  // namespace lkmc::kernel
