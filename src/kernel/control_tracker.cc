// SPDX-License-Identifier: Apache-2.0
#include "src/kernel/control_tracker.h"

#include <algorithm>
#include <utility>

namespace lkmc::kernel {
namespace {

constexpr std::size_t kMostRehearsedSteps = 1 << 18;

}  // namespace

void ControlTracker::begin(Thread& thread) {
  here_ = ControlFlow::kBeginning;
  has_too_many_rounds_ = false;
  is_given_up_ = false;
  answers_.clear();
  decisions_.clear();
  variables_.begin();
  choice_.reset();
  waited_for_.clear();
  regions_.clear();
  thread.close_control(0);
  if (rehearsal_ != nullptr) rehearsal_->clear();
}

bool ControlTracker::arrive(Thread& thread, Point point) {
  const Point left = std::exchange(here_, point);
  if (rehearsal_ != nullptr) {
    // A loop without end is the watchdog's affair.
    if (rehearsal_->size() < kMostRehearsedSteps) rehearsal_->push_back({.kind = Step::Kind::kArrival, .point = point});
    return true;
  }
  const bool is_known = !flow_.is_open() || flow_.knows(left, point);
  const auto join = flow_.join_of(left);
  const ControlFlow::Cause* const cause = flow_.cause_of(left);
  std::optional<Decisions> known = std::exchange(choice_, std::nullopt);
  Decisions behind;
  if (known) {
    behind = std::move(*known);
  } else if (cause != nullptr) {
    behind = decisions_behind(*cause);
  }
  for (const std::size_t d : behind) {
    decisions_[d].has_parted = true;
    decisions_[d].has_governed = decisions_[d].has_governed || join != point;
  }
  if (flow_.parts(left) && join != point) {
    const std::size_t open_before = thread.open_control({});
    if (cause != nullptr || !behind.empty()) {
      const auto rounds = std::count_if(regions_.begin(), regions_.end(), [&](const Region& r) { return r.point == left; });
      has_too_many_rounds_ = has_too_many_rounds_ || rounds >= thread.max_rounds();
      // Where nothing is known to meet, nothing is known to be decided.
      if (join) (void)thread.open_control({.conditions = reads_of(behind)});
    }
    regions_.push_back({left, join.value_or(kNever), open_before, std::move(behind)});
  }
  end_regions_at(thread, point);
  if (wants_variables()) {
    Decisions governing;
    for (const Region& r : regions_) add_decisions(governing, r.decisions);
    variables_.governed_by(std::move(governing));
  }
  return is_known;
}

// Others may have ended theirs meanwhile, and with them some of those that stand here.
void ControlTracker::end_regions_at(Thread& thread, Point point) {
  const auto ended = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) { return r.join == point; });
  if (ended == regions_.end()) return;
  std::size_t open_before = ended->open_before;
  for (auto r = ended; r != regions_.end(); ++r) open_before = std::min(open_before, r->open_before);
  thread.close_control(open_before);
  if (!waited_for_.empty()) (void)thread.open_control({.conditions = waited_for_});
  regions_.erase(ended, regions_.end());
}

void ControlTracker::end(Thread& thread) const {
  if (!has_too_many_rounds_ && !is_given_up_) return;
  thread.act_on_rounds();  // the path may be left out instead
  thread.stop_at_bound(last_decision_);
}

void ControlTracker::ask(Point place) {
  if (rehearsal_ != nullptr) rehearsal_->push_back({.kind = Step::Kind::kAsked, .point = place});
}

void ControlTracker::note(Thread& thread, Point at, const Value& value, Word outcome, bool is_open) {
  // A decision inside of a region is one that others would not have come to.
  decisions_.push_back({at, deciding_reads(thread.assigned(value))});
  if (wants_variables()) variables_.decided(decisions_.size() - 1);
  if (rehearsal_ != nullptr) rehearsal_->push_back({.kind = Step::Kind::kDecision, .point = at, .word = outcome, .is_open = is_open});
}

bool ControlTracker::decide(Thread& thread, Point at, const Value& condition, const SourcePos& pos) {
  end(thread);
  last_decision_ = pos;
  if (rehearsal_ != nullptr) {
    const auto before = std::count_if(decisions_.begin(), decisions_.end(), [&](const Decision& d) { return d.point == at; });
    if (before >= kMostRehearsedDecisions) thread.stop_at_bound(pos);
  }
  const bool is_open = !thread.is_decided(condition);
  const bool taken = thread.branch(condition);
  note(thread, at, condition, taken ? 1 : 0, is_open);
  return taken;
}

void ControlTracker::decide(Thread& thread, Point at, const Value& selector, Word word, bool is_open, const SourcePos& pos) {
  end(thread);
  last_decision_ = pos;
  note(thread, at, selector, word, is_open);
}

std::vector<EventIndex> ControlTracker::number(Point place, Word word) {
  if (rehearsal_ != nullptr) {
    rehearsal_->push_back({.kind = Step::Kind::kNumber, .point = place, .word = word});
    return {};
  }
  const ControlFlow::Cause* cause = flow_.cause_of(place);
  return cause != nullptr ? reads_of(decisions_behind(*cause)) : std::vector<EventIndex>();
}

void ControlTracker::depend_from_here(Thread& thread, const Value& condition) {
  waited_for_ = merge_reads(waited_for_, deciding_reads(condition));
  (void)thread.open_control(condition);
}

ControlTracker::Decisions ControlTracker::decisions_behind(const ControlFlow::Cause& cause) const {
  Decisions behind;  // latest first
  for (std::size_t d = decisions_.size(); d-- > 0;) {
    const Decision& decision = decisions_[d];
    if (decision.has_parted && !decision.has_governed) continue;
    if (std::find(cause.decisions.begin(), cause.decisions.end(), decision.point) == cause.decisions.end()) continue;
    behind.push_back(d);
    if (cause.latest_only) break;
  }
  std::ranges::reverse(behind);
  return behind;
}

std::vector<EventIndex> ControlTracker::reads_of(const Decisions& decisions) const {
  std::vector<EventIndex> reads;
  for (const std::size_t d : decisions) reads = merge_reads(reads, decisions_[d].reads);
  return reads;
}

}  // namespace lkmc::kernel
