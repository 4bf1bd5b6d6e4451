#include "src/kernel/control_tracker.h"

#include <algorithm>
#include <utility>

namespace lkmc::kernel {

void ControlTracker::arrive(Thread& thread, Point point) {
  const Point left = std::exchange(here_, point);
  decisions_here_ = 0;
  numbers_here_ = 0;
  if (rehearsal_ != nullptr) {
    rehearsal_->push_back({.kind = Step::Kind::kArrival, .point = point});
    return;
  }
  if (const ControlFlow::Cause* cause = flow_.cause_of(left)) {
    const auto join = flow_.join_of(left);
    std::vector<EventIndex> reads = reads_behind(*cause);
    if (join && *join != point && !reads.empty()) {
      scopes_.push_back({*join, thread.open_control({.conditions = std::move(reads)})});
    }
  }
  // What was opened inside of a scope, and whose end was never met, ends with it.
  const auto ended = std::find_if(scopes_.begin(), scopes_.end(), [&](const Scope& s) { return s.join == point; });
  if (ended == scopes_.end()) return;
  thread.close_control(ended->open_before);
  scopes_.erase(ended, scopes_.end());
}

bool ControlTracker::decide(Thread& thread, const Value& condition, const SourcePos& pos, int unroll) {
  const Point at = numbered(here_, decisions_here_++);
  const int most = rehearsal_ != nullptr ? kMostRehearsedRounds : unroll + 1;
  const auto before = std::count_if(decisions_.begin(), decisions_.end(), [&](const Decision& d) { return d.point == at; });
  if (before >= most && (rehearsal_ != nullptr || !flow_.is_in_counting_loop(here_))) thread.stop_at_bound(pos);
  // A decision inside of a scope is one that others would not have come to.
  std::vector<EventIndex> reads = deciding_reads(thread.assigned(condition));
  const bool is_open = !thread.is_known(condition);
  const bool taken = thread.branch(condition);
  decisions_.push_back({at, std::move(reads)});
  if (rehearsal_ != nullptr) {
    rehearsal_->push_back({.kind = Step::Kind::kDecision, .point = at, .word = taken ? 1 : 0, .is_open = is_open});
  }
  return taken;
}

void ControlTracker::decide(Thread& thread, const Value& selector, Word word, bool is_open) {
  const Point at = numbered(here_, decisions_here_++);
  decisions_.push_back({at, deciding_reads(thread.assigned(selector))});
  if (rehearsal_ != nullptr) {
    rehearsal_->push_back({.kind = Step::Kind::kDecision, .point = at, .word = word, .is_open = is_open});
  }
}

std::vector<EventIndex> ControlTracker::number(Word word) {
  const Point at = numbered(~here_, numbers_here_++);
  if (rehearsal_ != nullptr) {
    rehearsal_->push_back({.kind = Step::Kind::kNumber, .point = at, .word = word});
    return {};
  }
  const ControlFlow::Cause* cause = flow_.cause_of(at);
  return cause != nullptr ? reads_behind(*cause) : std::vector<EventIndex>();
}

void ControlTracker::depend_from_here(Thread& thread, const Value& condition) {
  // Its end is that of the scope around it.
  (void)thread.open_control(condition);
}

std::vector<EventIndex> ControlTracker::reads_behind(const ControlFlow::Cause& cause) const {
  std::vector<EventIndex> reads;
  for (auto d = decisions_.rbegin(); d != decisions_.rend(); ++d) {
    if (std::find(cause.decisions.begin(), cause.decisions.end(), d->point) == cause.decisions.end()) continue;
    reads = merge_reads(reads, d->reads);
    if (cause.latest_only) break;
  }
  return reads;
}

}  // namespace lkmc::kernel
