#include "src/program/repetition.h"

namespace lkmc {
namespace {

constexpr int kRounds = 64;

bool is_alike(const Event& a, const Event& b) {
  return a.kind == b.kind && a.tag == b.tag && a.location == b.location && a.pos.line == b.pos.line && a.pos.column == b.pos.column;
}

}  // namespace

ExprId Repetition::as_in_round(ExprPool& expressions, ExprId expr) const {
  return expressions.with_reads(expr, [&](EventIndex read) { return read < round_.end ? read : in_round(read); });
}

std::optional<Word> Repetition::choice_in_round(const Answers& answers, EventIndex events) const {
  std::optional<Word> found;
  for (const auto& [before, outcome] : answers.choices) {
    if (before < round_.first || before >= round_.end || before != in_round(events)) continue;
    if (found) return std::nullopt;  // two in one place
    found = outcome;
  }
  return found;
}

std::optional<bool> Repetition::comes_to(std::size_t place, std::span<const ThreadEvent> events) {
  if (place != place_) return std::nullopt;
  const auto end = static_cast<EventIndex>(events.size());
  if (end - first_ != length()) return false;
  for (EventIndex e = first_; e < end; ++e) {
    if (!is_alike(events[static_cast<std::size_t>(e)].event, events[static_cast<std::size_t>(in_round(e))].event)) return false;
  }
  first_ = end;
  if (++rounds_ < kRounds) return std::nullopt;
  return true;
}

}  // namespace lkmc
