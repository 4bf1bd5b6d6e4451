// SPDX-License-Identifier: Apache-2.0
// The executions that KCSAN can see, explored exhaustively: threads in turns on one memory (sequential consistency), each
// with at most one plain access that is delayed, and one thread that stalls at a watchpoint.
//
// A state is where each thread is and what it has read, memory, and perhaps a *window*: one thread, the watcher, stands
// before its access with a watchpoint up, and does not move until the window ends. What the other threads do meanwhile is
// explored, and each state in a window is judged as if the watcher woke up there: it sees whether somebody ran into its
// watchpoint, and whether the value is another one. So everything that can happen in a stall of any length is seen.
//
// Only the watchpoint of one thread at a time is followed up to its report; the others are watched in windows of their own.
// That loses nothing. A stall does nothing to its own thread but to keep it from moving, which the order of steps does as
// well, and at its end it may make the access the delayed one; so a second watcher is a thread that waits for a while,
// with one exception: its watchpoint can catch a check that would otherwise have found the first watcher's, or that would
// have gone on to check a delayed access. With three threads or more such stalls are explored as well, without a report of
// their own.
//
// All this is about values. Where a report does not depend on them (no KCSAN_REPORT_VALUE_CHANGE_ONLY, or an assertion), a
// window need not be long: whoever runs into the watchpoint would do so too if it were put up just before, and if a value
// changes in a window it changes in one step of it. So there a window begins before each check and each step of another
// thread and ends behind it; only to show a value that changes, if there is one, does the thread that was found go on. The
// rest of what KCSAN leaves to chance (which access it watches, for how long, a table of
// watchpoints that is full) is a choice that the exploration makes both ways.
//
// What is explored is answers to questions: for each pair of accesses one of which could run into a watchpoint of the other,
// and for each that could see its value change without that, what the best report of it is, which is one without delay and
// with another value, if there can be one. A value that changes with nobody in sight may mean that the writer is never
// looked at, or that it has looked too early. The second is no question where the watcher is found by anybody. A question that has its best
// report is closed, and a state from which no thread can get to an open one is left out. So where all races are found the exploration ends
// at once, and only accesses that something keeps apart take all of it. It is done twice: first without delayed accesses and stalls of
// second threads, which leaves hardly a question open, then with them, which is exact. Reports with delay of a closed question may be
// missing.
//
// A thread's step is a check or the access behind it: KCSAN checks first, and a thread may have checked before the window
// and write into it later. Of a thread whose next access meets no watchpoint the two are one step, and steps that no other
// thread can notice are done at once.
//
// The exploration is in kcsan_machine.cc, windows and reports are in windows.cc, the steps of the threads in
// steps.cc, and their checks in kcsan_checks.cc.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

#include "src/kcsan/code.h"
#include "src/kcsan/profile.h"

namespace lkmc::kcsan {

// What `finder` is if nobody ran into a watchpoint, and yet the value changed: kNone if no writer could have, for KCSAN does not
// look at what it does; kMissed if one could, but had looked before the watchpoint was up.
inline constexpr int kMissed = -2;

// Who watched and who ran into the watchpoint.
struct Pair {
  int watcher;  // indices of accesses
  bool watcher_delayed;
  int finder;
  bool finder_delayed;
  friend auto operator<=>(const Pair&, const Pair&) = default;
};

// What becomes of a pair in some execution.
struct Meeting {
  bool reported = false;
  bool value_changed = false;  // in what is reported
  Word before = 0, after = 0;
  bool same_value = false;                      // dropped since the value did not change
  bool one_bit = false;                         // dropped since only one bit did
  bool outside_mask = false;                    // dropped since only bits changed that the assertion is not about
  int watcher_context = 0, finder_context = 0;  // where they were: of interest if they were delayed
  SourcePos watcher_pos{}, finder_pos{};
};

struct MachineLimits {
  std::uint64_t max_states = 4'000'000;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const std::atomic<bool>* cancelled = nullptr;
};

class Machine {
 public:
  Machine(Code& code, const KcsanProfile& profile, const MachineLimits& limits);

  // Explores the interleavings without KCSAN, so that `code` knows all that the threads do.
  void explore_threads();
  // Explores what KCSAN sees, once `code` knows all nodes: explore_threads() of this or another machine on it comes first, or its
  // see_all().
  void explore_watchers();

  // Looks at all accesses of the code for pairs that KCSAN could report; the functions that explore do so by themselves.
  void find_candidates();
  // Whether there are any of which not all is known. If there are none, explore_watchers() has ended early, or is not needed.
  [[nodiscard]] bool has_questions() const { return open_questions_ > 0; }
  // Whether KCSAN might set a watchpoint for the access, and whether it might find one for it.
  [[nodiscard]] bool can_watch(const Access& a) const;
  [[nodiscard]] bool can_find(const Access& a) const;
  // Whether KCSAN_ASSUME_PLAIN_WRITES_ATOMIC is about the access.
  [[nodiscard]] bool is_assumed_atomic(const Access& a) const;
  // Whether a write for which this access was checked, or nothing, can never run into a watchpoint.
  [[nodiscard]] bool is_unnoticed(int checked_as) const;

  [[nodiscard]] const std::map<Pair, Meeting>& meetings() const { return meetings_; }
  [[nodiscard]] std::uint64_t states() const { return visited_states_; }
  // Whether a limit ended the exploration, or a loop bound cut off a thread.
  [[nodiscard]] bool is_complete() const { return complete_; }

 private:
  static constexpr int kReady = 1 << 20;  // a stage: all checks are done
  static constexpr int kFirstScoped = 2;  // stages: 0 the access itself, 1 the delayed one, then scoped assertions

