// SPDX-License-Identifier: Apache-2.0
// Start reading at `Enumerator::run`. The rules of locks are those of herd7's lock.cat:
//
//   Per lock location the critical sections are totally ordered: co runs IW, LKW, UL, LKW, UL, …; a UL directly follows
//   its LKW, and at most one LKW has no UL. LKR reads from the IW or UL directly before its LKW. An LF or RL reads from
//   the LKW of the critical section that it stands in, else from any LKW of another thread. An RU reads from the last
//   UL before it in its own thread, if no LKW of the lock is between, or from any UL of another thread, or from the IW.
#include "tests/reference/enumerator.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>

#include "src/model/reference.h"
#include "tests/reference/execution_key.h"

namespace lkmc::reference {
namespace {

bool is_lock_event(const Event& e) {
  return e.kind != EventKind::kRead && e.kind != EventKind::kWrite && e.kind != EventKind::kFence && e.kind != EventKind::kSyncSrcu;
}

// The events of a kind on a location that stand before `e` in its thread; the last one, or -1.
int last_before(const EventGraph& graph, int e, EventKind kind) {
  for (int i = e - 1; i >= 0 && graph.event(i).thread == graph.event(e).thread; --i) {
    if (graph.event(i).kind == kind && graph.event(i).location == graph.event(e).location) return i;
  }
  return -1;
}

// The UL that ends the critical section which the LKW begins, or -1.
int unlock_of(const EventGraph& graph, int lock_write) {
  const Event& lock = graph.event(lock_write);
  for (int i = lock_write + 1; i < graph.size() && graph.event(i).thread == lock.thread; ++i) {
    if (graph.event(i).kind == EventKind::kUnlock && graph.event(i).location == lock.location) return i;
  }
  return -1;
}

// Whether co on a lock has the critical sections one after the other. Ordinary stores may stand between them.
bool sections_in_order(const EventGraph& graph, const std::vector<int>& co) {
  for (std::size_t i = 1; i < co.size(); ++i) {
    if (graph.event(co[i]).kind != EventKind::kLockWrite) continue;
    const int unlock = unlock_of(graph, co[i]);
    if (unlock >= 0) {
      if (i + 1 == co.size() || co[i + 1] != unlock) return false;
    } else if (std::any_of(co.begin() + static_cast<std::ptrdiff_t>(i) + 1, co.end(),
                           [&](int w) { return graph.event(w).kind == EventKind::kLockWrite; })) {
      return false;
    }
  }
  return true;
}

// What comes directly before a write in co.
int write_before(const std::vector<int>& co, int write) { return *std::prev(std::find(co.begin(), co.end(), write)); }

bool may_read_lock(const EventGraph& graph, const std::vector<int>& co, int write, int read) {
  const Event& r = graph.event(read);
  const Event& w = graph.event(write);
  const int own_lock = last_before(graph, read, EventKind::kLockWrite);
  const int own_unlock = last_before(graph, read, EventKind::kUnlock);
  switch (r.kind) {
    case EventKind::kLockRead: {
      return write_before(co, read + 1) == write;  // an LKW directly follows its LKR
    }
    case EventKind::kLockFail:
    case EventKind::kReadLocked:
      if (own_lock > own_unlock) return write == own_lock;
      return w.kind == EventKind::kLockWrite && w.thread != r.thread;
    case EventKind::kReadUnlocked:
      if (w.is_initial()) return true;
      if (w.thread == r.thread) return write == own_unlock && own_unlock > own_lock;
      return w.kind == EventKind::kUnlock;
    default:
      return w.kind == EventKind::kWrite;
  }
}

// acyclic (po-loc | rf | co | fr), for what is chosen so far at one location.
bool is_coherent(const EventGraph& graph, const LocationChoice& choice) {
  std::vector<int> accesses = choice.co;
  std::vector<std::size_t> place(static_cast<std::size_t>(graph.size()));  // by write: its place in co
  for (std::size_t i = 0; i < choice.co.size(); ++i) place[static_cast<std::size_t>(choice.co[i])] = i;
  for (const auto& [write, read] : choice.rf) accesses.push_back(read);
  Relation before(graph.size());
  for (const int a : accesses) {
    for (const int b : accesses) {
      if (graph.po.contains(a, b)) before.insert(a, b);
    }
  }
  for (std::size_t i = 0; i + 1 < choice.co.size(); ++i) before.insert(choice.co[i], choice.co[i + 1]);
  for (const auto& [write, read] : choice.rf) {
    before.insert(write, read);
    if (graph.event(write).unmatched) continue;  // in no co
    const std::size_t next = place[static_cast<std::size_t>(write)] + 1;
    if (next < choice.co.size()) before.insert(read, choice.co[next]);
  }
  return before.acyclic();
}

std::optional<Word> evaluate(const PathCombination& paths, ThreadId thread, ExprId expr, const Values& values) {
  const auto t = static_cast<std::size_t>(thread);
  return paths.expressions[t]->evaluate(expr,
                                        [&](EventIndex read) { return values[static_cast<std::size_t>(paths.thread_begin[t] + read)]; });
}

// -1 for a spin_lock() right behind an ordinary store, of which rf says nothing.
int source_of(const Relation& rf, int read) {
  int write = rf.size() - 1;
  while (write >= 0 && !rf.contains(write, read)) --write;
  return write;
}

// Fills in what follows from the values that are known.
void propagate(const PathCombination& paths, const Relation& rf, Values& values) {
  const EventGraph& graph = paths.graph;
  for (bool changed = true; changed;) {
    changed = false;
    for (int e = 0; e < graph.size(); ++e) {
      std::optional<Word>& value = values[static_cast<std::size_t>(e)];
      const Event& event = graph.event(e);
      if (value || !(event.is_access() || event.is_source())) continue;
      if (event.is_initial()) {
        value = paths.initial_value[static_cast<std::size_t>(e)];
      } else if (event.is_source()) {
        value = evaluate(paths, event.thread, paths.stored[static_cast<std::size_t>(e)], values);
      } else {
        const int source = source_of(rf, e);
        value = source < 0 ? 0 : values[static_cast<std::size_t>(source)];
      }
      changed = changed || value.has_value();
    }
  }
}

// Given that the unknown values are copies of each other: a read on the circle to which `read`, without a value, leads
// back.
int read_on_circle(const PathCombination& paths, const Relation& rf, int read) {
  std::set<int> met;
  while (met.insert(read).second) {
    const int write = source_of(rf, read);
    const auto thread = static_cast<std::size_t>(paths.graph.event(write).thread);
    const ExprId copied = paths.stored[static_cast<std::size_t>(write)];
    read = paths.thread_begin[thread] + paths.expressions[thread]->as_read(copied).value();
  }
  return read;
}

class Enumerator {
 public:
  Enumerator(const Program& program, int slots, std::span<const Model> models, const EnumerationLimits& limits,
             const OnExecution& on_execution)
      : program_(program),
        slots_(static_cast<std::size_t>(slots)),
        models_(models),
        limits_(limits),
        outcomes_(models.size()),
        on_execution_(on_execution) {}

