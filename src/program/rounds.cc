// SPDX-License-Identifier: Apache-2.0
#include "src/program/rounds.h"

#include <algorithm>
#include <map>
#include <utility>

namespace lkmc {
namespace {

// Without the round, a variable depends on fewer conditions: so there is an execution for each with the round all the same.
bool is_other(const Value& now, const Value& before) { return now.expr != before.expr || now.reads != before.reads; }

}  // namespace

std::size_t Rounds::watch(SourcePos pos) {
  places_.push_back({.pos = pos});
  return places_.size() - 1;
}

void Rounds::give_up(std::size_t watched_before) {
  places_.resize(std::min(places_.size(), watched_before));
  if (places_.empty()) log_.clear();
}

std::optional<Round> Rounds::ends(std::size_t place, const Moment& now) const {
  const Place& p = places_[place];
  if (!p.begin) return std::nullopt;
  return Round{*p.begin, now, p.pos};
}

std::optional<Round> Rounds::ended_before(std::size_t place) const {
  const Place& p = places_[place];
  if (!p.before) return std::nullopt;
  return Round{*p.before, *p.begin, p.pos};
}

void Rounds::keep_in_view(std::size_t place, const Round& round) {
  auto left = left_since(places_[place].log_begin);
  if (left) open_.push_back({round, std::move(*left)});
}

void Rounds::begin(std::size_t place, const Moment& now) {
  places_[place].before = std::exchange(places_[place].begin, now);
  places_[place].log_begin = log_.size();
}

std::optional<std::size_t> Rounds::comes_back_to(std::size_t place) const {
  const auto left = left_since(places_[place].log_begin);
  if (!left || !left->empty()) return std::nullopt;
  return places_[place].begin->decisions;
}

// The variables whose values are others than they were; nothing if that cannot be told any more.
std::optional<std::vector<Rounds::Variable>> Rounds::left_since(std::size_t log_begin) const {
  std::map<Variable, const Change*> first;
  bool lost = false;
  for (std::size_t i = log_begin; i < log_.size(); ++i) {
    const Change* const change = first.try_emplace(log_[i].variable, &log_[i]).first->second;
    lost = lost || (log_[i].kind == Change::Kind::kGone && change->kind != Change::Kind::kMade);
  }
  if (lost) return std::nullopt;
  std::vector<Variable> left;
  for (const auto& [variable, change] : first) {
    if (change->kind == Change::Kind::kChanged && is_other(*variable, change->before)) left.push_back(variable);
  }
  return left;
}

void Rounds::made(Variable variable) {
  if (!places_.empty()) log_.push_back({variable, Change::Kind::kMade});
}

void Rounds::changes(Variable variable) {
  if (!places_.empty()) log_.push_back({variable, Change::Kind::kChanged, *variable});
  forget(variable);
}

void Rounds::gone(Variable variable) {
  if (!places_.empty()) log_.push_back({variable, Change::Kind::kGone});
  forget(variable);
}

void Rounds::forget(Variable variable) {
  for (Open& open : open_) std::erase(open.left, variable);
}

void Rounds::mark_read(Variable variable) {
  std::erase_if(open_, [&](const Open& open) { return std::ranges::find(open.left, variable) != open.left.end(); });
}

std::optional<Round> Rounds::without_trace() {
  const auto found = std::ranges::find_if(open_, [](const Open& open) { return open.left.empty(); });
  if (found == open_.end()) return std::nullopt;
  const Round round = found->round;
  open_.erase(found);
  return round;
}

void Rounds::end_of_thread() {
  for (Open& open : open_) open.left.clear();
}

}  // namespace lkmc
