#include "src/oracle/kcsan_machine.h"

#include <algorithm>
#include <utility>

namespace lkmc::kcsan {
namespace {

std::size_t at(int index) { return static_cast<std::size_t>(index); }

// The sizes of which KCSAN compares values.
bool is_comparable(int bytes) { return bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8; }
std::uint64_t width_mask(int bytes) { return bytes >= 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (8 * bytes)) - 1; }

// kcsan_ignore_data_race() of KCSAN_PERMISSIVE: a plain read in which one bit changes, unless that is a truth value.
bool is_harmless(const Access& a, std::uint64_t before, std::uint64_t after) {
  const std::uint64_t diff = before ^ after;
  if (a.type != 0 || a.bytes > 8) return false;
  if ((before == 0 || after == 0) && diff == 1) return false;
  return (diff & (diff - 1)) == 0;
}

// The functions of which a report needs no change of value.
bool is_rcu_function(const std::string& name) {
  return name.find("rcu_") != std::string::npos || name.find("_rcu") != std::string::npos ||
         name.find("_srcu") != std::string::npos;
}

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
  if (!useful_watch_[at(e.access)] || count_atomic(copy, e, context) || !may_watch_here(e, context)) return;
  States starts{s};
  starts.front().window = {.watcher = t, .access = e.access, .delayed = e.delayed};
  if (!e.delayed && is_comparable(access.bytes)) starts.front().window.before = s.memory[at(access.location)];
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
  for (State& start : starts) add(std::move(start));
}