  std::optional<std::vector<Outcome>> run() {
    if (!enumerate(Blocking::kIgnored)) return std::nullopt;
    const bool has_left_out = has_left_out_;
    if (!enumerate(Blocking::kExplored)) return std::nullopt;
    candidates_ = 0;
    if (has_left_out && !enumerate(Blocking::kPassedOnce)) return std::nullopt;
    return std::move(outcomes_);
  }

 private:
  bool enumerate(Blocking blocking) {
    blocking_ = blocking;
    bool small = true;
    has_left_out_ = for_each_combination(program_, models_.front().rmw_style, blocking, [&](const PathCombination& paths) {
      if (blocking == Blocking::kExplored && paths.waits.empty()) return true;  // met before
      paths_ = &paths;
      small = find_choices();
      if (small) combine(0);
      return small;
    });
    return small;
  }

  // Fills choices_; false if there are too many.
  bool find_choices() {
    const EventGraph& graph = paths_->graph;
    choices_.clear();
    std::uint64_t product = 1;
    for (const Event& initial : graph.events) {
      if (!initial.is_initial()) break;
      const auto writes = std::count_if(graph.events.begin(), graph.events.end(),
                                        [&](const Event& e) { return e.is_write() && e.location == initial.location; });
      if (writes > limits_.writes) return false;
      choices_.push_back(choices_for(graph, initial.location, Coherence::kRequired));
      product *= choices_.back().size();
      if (candidates_ + product > limits_.candidates) return false;
    }
    candidates_ += product;
    chosen_.resize(choices_.size());
    return true;
  }

  void combine(std::size_t location) {
    if (location == choices_.size()) return judge_candidate();
    for (const LocationChoice& choice : choices_[location]) {
      chosen_[location] = &choice;
      combine(location + 1);
    }
  }

