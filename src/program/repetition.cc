// SPDX-License-Identifier: Apache-2.0
#include "src/program/repetition.h"

#include <algorithm>

namespace lkmc {
namespace {

bool is_alike(const Event& a, const Event& b) {
  return a.kind == b.kind && a.tag == b.tag && a.location == b.location && a.pos.line == b.pos.line && a.pos.column == b.pos.column;
}

}  // namespace

bool is_alike(const Round& a, const Round& b, const std::vector<ThreadEvent>& events, const Answers& answers) {
  const auto first = events.begin();
  const auto told = answers.told.begin();
  const auto offset = [](auto index) { return static_cast<std::ptrdiff_t>(index); };
  return std::equal(first + offset(a.begin.events), first + offset(a.end.events), first + offset(b.begin.events),
                    first + offset(b.end.events), [](const ThreadEvent& x, const ThreadEvent& y) { return is_alike(x.event, y.event); }) &&
         std::equal(told + offset(a.begin.told), told + offset(a.end.told), told + offset(b.begin.told), told + offset(b.end.told));
}

bool Repetition::performs(const Event& event) {
  if (next_ == round_.end.events || !is_alike(event, events_[static_cast<std::size_t>(next_)].event)) return false;
  ++next_;
  return true;
}

std::optional<Word> Repetition::choice() const {
  std::optional<Word> found;
  for (const auto& [before, outcome] : answers_.choices) {
    if (before != next_) continue;
    if (found) return std::nullopt;  // two in one place
    found = outcome;
  }
  return found;
}

std::optional<bool> Repetition::ends(std::vector<std::byte> state) {
  if (next_ != round_.end.events) return false;
  next_ = round_.begin.events;
  if (state_) return *state_ == state;
  state_ = std::move(state);
  return std::nullopt;
}

}  // namespace lkmc
