#include "src/oracle/kcsan_machine.h"

#include <algorithm>
#include <utility>

namespace lkmc::kcsan {
namespace {

template <class T>
void append(std::string& key, T value) {
  key.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

}  // namespace

Machine::Machine(Code& code, const KcsanProfile& profile, const MachineLimits& limits)
    : code_(code), profile_(profile), limits_(limits) {}

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

void Machine::find_candidates() {
  const std::vector<Access>& all = code_.accesses();
  useful_watch_.assign(all.size(), false);
  useful_find_.assign(all.size(), false);
  shared_.assign(code_.program().locations().size(), false);
  has_scopes_ = std::any_of(all.begin(), all.end(), [](const Access& a) { return a.is(kAssertBit) && a.is(kScopedBit); });
  for (std::size_t a = 0; a < all.size(); ++a) {
    for (std::size_t b = 0; b < all.size(); ++b) {
      if (all[a].thread == all[b].thread || !conflict(all[a], all[b])) continue;
      shared_[at(all[a].location)] = true;
      if (!can_watch(all[a])) continue;
      useful_watch_[a] = true;
      if (can_find(all[b])) useful_find_[b] = true;
    }
  }
}

bool Machine::has_candidates() const {
  return std::find(useful_watch_.begin(), useful_watch_.end(), true) != useful_watch_.end();
}

// --- the exploration ----------------------------------------------------------------------------------------------------

void Machine::explore_threads() {
  explore(false);
  code_.look_ahead();
  find_candidates();
}

void Machine::explore_watchers() {
  find_candidates();
  explore(true);
}

void Machine::explore(bool with_watchers) {
  with_watchers_ = with_watchers;
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
  while (!open_.empty() && !expired()) {
    const State s = std::move(open_.back());
    open_.pop_back();
    if (s.window.watcher != kNone) {
      judge(s);
      if (is_over(s)) continue;
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
  }
  for (const Word w : s.memory) append(key_, w);
  append(key_, s.window.watcher);
  if (s.window.watcher != kNone) {
    append(key_, s.window.access);
    append(key_, s.window.delayed);
    append(key_, s.window.before);
    append(key_, s.window.finder);
    append(key_, s.window.finder_delayed);
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