  void judge_candidate() {
    const EventGraph& graph = paths_->graph;
    Relation rf(graph.size());
    Relation co(graph.size());
    for (const LocationChoice* choice : chosen_) {
      for (const auto& [write, read] : choice->rf) rf.insert(write, read);
      for (std::size_t i = 0; i < choice->co.size(); ++i) {
        for (std::size_t j = i + 1; j < choice->co.size(); ++j) co.insert(choice->co[i], choice->co[j]);
      }
    }
    const auto values = compute_values(*paths_, rf);
    if (!values) return;
    for (const Wait& wait : paths_->waits) {
      if (!in_vain(wait, rf, *values)) return;
    }
    std::vector<std::int64_t> words;
    bool out_of_thin_air = false;
    for (const auto& value : *values) {
      words.push_back(value.value_or(0));
      out_of_thin_air = out_of_thin_air || Program::symbol_number(words.back());
    }
    const Execution execution{.events = graph.events,
                              .po = graph.po,
                              .addr = graph.addr,
                              .data = graph.data,
                              .ctrl = graph.ctrl,
                              .rmw = graph.rmw,
                              .rf = rf,
                              .co = co,
                              .values = words};
    bool is_told = false;
    for (std::size_t m = 0; m < models_.size(); ++m) {
      const Verdict verdict = judge(models_[m], execution);
      if (!verdict.consistent()) continue;
      Outcome& outcome = outcomes_[m];
      std::string key = execution_key(graph.events, rf.words(), co.words());
      if (!paths_->waits.empty()) {
        outcome.deadlocks.insert(std::move(key));
        continue;
      }
      if (blocking_ == Blocking::kPassedOnce) {
        for (const std::size_t flag : verdict.raised) outcome.flags |= std::uint64_t{1} << flag;
        outcome.misses_states = outcome.misses_states || !outcome.states.contains(final_state(*values));
        continue;
      }
      ++outcome.executions;
      outcome.out_of_thin_air += out_of_thin_air;
      const State state = final_state(*values);
      outcome.states.insert(state);
      if (on_execution_ && !std::exchange(is_told, true)) on_execution_(*paths_, *values, state);
      for (const std::size_t flag : verdict.raised) outcome.flags |= std::uint64_t{1} << flag;
      outcome.keys.insert(std::move(key));
    }
  }

  [[nodiscard]] const LocationChoice* choice_for(Location location) const {
    for (const LocationChoice* choice : chosen_) {
      if (paths_->graph.event(choice->co.front()).location == location) return choice;
    }
    return nullptr;
  }
  [[nodiscard]] int last_write(Location location) const {
    const LocationChoice* choice = choice_for(location);
    return choice == nullptr ? -1 : choice->co.back();
  }
  // The final value of a lock is what was stored there last by other means, as a rule the initial value.
  [[nodiscard]] int last_store(Location location) const {
    const LocationChoice* choice = choice_for(location);
    if (choice == nullptr) return -1;
    return *std::find_if(choice->co.rbegin(), choice->co.rend(), [&](int w) { return paths_->graph.event(w).kind == EventKind::kWrite; });
  }

  // Whether what is waited for never comes: the lock is not given back, or what the condition reads stays as it is.
  [[nodiscard]] bool in_vain(const Wait& wait, const Relation& rf, const Values& values) const {
    if (wait.lock != kNoLocation) {
      const int last = last_write(wait.lock);
      return last >= 0 && paths_->graph.event(last).kind == EventKind::kLockWrite;
    }
    const auto thread = static_cast<std::size_t>(wait.thread);
    if (wait.awaited.readers_of && !is_read_for_ever(*wait.awaited.readers_of)) return false;
    for (const EventIndex index : wait.awaited.looks.empty() ? paths_->expressions[thread]->reads_of(wait.expr) : wait.awaited.looks) {
      const int read = paths_->thread_begin[thread] + index;
      if (source_of(rf, read) != last_write(paths_->graph.event(read).location)) return false;
    }
    return evaluate(*paths_, wait.thread, wait.expr, values) == 0;
  }

  // Whether more read-side critical sections have begun than ended.
  [[nodiscard]] bool is_read_for_ever(Location srcu) const {
    const auto count = [&](Tag tag) {
      const auto& events = paths_->graph.events;
      return std::count_if(events.begin(), events.end(), [&](const Event& e) { return e.tag == tag && e.location == srcu; });
    };
    return count(Tag::kRcuLock) + count(Tag::kSrcuLock) > count(Tag::kRcuUnlock) + count(Tag::kSrcuUnlock);
  }

