// SPDX-License-Identifier: Apache-2.0
#include "src/report/tally.h"

#include <algorithm>
#include <span>

namespace lkmc {
namespace {

// Orders deadlocks that differ only in where the threads wait.
std::strong_ordering compare_waiting(std::span<const BlockedThread> a, std::span<const BlockedThread> b) {
  return std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end(), [](const BlockedThread& x, const BlockedThread& y) {
    if (const auto c = x.thread <=> y.thread; c != 0) return c;
    if (const auto c = x.pos.line <=> y.pos.line; c != 0) return c;
    return x.pos.column <=> y.pos.column;
  });
}

// `execution` is an Assignment or a Witness.
template <class T>
bool comes_first(const T& execution, std::span<const BlockedThread> blocked, const std::optional<FoundDeadlock>& kept) {
  if (!kept) return true;
  const auto order = compare(execution, kept->witness);
  return order < 0 || (order == 0 && compare_waiting(blocked, kept->blocked) < 0);
}

}  // namespace

std::size_t WordsHash::operator()(const std::vector<Word>& words) const {
  std::size_t hash = words.size();
  for (const Word value : words) {
    hash = (hash ^ static_cast<std::size_t>(value)) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return hash;
}

void Tally::on_deadlock(const Deadlock& found) {
  if (!comes_first(found.assignment, found.blocked, deadlock_)) return;
  deadlock_.emplace(FoundDeadlock{Witness(found.assignment), {found.blocked.begin(), found.blocked.end()}});
}

void Tally::raced(const DataRace& race, const Assignment& assignment) {
  const EventGraph& graph = assignment.skeleton().graph;
  const auto place = [&](int event) {
    const Event& e = graph.event(event);
    return Place{e.thread, e.pos.file != nullptr ? e.pos.file : "", e.pos.line, e.pos.column, e.location, e.is_write()};
  };
  const std::pair<Place, Place> key{place(race.first), place(race.second)};
  const auto found = races_.find(key);
  if (found == races_.end()) {
    races_.emplace(key, FoundRace{graph.event(race.first), graph.event(race.second), Witness(assignment)});
  } else if (compare(assignment, found->second.witness) < 0) {
    found->second.witness = Witness(assignment);
  }
}

void Tally::merge(Tally&& other) {
  mistakes_.merge(other.mistakes_);
  if (other.deadlock_ && comes_first(other.deadlock_->witness, other.deadlock_->blocked, deadlock_)) {
    deadlock_ = std::move(other.deadlock_);
  }
  for (auto& [key, race] : other.races_) {
    const auto [found, is_new] = races_.try_emplace(key, std::move(race));
    if (!is_new && compare(race.witness, found->second.witness) < 0) found->second = std::move(race);
  }
}

std::vector<const FoundRace*> Tally::races() const {
  std::vector<const FoundRace*> all;
  for (const auto& [key, race] : races_) all.push_back(&race);
  return all;
}

void Tally::add_deadlock(Result& result) const {
  if (!deadlock_) return;
  result.findings.push_back({.kind = Finding::Kind::kDeadlock, .blocked = deadlock_->blocked, .witness = &deadlock_->witness});
}

}  // namespace lkmc
