// SPDX-License-Identifier: Apache-2.0
#include "src/kcsan/oracle.h"

#include <algorithm>
#include <chrono>
#include <tuple>
#include <utility>

namespace lkmc {
namespace {

using kcsan::Access;
using kcsan::Meeting;
using kcsan::Pair;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// More nodes of the threads' unfoldings than these are not looked at to find out whether there is anything to report.
constexpr int kMaxNodesToLookAt = 20'000;

// Where a report finds an access; the reader cannot tell more apart.
using Place = std::tuple<std::vector<std::string>, int, int, Location, int>;
Place place_of(const KcsanAccess& a) {
  std::vector<std::string> functions;
  for (const KcsanFrame& f : a.stack) functions.push_back(f.function);
  return {functions, a.pos.line, a.pos.column, a.location, a.type};
}

}  // namespace

bool KcsanReport::is_assert() const { return ((watcher.type | (finder ? finder->type : 0)) & kcsan::kAssertBit) != 0; }

// --- a run --------------------------------------------------------------------------------------------------------------

KcsanAccess KcsanRun::describe(int index, bool delayed, int at_context, const SourcePos& at_pos) const {
  const Access& a = code_->access(index);
  KcsanAccess out{.thread = a.thread,
                  .location = a.location,
                  .type = a.type,
                  .bytes = a.bytes,
                  .pos = a.pos,
                  .stack = code_->stack(a.context, a.pos),
                  .reordered_to = {}};
  if (delayed) {
    out.type |= kcsan::kScopedBit;
    const std::vector<KcsanFrame> stack = code_->stack(at_context, at_pos);
    if (!stack.empty()) out.reordered_to = stack.front();
  }
  return out;
}

void KcsanRun::collect(const kcsan::Machine& machine) {
  meetings_ = machine.meetings();
  all_reached_ = machine.has_questions();
  for (const Access& a : code_->accesses()) {
    can_watch_.push_back(machine.can_watch(a));
    can_find_.push_back(machine.can_find(a));
    assumed_atomic_.push_back(machine.is_assumed_atomic(a));
  }
  // The best report first: with a change of value, then without delay, then in the order of the program.
  std::vector<std::tuple<bool, bool, Pair>> order;
  for (const auto& [pair, m] : meetings_) {
    if (m.reported) order.emplace_back(!m.value_changed, pair.watcher_delayed || pair.finder_delayed, pair);
  }
  std::sort(order.begin(), order.end());
  std::vector<std::pair<Place, Place>> seen;
  std::vector<Place> unknown;  // watchers of races whose origin is not known
  std::vector<Place> known;    // accesses of those whose origin is
  using kcsan::kMissed;
  using kcsan::kNone;
  for (const int kind : {0, kNone, kMissed}) {  // 0: with a finder
    const bool wants_origin = kind == 0;
    for (const auto& entry : order) {
      const Pair& pair = std::get<Pair>(entry);
      if (wants_origin ? pair.finder < 0 : pair.finder != kind) continue;
      const Meeting& m = meetings_.at(pair);
      const Access& watcher = code_->access(pair.watcher);
      KcsanReport report{.watcher = describe(pair.watcher, pair.watcher_delayed, m.watcher_context, m.watcher_pos),
                         .finder = {},
                         .value_changed = m.value_changed,
                         .before = m.before,
                         .after = m.after,
                         .mask = pair.watcher_delayed ? 0 : code_->context(watcher.context).mask};
      // Delay is no difference of places.
      const Place mine = place_of(describe(pair.watcher, false, 0, {}));
      if (wants_origin) {
        report.finder = describe(pair.finder, pair.finder_delayed, m.finder_context, m.finder_pos);
        std::pair<Place, Place> both(mine, place_of(describe(pair.finder, false, 0, {})));
        known.push_back(both.first);
        known.push_back(both.second);
        if (both.second < both.first) std::swap(both.first, both.second);
        if (std::find(seen.begin(), seen.end(), both) != seen.end()) continue;
        seen.push_back(std::move(both));
      } else {
        const auto is_in = [&](const std::vector<Place>& places) { return std::find(places.begin(), places.end(), mine) != places.end(); };
        if (is_in(unknown) || (kind == kMissed && is_in(known))) continue;
        unknown.push_back(mine);
      }
      reports_.push_back(std::move(report));
    }
  }
}

std::vector<int> KcsanRun::matching(const RacingAccess& access, Location location) const {
  std::vector<int> found;
  const std::vector<Access>& all = code_->accesses();
  for (std::size_t a = 0; a < all.size(); ++a) {
    if (all_reached_ && !code_->is_reached(static_cast<int>(a))) continue;
    if (all[a].thread == access.thread && all[a].location == location && all[a].pos == access.pos && !all[a].is(kcsan::kAssertBit)) {
      found.push_back(static_cast<int>(a));
    }
  }
  return found;
}

std::string KcsanRun::why_unwatched(const std::vector<int>& accesses) const {
  const Access& a = code_->access(accesses.front());
  const kcsan::Context& context = code_->context(a.context);
  const std::string what = a.is(kcsan::kWriteBit) ? "write" : "read";
  if (a.is(kcsan::kAtomicBit)) return "the " + what + " is marked";
  if (context.disabled > 0) return "the " + what + " is in data_race(), or where KCSAN is disabled";
  if (assumed_atomic_[at(accesses.front())]) return "the plain write counts as atomic (KCSAN_ASSUME_PLAIN_WRITES_ATOMIC)";
  if (context.nestable > 0 || context.flat) return "the " + what + " is in a region that is declared atomic";
  return "the " + what + " is of current->flags (KCSAN_PERMISSIVE)";
}

KcsanVerdict KcsanRun::verdict(const RacingPair& pair) const {
  using Answer = KcsanVerdict::Answer;
  const std::vector<int> first = matching(pair.first, pair.location);
  const std::vector<int> second = matching(pair.second, pair.location);
  if ((first.empty() || second.empty()) && complete_) {
    return {Answer::kNotReported, "an access is never made without the reordering of loads or values, which KCSAN does not have"};
  }
  const auto is_in = [](const std::vector<int>& list, int a) { return std::find(list.begin(), list.end(), a) != list.end(); };
  bool met = false, same_value = false, one_bit = false, delayed = false, undelayed = false, unknown_origin = false;
  for (const auto& [who, m] : meetings_) {
    if (who.finder < 0) {
      unknown_origin = unknown_origin || (m.reported && (is_in(first, who.watcher) || is_in(second, who.watcher)));
      continue;
    }
    const bool these = (is_in(first, who.watcher) && is_in(second, who.finder)) || (is_in(second, who.watcher) && is_in(first, who.finder));
    if (!these) continue;
    met = true;
    same_value = same_value || m.same_value;
    one_bit = one_bit || m.one_bit;
    if (m.reported) (who.watcher_delayed || who.finder_delayed ? delayed : undelayed) = true;
  }
  if (undelayed) return {Answer::kReported, ""};
  if (delayed) return {Answer::kReported, "as an access that is delayed (KCSAN_WEAK_MEMORY)"};
  if (!complete_) return {Answer::kUnknown, "the exploration of what KCSAN sees did not end"};

  const auto any = [](const std::vector<int>& list, const std::vector<bool>& bits) {
    return std::any_of(list.begin(), list.end(), [&](int a) { return bits[at(a)]; });
  };
  const auto hidden = [&](const std::vector<int>& list) { return !any(list, can_find_); };
  if (hidden(first) || hidden(second)) {
    const std::vector<int>& which = hidden(first) ? first : second;
    const bool ignored = profile_.ignore_atomics && code_->access(which.front()).is(kcsan::kAtomicBit);
    return {Answer::kNotReported, (ignored ? "marked accesses are not looked at (KCSAN_IGNORE_ATOMICS)" : why_unwatched(which)) +
                                      std::string(unknown_origin ? "; what it races with is reported, with unknown origin" : "")};
  }
  if (!any(first, can_watch_) && !any(second, can_watch_)) {
    const std::string one = why_unwatched(first);
    const std::string other = why_unwatched(second);
    return {Answer::kNotReported, one == other ? one : one + ", and " + other};
  }
  if (met && one_bit) return {Answer::kNotReported, "no more than one bit changes (KCSAN_PERMISSIVE)"};
  if (met && same_value) return {Answer::kNotReported, "the value that is watched does not change (KCSAN_REPORT_VALUE_CHANGE_ONLY)"};
  if (met) return {Answer::kNotReported, "only bits change that the watcher does not look at"};
  if (!profile_.weak_memory) return {Answer::kNotReported, "the two never meet unless accesses are reordered (KCSAN_WEAK_MEMORY is off)"};
  std::string reason =
      "the two never meet: KCSAN delays an access no further than to a barrier or the end of its function, and never does one "
      "early, so a missing acquire is invisible to it";
  for (const std::vector<int>& one : {first, second}) {
    if (!any(one, can_watch_)) reason += "; " + why_unwatched(one) + ", so it is not delayed at all";
  }
  return {Answer::kNotReported, reason};
}

// --- the oracle ---------------------------------------------------------------------------------------------------------

KcsanOracle::KcsanOracle(const Program& program, std::vector<std::string> thread_names)
    : program_(program), thread_names_(std::move(thread_names)) {}

// To look at the paths of the threads one by one is much less than to run the threads in turns. What it tells of values that a
// thread may go on with is too much; if there is nothing to report all the same, that is right.
KcsanRun KcsanOracle::run(const KcsanProfile& profile, const KcsanLimits& limits) {
  using kcsan::Code;
  const auto start = std::chrono::steady_clock::now();
  const kcsan::Instrumentation instrumentation{profile.has_compound, profile.plain_writes_atomic};
  Codes& codes = codes_[instrumentation];
  if (codes.all == nullptr) {
    codes.all = std::make_unique<Code>(program_, thread_names_, instrumentation);
    codes.seen = codes.all->see_all(kMaxNodesToLookAt);
  }
  bool has_questions = true;
  if (codes.seen != Code::Seen::kSome) {
    kcsan::Machine machine(*codes.all, profile, limits);
    machine.find_candidates();
    has_questions = machine.has_questions();
  }
  const bool runs_threads = has_questions && codes.seen != Code::Seen::kAll;
  if (runs_threads && codes.reached == nullptr) codes.reached = std::make_unique<Code>(program_, thread_names_, instrumentation);
  Code& code = runs_threads ? *codes.reached : *codes.all;

  kcsan::Machine machine(code, profile, limits);
  KcsanRun run(code, profile);
  if (has_questions) {
    if (runs_threads && !codes.threads_have_run) {
      machine.explore_threads();
      codes.threads_have_run = machine.is_complete();
    }
    if (machine.is_complete()) machine.explore_watchers();
    run.complete_ = machine.is_complete() && !program_.outgrown();
    run.states_ = machine.states();
  }
  run.collect(machine);
  run.seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace lkmc