  [[nodiscard]] State final_state(const Values& values) const {
    State state(slots_ + program_.locations().size());
    for (const Observation& o : paths_->observations) {
      state[o.slot] = evaluate(*paths_, o.thread, o.expr, values).value();
    }
    for (std::size_t l = 0; l < program_.locations().size(); ++l) {
      const int last = last_store(static_cast<Location>(l));
      state[slots_ + l] = last < 0 ? program_.locations()[l].initial : values[static_cast<std::size_t>(last)].value();
    }
    return with_symbols_renamed(std::move(state));
  }

  const Program& program_;
  Blocking blocking_ = Blocking::kIgnored;
  bool has_left_out_ = false;  // of the paths that were enumerated last
  std::size_t slots_;
  std::span<const Model> models_;
  EnumerationLimits limits_;
  std::vector<Outcome> outcomes_;
  const OnExecution& on_execution_;
  std::uint64_t candidates_ = 0;
  const PathCombination* paths_ = nullptr;
  std::vector<std::vector<LocationChoice>> choices_;  // by accessed location
  std::vector<const LocationChoice*> chosen_;
};

}  // namespace

State with_symbols_renamed(State state) {
  std::map<Word, int> numbers;
  for (Word& word : state) {
    if (!Program::symbol_number(word)) continue;
    word = Program::symbol(numbers.emplace(word, static_cast<int>(numbers.size())).first->second);
  }
  return state;
}

std::optional<std::vector<Outcome>> enumerate(const Program& program, int slots, std::span<const Model> models,
                                              const EnumerationLimits& limits, const OnExecution& on_execution) {
  return Enumerator(program, slots, models, limits, on_execution).run();
}

std::vector<LocationChoice> choices_for(const EventGraph& graph, Location location, Coherence coherence) {
  std::vector<int> reads;
  std::vector<int> writes;  // in order of event, the initial one first
  std::vector<int> unmatched;
  bool is_lock = false;
  for (int e = 0; e < graph.size(); ++e) {
    if (graph.event(e).location != location) continue;
    if (graph.event(e).is_read()) reads.push_back(e);
    if (graph.event(e).is_write()) writes.push_back(e);
    if (graph.event(e).unmatched) unmatched.push_back(e);
    is_lock = is_lock || is_lock_event(graph.event(e));
  }

  std::vector<LocationChoice> choices;
  LocationChoice choice{.rf = {}, .co = writes};
  const auto acceptable = [&] { return coherence == Coherence::kIgnored || is_coherent(graph, choice); };
  const std::function<void(std::size_t)> choose_source = [&](std::size_t i) {
    if (i == reads.size()) {
      choices.push_back(choice);
      return;
    }
    const bool locks = graph.event(reads[i]).kind == EventKind::kLockRead;
    if (locks) {
      const Event& before = graph.event(write_before(choice.co, reads[i] + 1));
      if (before.kind == EventKind::kWrite && !before.is_initial()) return choose_source(i + 1);
    }
    std::vector<int> sources = writes;
    sources.insert(sources.end(), unmatched.begin(), unmatched.end());
    for (const int w : sources) {
      if (is_lock && !may_read_lock(graph, choice.co, w, reads[i])) continue;
      choice.rf.emplace_back(w, reads[i]);
      if (acceptable()) choose_source(i + 1);
      choice.rf.pop_back();
    }
  };
  do {
    if (is_lock && !sections_in_order(graph, choice.co)) continue;
    if (acceptable()) choose_source(0);
  } while (std::next_permutation(choice.co.begin() + 1, choice.co.end()));
  return choices;
}

std::optional<Values> compute_values(const PathCombination& paths, const Relation& rf) {
  const EventGraph& graph = paths.graph;
  Values values(static_cast<std::size_t>(graph.size()));
  propagate(paths, rf, values);

  const auto unknown_read = [&] {
    int e = 0;
    while (e < graph.size() && (!graph.event(e).is_read() || values[static_cast<std::size_t>(e)])) ++e;
    return e;
  };
  for (const Condition& c : paths.conditions) {
    const auto value = evaluate(paths, c.thread, c.expr, values);
    if (!value || (c.is_truth ? (*value != 0) != (c.expected != 0) : *value != c.expected)) return std::nullopt;
  }
  for (const Computation& c : paths.computations) {
    if (!evaluate(paths, c.thread, c.expr, values)) return std::nullopt;
  }
  for (int symbols = 0; unknown_read() < graph.size(); ++symbols) {
    values[static_cast<std::size_t>(read_on_circle(paths, rf, unknown_read()))] = Program::symbol(symbols);
    propagate(paths, rf, values);
  }
  return values;
}

}  // namespace lkmc::reference
