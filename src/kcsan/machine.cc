// SPDX-License-Identifier: Apache-2.0
#include "src/kcsan/machine.h"

#include <algorithm>
#include <utility>

namespace lkmc::kcsan {
namespace {

template <class T>
void append(std::string& key, T value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// Counts accesses by location and thread.
class AccessCount {
 public:
  explicit AccessCount(std::size_t locations) : counts_(locations) {}
  void add(const Access& a) {
    if (a.location == kNoLocation) return;
    auto& [all, writes] = counts_[at(a.location)][a.thread];
    ++all;
    if (a.is(kWriteBit)) ++writes;
  }
  // Of those counted, how many conflict with the access.
  [[nodiscard]] int conflicting(const Access& a) const {
    if (a.location == kNoLocation) return 0;
    int n = 0;
    for (const auto& [thread, count] : counts_[at(a.location)]) {
      if (thread != a.thread) n += a.is(kWriteBit) ? count.first : count.second;
    }
    return n;
  }

 private:
  std::vector<std::map<ThreadId, std::pair<int, int>>> counts_;  // all, and writes
};

}  // namespace

Machine::Machine(Code& code, const KcsanProfile& profile, const MachineLimits& limits) : code_(code), profile_(profile), limits_(limits) {}

// --- what KCSAN could report at all -------------------------------------------------------------------------------------

bool Machine::is_assumed_atomic(const Access& a) const {
  return profile_.plain_writes_atomic && a.is(kWriteBit) && !a.is(kCompoundBit) && a.bytes <= 8 && a.aligned;
}

bool Machine::can_watch(const Access& a) const {
  const Context& context = code_.context(a.context);
  if (context.disabled > 0 || a.is(kAtomicBit) || ignores_address(a)) return false;
  return a.is(kAssertBit) || (!is_assumed_atomic(a) && context.nestable == 0 && !context.flat);
}

bool Machine::can_find(const Access& a) const {
  const Context& context = code_.context(a.context);
  return context.disabled == 0 && !ignores_address(a) && !is_uninstrumented(a);
}

bool Machine::is_unnoticed(int checked_as) const {
  if (checked_as == kNone) return true;
  const Access& a = code_.access(checked_as);
  return !can_find(a) || code_.context(a.context).mask != 0;
}

void Machine::find_candidates() {
  const std::vector<Access>& all = code_.accesses();
  const std::size_t locations = code_.program().locations().size();
  AccessCount any(locations), watching(locations), finding(locations);
  for (const Access& a : all) {
    any.add(a);
    if (can_watch(a)) watching.add(a);
    if (can_find(a)) finding.add(a);
  }
  useful_watch_.clear();
  useful_find_.clear();
  matters_.clear();
  questions_.clear();
  open_questions_ = 0;
  answered_.clear();
  unreached_.assign(at(code_.thread_count()), 0);
  shared_.clear();
  for (const LocationInfo& l : code_.program().locations()) shared_.push_back(l.is_ghost);  // its accesses are not looked at
  changes_.clear();
  for (const Code::Write& w : code_.writes()) changes_.emplace(w.thread, w.location, is_unnoticed(w.checked_as) ? kNone : kMissed);
  has_scopes_ = false;
  for (const Access& a : all) {
    const bool meets_others = any.conflicting(a) > 0;
    if (meets_others) shared_[at(a.location)] = true;
    matters_.push_back(meets_others);
    useful_watch_.push_back(meets_others && can_watch(a));
    useful_find_.push_back(can_find(a) && watching.conflicting(a) > 0);
    int questions = useful_watch_.back() ? finding.conflicting(a) : 0;
    for (const int nobody : {kNone, kMissed}) {
      if (useful_watch_.back() && reports_unknown_origin(a) && may_change(a, nobody)) ++questions;
    }
    questions_.push_back(questions);
    open_questions_ += questions_.back();
    if (meets_others && !code_.is_reached(static_cast<int>(questions_.size()) - 1)) ++unreached_[at(a.thread)];
    has_scopes_ = has_scopes_ || (a.is(kAssertBit) && a.is(kScopedBit));
  }
}

// --- what is still to be found out --------------------------------------------------------------------------------------

// Whether something holds of an access that the thread has still to make, perhaps, or that may still be checked again.
template <class Visit>
bool Machine::any_ahead(const State& s, ThreadId t, const Visit& visit) const {
  const ThreadState& me = s.threads[at(t)];
  if (me.ended) return false;
  if (me.delayed != kNone && visit(me.delayed)) return true;
  const std::vector<int>& scoped = code_.context(op_of(s, t).context).scoped;
  if (std::any_of(scoped.begin(), scoped.end(), visit)) return true;
  const Code::Range range = code_.ahead(t, me.path, me.stage == 0 ? me.op : me.op + 1);
  return std::any_of(code_.in_order().begin() + range.begin, code_.in_order().begin() + range.end, visit);
}

// Whether anything that comes could answer a question, or shows that an access can be made.
bool Machine::is_worthwhile(const State& s) const {
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    const bool worthwhile = any_ahead(s, t, [&](int a) {
      if (unreached_[at(t)] > 0 && matters_[at(a)] && !code_.is_reached(a)) return true;
      return questions_[at(a)] > 0 && is_asked(s, t, a);
    });
    if (worthwhile) return true;
  }
  return false;
}

// Whether another thread could answer a question about the access.
bool Machine::is_asked(const State& s, ThreadId watcher, int access) const {
  if (questions_[at(access)] == 0) return false;
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    if (t != watcher && may_answer(s, t, access)) return true;
  }
  return false;
}

