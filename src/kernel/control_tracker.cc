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
  std::vector<EventIndex> reads;
  if (cause != nullptr) {
    reads = reads_behind(*cause);
    for_each_behind(*cause, [&](Decision& d) {
      d.has_parted = true;
      d.has_governed = d.has_governed || join != point;
    });
  }
  if (flow_.parts(left) && join != point) {
    const std::size_t open_before = thread.open_control({});
    if (cause != nullptr) {
      const auto rounds = std::count_if(regions_.begin(), regions_.end(), [&](const Region& r) { return r.point == left; });
      has_too_many_rounds_ = has_too_many_rounds_ || rounds >= thread.max_rounds();
      // Where nothing is known to meet, nothing is known to be decided.
      if (join) (void)thread.open_control({.conditions = std::move(reads)});
    }
    regions_.push_back({left, join.value_or(kNever), open_before});
  }
  const auto ended = std::find_if(regions_.begin(), regions_.end(), [&](const Region& r) { return r.join == point; });
  if (ended == regions_.end()) return is_known;
  // Others may have ended theirs meanwhile, and with them some of those that stand here.
  std::size_t open_before = ended->open_before;
  for (auto r = ended; r != regions_.end(); ++r) open_before = std::min(open_before, r->open_before);
  thread.close_control(open_before);
  if (!waited_for_.empty()) (void)thread.open_control({.conditions = waited_for_});
  regions_.erase(ended, regions_.end());
  return is_known;
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
  return cause != nullptr ? reads_behind(*cause) : std::vector<EventIndex>();
}

void ControlTracker::depend_from_here(Thread& thread, const Value& condition) {
  waited_for_ = merge_reads(waited_for_, deciding_reads(condition));
  (void)thread.open_control(condition);
}

template <class F>
void ControlTracker::for_each_behind(const ControlFlow::Cause& cause, const F& f) {
  for (auto d = decisions_.rbegin(); d != decisions_.rend(); ++d) {
    if (d->has_parted && !d->has_governed) continue;
    if (std::find(cause.decisions.begin(), cause.decisions.end(), d->point) == cause.decisions.end()) continue;
    f(*d);
    if (cause.latest_only) break;
  }
}

std::vector<EventIndex> ControlTracker::reads_behind(const ControlFlow::Cause& cause) {
  std::vector<EventIndex> reads;
  for_each_behind(cause, [&](const Decision& d) { reads = merge_reads(reads, d.reads); });
  return reads;
}

}  // namespace lkmc::kernel
