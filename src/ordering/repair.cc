// SPDX-License-Identifier: Apache-2.0
#include "src/ordering/repair.h"

#include <algorithm>
#include <queue>
#include <utility>

namespace lkmc {
namespace {

constexpr std::size_t kMaxChanges = 6;
constexpr std::uint64_t kMaxSets = 2'000'000;
constexpr int kMaxExplorations = 400;

using Set = std::vector<std::size_t>;  // of indices of strengthenings, ascending

class Search {
 public:
  explicit Search(const RepairJob& job) : job_(job), changes_(job.strengthenings) {
    std::stable_sort(changes_.begin(), changes_.end(), [](const auto& a, const auto& b) { return a.cost < b.cost; });
  }

  Repair find() {
    Repair repair;
    if (!learn({}, repair)) return repair;
    repair.wrong = wrong_;
    for (const Counterexample& example : examples_) {
      if (is_wrong_with_all(example)) repair.not_by_ordering.insert(example_of_.at(&example - examples_.data()));
    }
    if (!repair.not_by_ordering.empty()) {
      // The rest may have a repair all the same.
      for (std::size_t i = examples_.size(); i-- > 0;) {
        if (!repair.not_by_ordering.contains(example_of_[i])) continue;
        examples_.erase(examples_.begin() + static_cast<std::ptrdiff_t>(i));
        example_of_.erase(example_of_.begin() + static_cast<std::ptrdiff_t>(i));
      }
      hopeless_ = repair.not_by_ordering;
    }
    if (!examples_.empty()) search(repair);
    return repair;
  }

 private:
  // A set and what comes behind it in the order of costs.
  struct Entry {
    int cost;
    Set set;
    bool operator>(const Entry& other) const { return std::pair(cost, set) > std::pair(other.cost, other.set); }
  };

  void search(Repair& repair) {
    std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
    if (!changes_.empty()) queue.push({changes_[0].cost, {0}});
    while (!queue.empty()) {
      const Entry entry = queue.top();
      queue.pop();
      // Each set comes from the one with its last change left out, or moved back by one.
      const std::size_t last = entry.set.back();
      if (last + 1 < changes_.size()) {
        Entry moved = entry;
        moved.set.back() = last + 1;
        moved.cost += changes_[last + 1].cost - changes_[last].cost;
        queue.push(std::move(moved));
        if (entry.set.size() < kMaxChanges) {
          Entry more = entry;
          more.set.push_back(last + 1);
          more.cost += changes_[last + 1].cost;
          queue.push(std::move(more));
        }
      }
      if (++repair.sets > kMaxSets || repair.explorations > kMaxExplorations) break;
      if (!is_sensible(entry.set) || !forbids_all(entry.set)) continue;
      if (!learn(entry.set, repair)) {
        repair.changes.emplace();
        for (const std::size_t i : entry.set) repair.changes->push_back(changes_[i]);
        return;
      }
    }
    repair.gave_up = true;
  }

  // At most one change of a kind at each place.
  [[nodiscard]] bool is_sensible(const Set& set) const {
    for (std::size_t i = 0; i < set.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const Strengthening& a = changes_[set[i]];
        const Strengthening& b = changes_[set[j]];
        if (a.site == b.site && a.is_fence_before == b.is_fence_before) return false;
      }
    }
    return true;
  }

  [[nodiscard]] bool forbids_all(const Set& set) {
    // The one that has been of most use lately comes first.
    for (std::size_t i = 0; i < examples_.size(); ++i) {
      if (!is_wrong(examples_[i], set)) continue;
      if (i > 0) {
        std::swap(examples_[i], examples_[i - 1]);
        std::swap(example_of_[i], example_of_[i - 1]);
      }
      return false;
    }
    return true;
  }

  // Whether the example is still wrong with the changes.
  [[nodiscard]] bool is_wrong(const Counterexample& example, const Set& set) const {
    return still_wrong(example, job_.operations, job_.model, job_.facts, [&](const Site& site, ThreadId, Tag tag) {
      for (const std::size_t i : set) {
        if (const auto changed = changed_by(changes_[i], site, tag)) return *changed;
      }
      return tag;
    });
  }
  [[nodiscard]] bool is_wrong_with_all(const Counterexample& example) const {
    return still_wrong(example, job_.operations, job_.model, job_.facts, [&](const Site& site, ThreadId, Tag tag) {
      Tag strongest = tag;
      for (const Strengthening& change : changes_) {
        if (const auto changed = changed_by(change, site, tag)) {
          if (strongest != Tag::kMb) strongest = *changed;
        }
      }
      return strongest;
    });
  }
  // The tag that a change gives to the operation of an event; nothing if it is about another one. A fence that may be put before
  // an operation is in the graph as one that orders nothing.
  [[nodiscard]] static std::optional<Tag> changed_by(const Strengthening& change, const Site& site, Tag tag) {
    if (!change.is_fence_before) return change.site == site ? std::optional(change.tag) : std::nullopt;
    if (site.operation != Operation::kFence || tag != Tag::kNone) return std::nullopt;
    const bool is_here = site.line == change.site.line && site.column == change.site.column && site.file == change.site.file;
    return is_here ? std::optional(change.tag) : std::nullopt;
  }

  // Explores the program with the changes; returns whether something is wrong, and keeps the executions that show it.
  bool learn(const Set& set, Repair& repair) {
    std::vector<Strengthening> changes;
    for (const std::size_t i : set) changes.push_back(changes_[i]);
    Markings markings = markings_of(changes, job_.operations);
    // With room for a fence before each operation, for the sake of the graphs.
    for (const Strengthening& change : changes_) {
      if (!change.is_fence_before) continue;
      Marking& marking = markings.try_emplace(change.site, Marking{.tag = job_.operations.at(change.site).tag}).first->second;
      if (!marking.fence_before) marking.fence_before = Tag::kNone;
    }
    ++repair.explorations;
    Trial trial = job_.explore(MarkedProgram(job_.program, markings));
    if (!trial.complete && trial.wrong.empty()) repair.gave_up = true;
    for (const std::string& what : hopeless_) trial.wrong.erase(what);
    for (auto& [what, example] : trial.wrong) {
      wrong_.insert(what);
      if (!example) continue;
      examples_.push_back(std::move(*example));
      example_of_.push_back(what);
    }
    return !trial.wrong.empty() || !trial.complete;
  }

  const RepairJob& job_;
  std::vector<Strengthening> changes_;  // cheap ones first
  std::vector<Counterexample> examples_;
  std::vector<std::string> example_of_;  // what each shows
  std::set<std::string> wrong_;
  std::set<std::string> hopeless_;  // what no ordering repairs
};

}  // namespace

Repair find_repair(const RepairJob& job) { return Search(job).find(); }

Markings markings_of(const std::vector<Strengthening>& changes, const Orderings& operations) {
  Markings markings;
  for (const Strengthening& change : changes) {
    Marking& marking = markings.try_emplace(change.site, Marking{.tag = operations.at(change.site).tag}).first->second;
    if (change.is_fence_before) {
      marking.fence_before = change.tag;
    } else {
      marking.tag = change.tag;
    }
  }
  return markings;
}

}  // namespace lkmc