bool Machine::may_answer(const State& s, ThreadId t, int watched) const {
  const ThreadState& me = s.threads[at(t)];
  const Access& access = code_.access(watched);
  if (me.ended) return false;
  const auto may_change_for = [&](int nobody) { return asks(watched, nobody) && changes_.contains({t, access.location, nobody}); };
  const bool unnoticed = may_change_for(kNone);
  if ((unnoticed || may_change_for(kMissed)) && code_.may_write(t, me.path, me.op, access.location)) {
    // Who has still to make its check runs into the watchpoint, as a rule.
    const Op& op = op_of(s, t);
    const bool is_checked = (me.stage != 0 || op.access == kNone) && op.location == access.location;
    if (unnoticed || thorough_ || s.window.watcher == kNone || is_checked) return true;
  }
  return any_ahead(s, t, [&](int a) {
    return conflict(access, code_.access(a)) && can_find(code_.access(a)) && !answered_.contains({watched, a});
  });
}

// Whether a watcher of the access might see another value behind its stall.
bool Machine::may_change(const Access& a) const {
  if (!a.is_comparable()) return false;
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    if (t != a.thread && code_.may_write(t, kRootPath, 0, a.location)) return true;
  }
  return false;
}

bool Machine::may_change(const Access& a, int finder) const {
  if (!a.is_comparable()) return false;
  return std::any_of(changes_.begin(), changes_.end(), [&](const auto& change) {
    const auto& [thread, location, nobody] = change;
    return thread != a.thread && location == a.location && nobody == finder;
  });
}

// Whether it is still to be found out if the value of a watched access changes with nobody in sight.
bool Machine::asks(int watched, int finder) const {
  return reports_unknown_origin(code_.access(watched)) && !answered_.contains({watched, finder});
}

void Machine::answer(int watched, int finder) {
  if (!answered_.emplace(watched, finder).second) return;
  --questions_[at(watched)];
  --open_questions_;
}

void Machine::reach(int access) {
  if (code_.is_reached(access)) return;
  code_.reach(access);
  if (with_watchers_ && matters_[at(access)]) --unreached_[at(code_.access(access).thread)];
}

// --- the exploration ----------------------------------------------------------------------------------------------------

void Machine::explore_threads() {
  explore();
  code_.look_ahead();
  find_candidates();
}

void Machine::explore_watchers() {
  find_candidates();
  with_watchers_ = true;
  for (const bool thorough : {false, true}) {
    thorough_ = thorough;
    if (complete_) explore();
  }
}