// Lets each other thread make one check, or one step.
void Machine::try_short_windows(const State& start, ThreadId t) {
  const Access& watched = code_.access(start.window.access);
  State before = start;
  before.window = {};
  for (ThreadId other = 0; other < code_.thread_count(); ++other) {
    const ThreadState& o = start.threads[at(other)];
    if (other == t || o.ended) continue;
    if (!code_.may_touch(other, o.path, watched.location) && o.delayed == kNone && !has_scopes_) continue;
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
  if (!w.delayed && is_comparable(access.bytes)) {
    before = static_cast<std::uint64_t>(w.before) & width_mask(access.bytes);
    after = static_cast<std::uint64_t>(s.memory[at(access.location)]) & width_mask(access.bytes);
  }
  std::uint64_t diff = before ^ after;
  if (mask != 0) diff &= mask;
  const bool harmless = profile_.permissive && diff != 0 && is_harmless(access, before, before ^ diff);
  bool changed = diff != 0 && !harmless;
  const bool is_assert = access.is(kAssertBit);
  if (w.finder == kNone && (!changed || !(profile_.report_unknown_origin || is_assert))) return;

  Meeting& m = meetings_[{w.access, w.delayed, w.finder, w.finder_delayed}];
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
  const bool better = !m.reported || (diff != 0 && !m.value_changed);
  if (!reported || !better) return;
  m.reported = true;
  m.value_changed = diff != 0;
  m.before = static_cast<Word>(before);
  m.after = static_cast<Word>(after);
  m.watcher_context = op.context;
  m.watcher_pos = op.pos;
  m.finder_context = w.finder_context;
  m.finder_pos = w.finder_pos;
}

// Whether nothing that comes could make another report of the window.
bool Machine::is_over(const State& s) const {
  const Window& w = s.window;
  const Access& access = code_.access(w.access);
  const bool compares = !w.delayed && is_comparable(access.bytes);
  if (w.finder != kNone) {
    if (!compares) return true;
    const auto found = meetings_.find({w.access, w.delayed, w.finder, w.finder_delayed});
    if (found != meetings_.end() && found->second.reported && found->second.value_changed) return true;
  }
  for (ThreadId t = 0; t < code_.thread_count(); ++t) {
    const ThreadState& other = s.threads[at(t)];
    if (t == w.watcher || other.ended) continue;
    if (compares && code_.may_write(t, other.path, access.location)) return false;
    if (w.finder != kNone) continue;
    if (code_.may_touch(t, other.path, access.location)) return false;
    if (other.delayed != kNone && conflict(access, code_.access(other.delayed))) return false;
    for (const int scoped : code_.context(op_of(s, t).context).scoped) {
      if (conflict(access, code_.access(scoped))) return false;
    }
  }
  return true;
}

// Whether stalls of other threads beside a watchpoint for the access are explored.
bool Machine::follows_stalls(int watched) const {
  if (code_.thread_count() <= 2 || watched == kNone) return false;
  return depends_on_values(watched);
}

// Whether it takes a change of value for a report by the watcher that somebody has run into its watchpoint.
bool Machine::depends_on_values(int watched) const {
  const Access& access = code_.access(watched);
  return code_.context(access.context).mask != 0 || (profile_.value_change_only && !access.is(kAssertBit));
}

// --- the program --------------------------------------------------------------------------------------------------------

const Op& Machine::op_of(const State& s, ThreadId t) const {
  const ThreadState& me = s.threads[at(t)];
  return code_.node(t, me.path).ops[at(me.op)];
}

Word Machine::evaluate(const ThreadState& t, ThreadId id, ExprId e) const {
  return *code_.expressions(id).evaluate(e, [&](EventIndex read) -> std::optional<Word> {
    return at(read) < t.values.size() ? t.values[at(read)] : 0;
  });
}

// Goes on to the next node.
void Machine::enter(State& s, ThreadId t, Word outcome) {
  ThreadState& me = s.threads[at(t)];
  me.path = code_.child(t, me.path, outcome);
  me.op = 0;
  for (std::size_t r = 0; r < me.values.size(); ++r) {
    if (!code_.is_live(t, me.path, static_cast<EventIndex>(r))) me.values[r] = 0;
  }
  while (!me.values.empty() && me.values.back() == 0) me.values.pop_back();
}

// Whether leaving the function ends the delayed access.
bool Machine::drops_delayed(const State& s, ThreadId t, const Op& op) const {
  const int delayed = s.threads[at(t)].delayed;
  return op.kind == Op::Kind::kFunctionExit && delayed != kNone &&
         code_.context(op.context).depth() <= code_.context(code_.access(delayed).context).depth();
}

// Does the operation; false if it cannot be done now.
bool Machine::apply(State& s, ThreadId t, const Op& op) {
  ThreadState& me = s.threads[at(t)];
  switch (op.kind) {
    case Op::Kind::kNothing:
      break;
    case Op::Kind::kAtomicNext:
      me.atomic_next = static_cast<int>(op.argument);
      break;
    case Op::Kind::kFunctionExit:
      if (drops_delayed(s, t, op)) me.delayed = kNone;
      break;
    case Op::Kind::kRead:
      if (code_.is_live(t, me.path, op.event)) {
        if (me.values.size() <= at(op.event)) me.values.resize(at(op.event) + 1, 0);
        me.values[at(op.event)] = s.memory[at(op.location)];
        while (!me.values.empty() && me.values.back() == 0) me.values.pop_back();
      }
      break;
    case Op::Kind::kWrite:
      s.memory[at(op.location)] = evaluate(me, t, op.value);
      break;
    case Op::Kind::kLock:
      if (s.memory[at(op.location)] != 0) return false;
      s.memory[at(op.location)] = 1;
      break;
    case Op::Kind::kUnlock:
      s.memory[at(op.location)] = 0;
      break;
    case Op::Kind::kSeeLocked:
      return s.memory[at(op.location)] != 0;
    case Op::Kind::kSeeFree:
      return s.memory[at(op.location)] == 0;
    case Op::Kind::kSectionBegin:
      s.sections.push_back({op.location, t, op.event});
      break;
    case Op::Kind::kSectionEnd: {
      // That of the same thread whose index it got, or the oldest of the srcu_struct if the index came through memory.
      const auto own = [&](const Section& x) {
        return x.location == op.location && x.thread == t &&
               (op.location == kNoLocation || std::find(op.data.begin(), op.data.end(), x.lock) != op.data.end());
      };
      auto section = std::find_if(s.sections.begin(), s.sections.end(), own);
      if (section == s.sections.end()) {
        section = std::find_if(s.sections.begin(), s.sections.end(), [&](const Section& x) { return x.location == op.location; });
      }
      if (section == s.sections.end()) break;
      for (ThreadState& waiter : s.threads) std::erase(waiter.awaited, *section);
      s.sections.erase(section);
      break;
    }
    case Op::Kind::kGracePeriod: {
      if (!me.waiting) break;
      if (!me.awaited.empty()) return false;
      // Every processor has been through the scheduler since, whose barriers end delayed accesses. None gets there while it
      // watches one, for which it keeps interrupts out.
      if (s.window.delayed) return false;
      for (ThreadId other = 0; other < code_.thread_count(); ++other) {
        const ThreadState& o = s.threads[at(other)];
        if (o.watching && element(s, other, o.stage)->delayed) return false;
      }
      me.waiting = false;
      for (ThreadId other = 0; other < code_.thread_count(); ++other) {
        ThreadState& o = s.threads[at(other)];
        o.delayed = kNone;
        if (!o.ended && other != s.window.watcher && !o.watching) o.stage = next_stage(s, other, o.stage);
      }
      break;
    }
  }
  return true;
}

// Whether other threads cannot notice the operation, nor it them.
bool Machine::is_local(const State& s, ThreadId t, const Op& op) const {
  switch (op.kind) {
    case Op::Kind::kNothing:
    case Op::Kind::kAtomicNext:
      return true;
    case Op::Kind::kFunctionExit:
      return !drops_delayed(s, t, op) || s.threads[at(t)].stage == kReady;
    case Op::Kind::kRead:
    case Op::Kind::kWrite:
      return !op.in_rmw && with_watchers_ && !shared_[at(op.location)];
    default:
      return false;
  }
}

// The operation that the thread is at, all of whose checks are made.
void Machine::perform(State s, ThreadId t, States& out) {
  ThreadState& me = s.threads[at(t)];
  const Op& op = op_of(s, t);
  if (op.kind == Op::Kind::kGracePeriod && !me.waiting) {
    me.waiting = true;
    for (const Section& section : s.sections) {
      if (section.location == op.location) me.awaited.push_back(section);
    }
    out.push_back(std::move(s));
    return;
  }
  if (!apply(s, t, op)) return;
  ++me.op;
  settle(std::move(s), t, op.in_rmw ? op.event : kNoEvent, out);
}

// Lets the thread make its decisions and do what nobody notices, up to its next step. The write that belongs to `rmw_read`
// is part of the step that is being made.
void Machine::settle(State s, ThreadId t, EventIndex rmw_read, States& out) {
  while (true) {
    ThreadState& me = s.threads[at(t)];
    const Node& node = code_.node(t, me.path);
    if (at(me.op) < node.ops.size()) {
      const Op& op = node.ops[at(me.op)];
      if (rmw_read != kNoEvent && op.read_half == rmw_read) {
        (void)apply(s, t, op);
        ++me.op;
        rmw_read = kNoEvent;
        continue;
      }
      rmw_read = kNoEvent;
      if (me.delayed != kNone) {
        // A delayed read-modify-write is both.
        const Access& delayed = code_.access(me.delayed);
        const bool is_read = !delayed.is(kWriteBit) || delayed.is(kCompoundBit);
        if ((op.ends_delayed_read && is_read) || (op.ends_delayed_write && delayed.is(kWriteBit))) me.delayed = kNone;
      }
      me.stage = next_stage(s, t, 0);
      if (me.stage != kReady || !is_local(s, t, op)) {
        out.push_back(std::move(s));
        return;
      }
      (void)apply(s, t, op);
      ++me.op;
      continue;
    }
    switch (node.continuation) {
      case Continuation::kBranch:
        enter(s, t, evaluate(me, t, node.expr) != 0 ? 1 : 0);
        continue;
      case Continuation::kValue:
        enter(s, t, evaluate(me, t, node.expr));
        continue;
      case Continuation::kChoice:
        for (const Word outcome : node.outcomes) {
          State n = s;
          enter(n, t, outcome);
          settle(std::move(n), t, rmw_read, out);
        }
        return;
      case Continuation::kRequire:
        if (evaluate(me, t, node.expr) != 0) {
          enter(s, t, 1);
          continue;
        }
        // An RMW waits until its condition holds. Another wait has looked too early; it will look again later, which is
        // another path of the exploration.
        if (rmw_read != kNoEvent) return;
        break;
      case Continuation::kBound:
        complete_ = false;
        break;
      default:
        break;
    }
    me.ended = true;
    me.stage = kReady;
    me.values.clear();
    out.push_back(std::move(s));
    return;
  }
}

// --- the checks before an operation -------------------------------------------------------------------------------------

// What is checked in a stage; nothing if it has nothing to check.
std::optional<Machine::Element> Machine::element(const State& s, ThreadId t, int stage) const {
  const ThreadState& me = s.threads[at(t)];
  const Op& op = op_of(s, t);
  const bool last_check = drops_delayed(s, t, op);
  if (!last_check && (op.access == kNone || is_uninstrumented(code_.access(op.access)))) return std::nullopt;
  if (stage == 0) return last_check ? std::nullopt : std::optional<Element>({op.access, false});
  if (stage == 1) {
    if (me.delayed == kNone || (!last_check && code_.access(op.access).is(kScopedBit))) return std::nullopt;
    return Element{me.delayed, true};
  }
  const std::vector<int>& scoped = code_.context(op.context).scoped;
  const int index = stage - kFirstScoped;
  if (at(index) >= scoped.size()) return std::nullopt;
  return Element{scoped[at(index)], false};
}

bool Machine::is_interesting(const State& s, const Element& e) const {
  // Once somebody has run into the watchpoint, only values matter.
  if (s.window.finder != kNone) return false;
  // Each check of a thread that calls kcsan_atomic_next() may change what the next ones do.
  if (code_.counts_atomics(code_.access(e.access).thread)) return true;
  const bool useful = useful_watch_[at(e.access)] || useful_find_[at(e.access)];
  if (s.window.watcher == kNone) return useful;
  if (useful && follows_stalls(s.window.access)) return true;
  // One thread watches: the others' checks matter if they could run into the watchpoint, or into that of one that stalls.
  return conflict(code_.access(s.window.access), code_.access(e.access));
}

// Whether some check from `stage` on does.
bool Machine::is_interesting_from(const State& s, ThreadId t, int stage) const {
  const int end = kFirstScoped + static_cast<int>(code_.context(op_of(s, t).context).scoped.size());
  for (; stage < end; ++stage) {
    const auto e = element(s, t, stage);
    if (e && is_interesting(s, *e)) return true;
  }
  return false;
}

// The first stage from `stage` on whose check matters; those before it pass. A check that could put up a watchpoint matters
// for the others behind it: if it does, these are left out.
int Machine::next_stage(State& s, ThreadId t, int stage) const {
  if (!with_watchers_ || stage == kReady) return kReady;
  const Op& op = op_of(s, t);
  const Context& context = code_.context(op.context);
  const int end = kFirstScoped + static_cast<int>(context.scoped.size());
  for (; stage < end; ++stage) {
    const auto e = element(s, t, stage);
    if (!e) continue;
    if (is_interesting(s, *e)) return stage;
    const bool atomic = count_atomic(s.threads[at(t)], *e, context);
    if (!atomic && may_watch_here(*e, context) && is_interesting_from(s, t, stage + 1)) return stage;
  }
  return kReady;
}

// Whether KCSAN takes the access for atomic, which kcsan_atomic_next() lets it do a number of times.
bool Machine::count_atomic(ThreadState& t, const Element& e, const Context& context) const {
  const Access& a = code_.access(e.access);
  if (a.is(kAtomicBit)) return true;
  if (a.is(kAssertBit)) return false;
  if (is_assumed_atomic(a)) return true;
  if (t.atomic_next > 0) {
    --t.atomic_next;
    return true;
  }
  return context.nestable > 0 || context.flat;
}

bool Machine::may_watch_here(const Element& e, const Context& context) const {
  return context.disabled == 0 && !ignores_address(code_.access(e.access));
}

// The thread has watched, and goes on to its access; this may be the one to be delayed.
void Machine::end_stall(State& s, ThreadId t, const Element& e) const {
  ThreadState& me = s.threads[at(t)];
  const Context& context = code_.context(op_of(s, t).context);
  me.watching = false;
  me.stage = kReady;
  if (profile_.weak_memory && !e.delayed && !code_.access(e.access).is(kAssertBit) && context.mask == 0) me.delayed = e.access;
}

// One check. Where `stalls_beside` is an access, there may be a watchpoint for it, and other threads may stall, too, which
// one that conflicts with it cannot.
void Machine::check(const State& s, ThreadId t, int stalls_beside, States& out) {
  const ThreadState& me = s.threads[at(t)];
  const Element e = *element(s, t, me.stage);
  const Access& access = code_.access(e.access);
  const Op& op = op_of(s, t);
  const Context& context = code_.context(op.context);

  const Window& w = s.window;
  const bool finds_watcher =
      w.watcher != kNone && w.watcher != t && w.finder == kNone && conflict(code_.access(w.access), access);
  std::vector<ThreadId> finds_others;
  for (ThreadId other = 0; other < code_.thread_count(); ++other) {
    const ThreadState& o = s.threads[at(other)];
    if (other != t && o.watching && conflict(code_.access(element(s, other, o.stage)->access), access)) finds_others.push_back(other);
  }
  if (finds_watcher || !finds_others.empty()) {
    State n = s;
    n.threads[at(t)].stage = kReady;
    if (context.disabled > 0 || (context.mask != 0 && !e.delayed) || ignores_address(access)) {
      out.push_back(std::move(n));
      return;
    }
    for (const ThreadId other : finds_others) {
      State caught = n;
      end_stall(caught, other, *element(caught, other, caught.threads[at(other)].stage));
      out.push_back(std::move(caught));
    }
    if (!finds_watcher) return;
    n.window.finder = e.access;
    n.window.finder_delayed = e.delayed;
    n.window.finder_context = op.context;
    n.window.finder_pos = op.pos;
    for (ThreadId other = 0; other < code_.thread_count(); ++other) {
      if (other == w.watcher) continue;
      ThreadState& o = n.threads[at(other)];
      o.stage = kReady;
      o.watching = false;
      o.delayed = kNone;
      o.atomic_next = 0;
    }
    out.push_back(std::move(n));
    return;
  }

  State n = s;
  if (!count_atomic(n.threads[at(t)], e, context) && may_watch_here(e, context)) {
    State watched = n;
    end_stall(watched, t, e);
    out.push_back(std::move(watched));
    if (useful_watch_[at(e.access)] && follows_stalls(stalls_beside) && !conflict(code_.access(stalls_beside), access) &&
        (profile_.weak_memory || has_scopes_ || code_.access(stalls_beside).location == access.location)) {
      State stalls = n;
      stalls.threads[at(t)].watching = true;
      out.push_back(std::move(stalls));
    }
  }
  n.threads[at(t)].stage = next_stage(n, t, me.stage + 1);
  out.push_back(std::move(n));
}

// The states that the thread's checks alone can lead to, without watchpoints of others: `s` itself, and those behind it.
Machine::States Machine::check_states(const State& s, ThreadId t, int stalls_beside) {
  States all{s};
  for (std::size_t i = 0; i < all.size(); ++i) {
    const ThreadState& me = all[i].threads[at(t)];
    if (me.stage == kReady || me.watching) continue;
    States next;
    check(State(all[i]), t, stalls_beside, next);
    for (State& n : next) all.push_back(std::move(n));
  }
  return all;
}

}  // namespace lkmc::kcsan
