#include "src/kernel/control_flow.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace lkmc::kernel {
namespace {

// Of one choice more are not compared: it is looked at again and again in a loop.
constexpr std::size_t kMostVisits = 256;
// How many of the latest decisions are tried as the cause of a choice.
constexpr std::size_t kMostDecisions = 12;

using Decisions = std::vector<const Step*>;

}  // namespace

Point numbered(Point block, int n) {
  const Point mixed = (block ^ static_cast<Point>(n + 1)) * 0x9E3779B97F4A7C15U;
  return (mixed ^ (mixed >> 31)) | 1;
}

int ControlFlow::node_of(Point point) {
  const auto [known, is_new] = index_.try_emplace(point, static_cast<int>(nodes_.size()));
  if (is_new) nodes_.push_back({.point = point});
  return known->second;
}

void ControlFlow::add_path(std::vector<Step> path, bool complete) {
  const auto add_edge = [&](int from, int to) {
    auto& next = nodes_[static_cast<std::size_t>(from)].next;
    if (std::find(next.begin(), next.end(), to) == next.end()) next.push_back(to);
  };
  int last = -1;
  for (const Step& step : path) {
    if (step.kind != Step::Kind::kArrival) continue;
    const int node = node_of(step.point);
    if (last >= 0) add_edge(last, node);
    last = node;
  }
  if (complete && last >= 0) add_edge(last, kExit);
  paths_.push_back(std::move(path));
}

void ControlFlow::finish() {
  find_joins();
  find_causes();
  find_counting_loops();
  paths_.clear();
}