void Machine::explore() {
  visited_.clear();
  open_.clear();
  States first{initial()};
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    States next;
    for (State& s : first) {
      s.threads[at(t)].path = code_.root(t);
      settle(std::move(s), t, kNoEvent, next);
    }
    first = std::move(next);
  }
  for (State& s : first) add(std::move(s));
  while (!open_.empty() && !expired() && !(with_watchers_ && open_questions_ == 0)) {
    const State s = std::move(open_.back());
    open_.pop_back();
    if (s.window.watcher != kNone) {
      judge(s);
      if (is_over(s)) continue;
    } else if (with_watchers_ && !is_worthwhile(s)) {
      continue;
    }
    for (ThreadId t = 0; t < code_.thread_count(); ++t) {
      if (s.threads[at(t)].ended || t == s.window.watcher) continue;
      if (s.window.finder != kNone && !depends_on_values(s.window.access) && t != code_.access(s.window.finder).thread) continue;
      if (s.window.watcher != kNone) {
        window_steps(s, t);
      } else {
        base_steps(s, t);
      }
    }
  }
  visited_states_ += visited_.size();
  visited_.clear();
  open_.clear();
}

Machine::State Machine::initial() const {
  State s{.threads = std::vector<ThreadState>(at(code_.thread_count())), .memory = {}};
  for (const LocationInfo& l : code_.program().locations()) s.memory.push_back(l.initial);
  return s;
}

bool Machine::expired() {
  constexpr std::uint64_t kStepsBetweenLooks = 256;
  bool stop = visited_.size() >= limits_.max_states;
  if (++steps_ % kStepsBetweenLooks == 0) {
    stop = stop || (limits_.cancelled != nullptr && limits_.cancelled->load(std::memory_order_relaxed)) ||
           (limits_.deadline && std::chrono::steady_clock::now() >= *limits_.deadline);
  }
  if (stop) complete_ = false;
  return stop;
}

const std::string& Machine::key(const State& s) {
  key_.clear();
  for (const ThreadState& t : s.threads) {
    append(key_, t.path);
    append(key_, t.op);
    append(key_, t.stage);
    append(key_, static_cast<char>(t.ended | t.watching << 1 | t.waiting << 2));
    append(key_, t.delayed);
    append(key_, t.atomic_next);
    append(key_, static_cast<int>(t.values.size()));
    for (const Word v : t.values) append(key_, v);
    append(key_, static_cast<int>(t.awaited.size()));
    for (const Section& a : t.awaited) append(key_, a);
    append(key_, static_cast<int>(t.stalled.size()));
    for (const ThreadId stalled : t.stalled) append(key_, stalled);
  }
  for (const Word w : s.memory) append(key_, w);
  append(key_, s.window.watcher);
  if (s.window.watcher != kNone) {
    append(key_, s.window.access);
    append(key_, s.window.delayed);
    append(key_, s.window.before);
    append(key_, s.window.finder);
    append(key_, s.window.finder_delayed);
    append(key_, s.window.missed);
  }
  for (const Section& open : s.sections) append(key_, open);
  return key_;
}

void Machine::add(State state) {
  if (visited_.insert(key(state)).second) open_.push_back(std::move(state));
}

void Machine::base_steps(const State& s, ThreadId t) {
  States next;
  for (State& checked : check_states(s, t, kNone)) {
    if (checked.threads[at(t)].stage == kReady) {
      perform(std::move(checked), t, next);
    } else {
      start_windows(checked, t);
    }
  }
  for (State& n : next) add(std::move(n));
}

void Machine::window_steps(const State& s, ThreadId t) {
  const ThreadState& me = s.threads[at(t)];
  States next;
  if (me.watching) {
    State n = s;
    end_stall(n, t, *element(n, t, me.stage));
    next.push_back(std::move(n));
  } else if (me.stage != kReady) {
    check(s, t, s.window.access, next);
  } else {
    perform(s, t, next);
  }
  for (State& n : next) add(std::move(n));
}

}  // namespace lkmc::kcsan
