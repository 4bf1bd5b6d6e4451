// SPDX-License-Identifier: Apache-2.0
// The windows of the machine: where they begin, what the watcher reports at their end, and when nothing more can come of them.
#include <algorithm>
#include <utility>

#include "src/kcsan/machine.h"

namespace lkmc::kcsan {
namespace {

std::uint64_t width_mask(int bytes) { return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1; }

// kcsan_ignore_data_race() of KCSAN_PERMISSIVE: a plain read in which one bit changes, unless that is a truth value. Of the
// change only the bits of the access mask are looked at, of the values all.
bool is_harmless(const Access& a, std::uint64_t before, std::uint64_t after, std::uint64_t diff) {
  if (a.type != 0 || a.bytes > 8) return false;
  if ((before == 0 || after == 0) && diff == 1) return false;
  return (diff & (diff - 1)) == 0;
}

// Addresses are made up here, so in how many bits two of them differ says nothing.
bool is_address(const Program& program, Word word) {
  if (program.location_at(word)) return true;
  const std::vector<Program::Memory> all = program.memory();
  return std::any_of(all.begin(), all.end(), [&](const Program::Memory& m) { return m.begin <= word && word < m.begin + m.size; });
}

// The functions of which a report needs no change of value.
bool is_rcu_function(const std::string& name) {
  return name.find("rcu_") != std::string::npos || name.find("_rcu") != std::string::npos || name.find("_srcu") != std::string::npos;
}

}  // namespace

// Whether the watchpoint that the thread has up in `theirs`, if it has one, could be up beside those in `s`: the check that
// came later would have found the other.
bool Machine::stalls_fit(const State& s, ThreadId t, const State& theirs) const {
  if (!theirs.threads[at(t)].watching) return true;
  const Access& access = code_.access(element(theirs, t, theirs.threads[at(t)].stage)->access);
  for (ThreadId other = 0; other < t; ++other) {
    const ThreadState& o = s.threads[at(other)];
    if (o.watching && conflict(access, code_.access(element(s, other, o.stage)->access))) return false;
  }
  return true;
}

// Puts up a watchpoint for the check that t is at. The other threads may have made some of their checks before that.
void Machine::start_windows(const State& s, ThreadId t) {
  const ThreadState& me = s.threads[at(t)];
  const Element e = *element(s, t, me.stage);
  const Access& access = code_.access(e.access);
  const Context& context = code_.context(op_of(s, t).context);
  ThreadState copy = me;
  if (!is_asked(s, t, e.access) || count_atomic(copy, e, context) || !may_watch_here(e, context)) return;
  States starts{s};
  starts.front().window = {.watcher = t, .access = e.access, .delayed = e.delayed};
  if (!e.delayed && access.is_comparable()) starts.front().window.before = s.memory[at(access.location)];
  if (!depends_on_values(e.access)) return try_short_windows(starts.front(), t);
  for (ThreadId other = 0; other < code_.thread_count(); ++other) {
    const ThreadState& o = s.threads[at(other)];
    if (other == t || o.ended || o.stage == kReady) continue;
    // Checks that the watchpoint does not concern may as well be made while it is up.
    bool concerned = false;
    State probe = s;
    for (int stage = o.stage; stage != kReady; stage = next_stage(probe, other, stage + 1)) {
      const auto theirs = element(s, other, stage);
      concerned = concerned || (theirs && conflict(access, code_.access(theirs->access)));
    }
    if (!concerned) continue;
    States more;
    for (const State& checked : check_states(s, other, e.access)) {
      for (const State& start : starts) {
        if (!stalls_fit(start, other, checked)) continue;
        more.push_back(start);
        more.back().threads[at(other)] = checked.threads[at(other)];
      }
    }
    starts = std::move(more);
  }
  for (State& start : starts) {
    if (!is_over(start)) add(std::move(start));
  }
}

// Lets each other thread make one check, or one step.
void Machine::try_short_windows(const State& start, ThreadId t) {
  State before = start;
  before.window = {};
  for (ThreadId other = 0; other < code_.thread_count(); ++other) {
    const ThreadState& o = start.threads[at(other)];
    if (other == t || o.ended) continue;
    if (!may_answer(start, other, start.window.access)) continue;
    for (State& checked : check_states(before, other, kNone)) {
      const bool is_ready = checked.threads[at(other)].stage == kReady;
      checked.window = start.window;
      States next;
      if (is_ready) {
        perform(std::move(checked), other, next);
        for (const State& n : next) judge(n);
      } else {
        check(checked, other, kNone, next);
        for (State& n : next) {
          if (n.window.finder != kNone) add(std::move(n));
        }
      }
    }
  }
}

// What the watcher reports if it wakes up here.
void Machine::judge(const State& s) {
  const Window& w = s.window;
  const Access& access = code_.access(w.access);
  const Op& op = op_of(s, w.watcher);
  const Context& context = code_.context(op.context);
  const std::uint64_t mask = w.delayed ? 0 : static_cast<std::uint64_t>(context.mask);
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  if (!w.delayed && access.is_comparable()) {
    before = static_cast<std::uint64_t>(w.before) & width_mask(access.bytes);
    after = static_cast<std::uint64_t>(s.memory[at(access.location)]) & width_mask(access.bytes);
  }
  std::uint64_t diff = before ^ after;
  if (mask != 0) diff &= mask;
  const bool harmless = profile_.permissive && diff != 0 && is_harmless(access, before, after, diff) &&
                        !is_address(code_.program(), static_cast<Word>(before)) && !is_address(code_.program(), static_cast<Word>(after));
  bool changed = diff != 0 && !harmless;
  const bool is_assert = access.is(kAssertBit);
  if (w.finder == kNone && (!changed || !reports_unknown_origin(access))) return;

  const int finder = w.finder == kNone && w.missed ? kMissed : w.finder;
  if (finder == kMissed && !asks(w.access, kMissed)) return;
  Meeting& m = meetings_[{w.access, w.delayed, finder, w.finder_delayed}];
  bool reported = true;
  if (w.finder != kNone && !changed) {
    if (mask != 0) {
      m.outside_mask = true;
      reported = false;
    } else if (access.bytes <= 8 && !is_assert && profile_.value_change_only) {
      // The function that KCSAN asks for is that of the access which ran into the watchpoint. What is inlined has no name then.
      reported = is_rcu_function(code_.context(code_.access(w.finder).context).functions.back().function);
      if (!reported) (harmless ? m.one_bit : m.same_value) = true;
    }
  }
  if (reported && (!m.reported || (diff != 0 && !m.value_changed))) {
    m.reported = true;
    m.value_changed = diff != 0;
    m.before = static_cast<Word>(before);
    m.after = static_cast<Word>(after);
    m.watcher_context = op.context;
    m.watcher_pos = op.pos;
    m.finder_context = w.finder_context;
    m.finder_pos = w.finder_pos;
  }
  // A scoped assertion is checked in several places, and only some may have a mask.
  const bool may_be_reported_elsewhere = !m.reported && access.is(kScopedBit);
  const bool is_best = !w.delayed && !w.finder_delayed && !may_be_reported_elsewhere && (m.value_changed || !may_change(access));
  if (is_best) answer(w.access, finder);
  // That it could also be missed is no longer of interest.
  if (m.reported && !w.delayed && finder >= 0 && may_change(access, kMissed) && reports_unknown_origin(access)) answer(w.access, kMissed);
}

// Whether nothing that comes could make a better report of the window.
bool Machine::is_over(const State& s) const {
  const Window& w = s.window;
  const Access& access = code_.access(w.access);
  if (w.finder == kNone) return !is_asked(s, w.watcher, w.access);
  if (w.delayed || !access.is_comparable() || answered_.contains({w.access, w.finder})) return true;
  const auto found = meetings_.find({w.access, w.delayed, w.finder, w.finder_delayed});
  if (found != meetings_.end() && found->second.value_changed) return true;
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    const ThreadState& other = s.threads[at(t)];
    if (t != w.watcher && !other.ended && code_.may_write(t, other.path, other.op, access.location)) return false;
  }
  return true;
}

// Whether stalls of other threads beside a watchpoint for the access are explored.
bool Machine::follows_stalls(int watched) const {
  if (!thorough_ || code_.thread_count() <= 2 || watched == kNone) return false;
  return depends_on_values(watched);
}

// Whether it takes a change of value for a report by the watcher that somebody has run into its watchpoint.
bool Machine::depends_on_values(int watched) const {
  const Access& access = code_.access(watched);
  return code_.context(access.context).mask != 0 || (profile_.value_change_only && !access.is(kAssertBit));
}

}  // namespace lkmc::kcsan