  struct Section {
    Location location;
    ThreadId thread;
    EventIndex lock;
    friend bool operator==(const Section&, const Section&) = default;
  };
  struct ThreadState {
    PathId path = 0;
    int op = 0;
    int stage = kReady;
    bool ended = false;     // or stopped for ever
    bool watching = false;  // stalls at a watchpoint that nobody reports
    bool waiting = false;   // in a grace period
    int delayed = kNone;    // access
    int atomic_next = 0;
    std::vector<Word> values{};       // by read; 0 where it does not matter
    std::vector<Section> awaited{};   // in a grace period: sections that were open when it began
    std::vector<ThreadId> stalled{};  // and threads that stalled: their processors had nothing else to do since
  };
  struct Window {
    ThreadId watcher = kNone;
    int access = kNone;
    bool delayed = false;
    Word before = 0;
    int finder = kNone;
    bool finder_delayed = false;
    bool missed = false;  // a write to the location that could have run into the watchpoint has not
    int finder_context = 0;
    SourcePos finder_pos{};
  };
  struct State {
    std::vector<ThreadState> threads;
    std::vector<Word> memory;
    std::vector<Section> sections{};  // that are open
    Window window{};
  };
  struct Element {
    int access;
    bool delayed;
  };
  using States = std::vector<State>;

  void explore();
  [[nodiscard]] State initial() const;
  void add(State state);
  [[nodiscard]] bool expired();
  [[nodiscard]] const std::string& key(const State& s);

  void base_steps(const State& s, ThreadId t);
  void window_steps(const State& s, ThreadId t);
  void start_windows(const State& s, ThreadId t);
  [[nodiscard]] bool stalls_fit(const State& s, ThreadId t, const State& theirs) const;
  void judge(const State& s);
  [[nodiscard]] bool is_over(const State& s) const;
  [[nodiscard]] bool follows_stalls(int watched) const;
  [[nodiscard]] bool depends_on_values(int watched) const;
  void try_short_windows(const State& start, ThreadId t);

  // --- what is still to be found out
  [[nodiscard]] bool is_worthwhile(const State& s) const;
  [[nodiscard]] bool is_asked(const State& s, ThreadId watcher, int access) const;
  [[nodiscard]] bool may_answer(const State& s, ThreadId t, int watched) const;
  [[nodiscard]] bool may_change(const Access& a) const;
  [[nodiscard]] bool may_change(const Access& a, int finder) const;
  [[nodiscard]] bool asks(int watched, int finder) const;
  void answer(int watched, int finder);
  template <class Visit>
  [[nodiscard]] bool any_ahead(const State& s, ThreadId t, const Visit& visit) const;
  void reach(int access);

  // --- the program
  void perform(State s, ThreadId t, States& out);
  void settle(State s, ThreadId t, EventIndex rmw_read, States& out);
  [[nodiscard]] bool apply(State& s, ThreadId t, const Op& op);
  [[nodiscard]] bool is_local(const State& s, ThreadId t, const Op& op) const;
  [[nodiscard]] Word evaluate(const ThreadState& t, ThreadId id, ExprId e) const;
  void enter(State& s, ThreadId t, Word outcome);
  [[nodiscard]] const Op& op_of(const State& s, ThreadId t) const;

  // --- the checks before an operation
  [[nodiscard]] std::optional<Element> element(const State& s, ThreadId t, int stage) const;
  [[nodiscard]] int next_stage(State& s, ThreadId t, int stage) const;
  [[nodiscard]] bool is_interesting(const State& s, const Element& e) const;
  [[nodiscard]] bool is_interesting_from(const State& s, ThreadId t, int stage) const;
  [[nodiscard]] bool count_atomic(ThreadState& t, const Element& e, const Context& context) const;
  void check(const State& s, ThreadId t, int stalls_beside, States& out);
  void end_stall(State& s, ThreadId t, const Element& e) const;
  [[nodiscard]] States check_states(const State& s, ThreadId t, int stalls_beside);
  [[nodiscard]] bool may_watch_here(const Element& e, const Context& context) const;
  [[nodiscard]] bool drops_delayed(const State& s, ThreadId t, const Op& op) const;
  [[nodiscard]] bool reports_unknown_origin(const Access& a) const { return profile_.report_unknown_origin || a.is(kAssertBit); }
  [[nodiscard]] bool is_uninstrumented(const Access& a) const { return profile_.ignore_atomics && a.is(kAtomicBit); }
  [[nodiscard]] bool ignores_address(const Access& a) const { return profile_.permissive && a.own_flags && !a.is(kAssertBit); }

  Code& code_;
  KcsanProfile profile_;
  MachineLimits limits_;
  bool with_watchers_ = false;
  bool thorough_ = false;  // with delayed accesses, stalls of second threads, and whatever may change a value unnoticed
  bool complete_ = true;
  std::uint64_t visited_states_ = 0;
  std::uint64_t steps_ = 0;
  std::map<Pair, Meeting> meetings_;
  std::unordered_set<std::string> visited_;
  std::string key_;
  std::vector<State> open_;
  std::vector<bool> matters_, useful_watch_, useful_find_;  // by access; it matters if one of another thread conflicts with it
  std::vector<bool> shared_;                                // by location
  // Who writes which location, and what is to be told of nobody who ran into a watchpoint there: kNone or kMissed.
  std::set<std::tuple<ThreadId, Location, int>> changes_;
  std::vector<int> questions_;  // that are open, by the access that watches
  int open_questions_ = 0;
  std::set<std::pair<int, int>> answered_;  // watcher and finder
  std::vector<int> unreached_;              // by thread: how many of its accesses that matter
  bool has_scopes_ = false;                 // some thread has scoped assertions
};

}  // namespace lkmc::kcsan