// Immediate post-dominators, by the algorithm of Cooper, Harvey and Kennedy on the reversed graph.
void ControlFlow::find_joins() {
  const std::size_t n = nodes_.size();
  std::vector<std::vector<int>> before(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (const int to : nodes_[i].next) before[static_cast<std::size_t>(to)].push_back(static_cast<int>(i));
  }
  std::vector<int> order;  // post-order of the reversed graph
  std::vector<char> seen(n, 0);
  const auto walk = [&](int from) {
    std::vector<std::pair<int, std::size_t>> stack{{from, 0}};
    seen[static_cast<std::size_t>(from)] = 1;
    while (!stack.empty()) {
      auto& [node, i] = stack.back();
      const auto& into = before[static_cast<std::size_t>(node)];
      if (i == into.size()) {
        order.push_back(node);
        stack.pop_back();
        continue;
      }
      const int next = into[i++];
      if (seen[static_cast<std::size_t>(next)] != 0) continue;
      seen[static_cast<std::size_t>(next)] = 1;
      stack.emplace_back(next, 0);
    }
  };
  walk(kExit);
  // What never comes to the end, since it fails or waits for ever, meets nothing: no join is known.
  std::vector<int> number(n, -1);
  for (std::size_t i = 0; i < order.size(); ++i) number[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  std::vector<int> join(n, -1);
  join[kExit] = kExit;
  const auto meet = [&](int a, int b) {
    while (a != b) {
      while (number[static_cast<std::size_t>(a)] < number[static_cast<std::size_t>(b)]) a = join[static_cast<std::size_t>(a)];
      while (number[static_cast<std::size_t>(b)] < number[static_cast<std::size_t>(a)]) b = join[static_cast<std::size_t>(b)];
    }
    return a;
  };
  for (bool changed = true; changed;) {
    changed = false;
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      if (*it == kExit) continue;
      int met = -1;
      for (const int next : nodes_[static_cast<std::size_t>(*it)].next) {
        if (join[static_cast<std::size_t>(next)] < 0) continue;
        met = met < 0 ? next : meet(met, next);
      }
      if (met >= 0 && join[static_cast<std::size_t>(*it)] != met) {
        join[static_cast<std::size_t>(*it)] = met;
        changed = true;
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) nodes_[i].join = join[i];
}

void ControlFlow::find_causes() {
  std::map<Point, std::vector<Visit>> choices;
  for (const auto& path : paths_) {
    std::map<Point, int> visited;
    std::size_t decisions = 0;
    Point last = 0;
    const auto note = [&](Point at, std::size_t behind, Word choice) {
      auto& visits = choices[at];
      if (visits.size() < kMostVisits) visits.push_back({&path, behind, visited[at]++, choice});
    };
    for (const Step& step : path) {
      switch (step.kind) {
        case Step::Kind::kArrival:
          if (last != 0 && nodes_[static_cast<std::size_t>(index_.at(last))].next.size() > 1) {
            note(last, decisions, static_cast<Word>(step.point));
          }
          last = step.point;
          break;
        case Step::Kind::kDecision:
          ++decisions;
          break;
        case Step::Kind::kNumber:
          note(step.point, decisions, step.word);
          break;
      }
    }
  }
  for (const auto& [point, visits] : choices) {
    Cause cause = cause_of_choice(visits);
    if (!cause.decisions.empty()) causes_.emplace(point, std::move(cause));
  }
}

ControlFlow::Cause ControlFlow::cause_of_choice(const std::vector<Visit>& visits) {
  const bool varies = std::any_of(visits.begin(), visits.end(), [&](const Visit& v) { return v.choice != visits[0].choice; });
  if (!varies) return {};
  // The decisions before each visit, latest first.
  std::vector<Decisions> histories;
  for (const Visit& v : visits) {
    Decisions history;
    for (const Step& step : *v.path) {
      if (history.size() == v.decisions) break;
      if (step.kind == Step::Kind::kDecision) history.push_back(&step);
    }
    std::reverse(history.begin(), history.end());
    histories.push_back(std::move(history));
  }
  // By how close they come to the choice.
  std::map<Point, std::size_t> closeness;
  for (const Decisions& history : histories) {
    std::set<Point> met;
    for (const Step* d : history) {
      if (!met.insert(d->point).second) continue;
      const auto [known, is_new] = closeness.try_emplace(d->point, met.size());
      if (!is_new) known->second = std::min(known->second, met.size());
    }
  }
  std::vector<Point> nearest;
  for (const auto& [point, distance] : closeness) nearest.push_back(point);
  std::stable_sort(nearest.begin(), nearest.end(), [&](Point a, Point b) { return closeness[a] < closeness[b]; });

  // Whether the latest of the decisions tells the choice on every path.
  const auto latest_tells = [&](const std::vector<Point>& among) {
    std::map<std::pair<Point, Word>, Word> told;
    for (std::size_t i = 0; i < visits.size(); ++i) {
      const auto latest = std::find_if(histories[i].begin(), histories[i].end(), [&](const Step* d) {
        return std::find(among.begin(), among.end(), d->point) != among.end();
      });
      if (latest == histories[i].end()) return false;
      const auto [known, is_new] = told.try_emplace({(*latest)->point, (*latest)->word}, visits[i].choice);
      if (!is_new && known->second != visits[i].choice) return false;
    }
    return true;
  };
  std::vector<Point> among;
  for (std::size_t i = 0; i < nearest.size() && i < kMostDecisions; ++i) {
    among.push_back(nearest[i]);
    if (latest_tells(among)) return {.decisions = std::move(among), .latest_only = true};
  }

  // Those that change the choice if they go the other way and all others that both paths take go the same.
  using Outcomes = std::map<std::pair<Point, int>, Word>;
  std::vector<Outcomes> outcomes;
  for (const Decisions& history : histories) {
    Outcomes all;
    std::map<Point, int> met;
    for (auto d = history.rbegin(); d != history.rend(); ++d) {
      const int n = met[(*d)->point]++;
      if ((*d)->is_open) all.emplace(std::pair((*d)->point, n), (*d)->word);
    }
    outcomes.push_back(std::move(all));
  }
  std::vector<Point> changing;
  for (std::size_t a = 0; a < visits.size(); ++a) {
    for (std::size_t b = a + 1; b < visits.size(); ++b) {
      if (visits[a].choice == visits[b].choice || visits[a].ordinal != visits[b].ordinal) continue;
      int differences = 0;
      Point different = 0;
      for (const auto& [decision, word] : outcomes[a]) {
        const auto other = outcomes[b].find(decision);
        if (other == outcomes[b].end() || other->second == word) continue;
        ++differences;
        different = decision.first;
      }
      if (differences == 1 && std::find(changing.begin(), changing.end(), different) == changing.end()) changing.push_back(different);
    }
  }
  if (changing.empty()) return {};
  const bool latest_only = latest_tells(changing);
  return {.decisions = std::move(changing), .latest_only = latest_only};
}

// Tarjan's strongly connected components: a loop counts if a way out of it has no cause.
void ControlFlow::find_counting_loops() {
  const std::size_t n = nodes_.size();
  std::vector<int> component(n, -1), index(n, -1), low(n, 0);
  std::vector<int> stack;
  std::vector<std::pair<int, std::size_t>> walk;
  int next_index = 0, components = 0;
  for (std::size_t root = 0; root < n; ++root) {
    if (index[root] >= 0) continue;
    walk.emplace_back(static_cast<int>(root), 0);
    while (!walk.empty()) {
      const auto v = static_cast<std::size_t>(walk.back().first);
      if (walk.back().second == 0) {
        index[v] = low[v] = next_index++;
        stack.push_back(static_cast<int>(v));
      }
      if (walk.back().second < nodes_[v].next.size()) {
        const auto w = static_cast<std::size_t>(nodes_[v].next[walk.back().second++]);
        if (index[w] < 0) {
          walk.emplace_back(static_cast<int>(w), 0);
        } else if (component[w] < 0) {
          low[v] = std::min(low[v], index[w]);
        }
        continue;
      }
      if (low[v] == index[v]) {
        for (int w = -1; w != static_cast<int>(v);) {
          w = stack.back();
          stack.pop_back();
          component[static_cast<std::size_t>(w)] = components;
        }
        ++components;
      }
      walk.pop_back();
      if (!walk.empty()) {
        const auto parent = static_cast<std::size_t>(walk.back().first);
        low[parent] = std::min(low[parent], low[v]);
      }
    }
  }
  std::vector<bool> ends_by_itself(static_cast<std::size_t>(components), false);
  for (std::size_t v = 1; v < n; ++v) {
    if (nodes_[v].next.size() < 2 || causes_.contains(nodes_[v].point)) continue;
    for (const int w : nodes_[v].next) {
      if (component[static_cast<std::size_t>(w)] != component[v]) ends_by_itself[static_cast<std::size_t>(component[v])] = true;
    }
  }
  counts_.assign(n, false);
  for (std::size_t v = 1; v < n; ++v) counts_[v] = ends_by_itself[static_cast<std::size_t>(component[v])];
}

std::optional<Point> ControlFlow::join_of(Point point) const {
  const auto known = index_.find(point);
  if (known == index_.end()) return std::nullopt;
  const int join = nodes_[static_cast<std::size_t>(known->second)].join;
  if (join < 0) return std::nullopt;
  return nodes_[static_cast<std::size_t>(join)].point;
}

const ControlFlow::Cause* ControlFlow::cause_of(Point point) const {
  const auto known = causes_.find(point);
  return known == causes_.end() ? nullptr : &known->second;
}

bool ControlFlow::is_in_counting_loop(Point block) const {
  const auto known = index_.find(block);
  return known != index_.end() && counts_[static_cast<std::size_t>(known->second)];
}

}  // namespace lkmc::kernel
