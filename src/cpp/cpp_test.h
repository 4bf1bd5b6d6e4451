// SPDX-License-Identifier: Apache-2.0
// A C++ litmus test as a program for the explorer.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/cpp/rehearsal.h"
#include "src/kernel/control_flow.h"
#include "src/kernel/heap.h"
#include "src/kernel/lock_rules.h"
#include "src/kernel/runtime.h"
#include "src/program/program.h"
#include "src/program/self_checking_test.h"

namespace lkmc::kernel {

// A mistake, and where.
struct SetupFailure {
  SourcePos pos;
  std::string message;
};

class CppTest final : public SelfCheckingTest {
 public:
  // Runs the body of the test once, to learn its locations and threads. `unroll` is the bound of loops.
  explicit CppTest(const Registration& registration, int unroll = kDefaultUnroll);
  ~CppTest() override;

  [[nodiscard]] const Registration& registration() const { return registration_; }
  [[nodiscard]] const std::string& name() const override { return registration_.name; }
  [[nodiscard]] const std::string& file() const override { return registration_.file; }
  [[nodiscard]] int line() const override { return registration_.line; }
  [[nodiscard]] std::span<const Expectation> expectations() const override { return registration_.expectations; }
  // A mistake in the set-up, which makes the test useless.
  [[nodiscard]] const std::optional<SetupFailure>& setup_failure() const { return setup_failure_; }

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(thread_names_.size()); }
  [[nodiscard]] bool may_write(ThreadId thread, Location location) const override;
  void run(ThreadId id, Thread& thread) const override;
  // Null, the objects of the test, the places in them that lists point to, and its tasks.
  [[nodiscard]] std::vector<Word> possible_words() const override;
  // A path needs an object, an RCU callback or something else that is not there yet.
  [[nodiscard]] bool outgrown() const override;
  void grow() const override;

  [[nodiscard]] int max_rounds() const override { return unroll_; }
  [[nodiscard]] EventIndex max_events() const override { return 256; }
  // The objects of the test by their names, and `code`, what the test was loaded as: functions and static variables.
  [[nodiscard]] std::vector<Memory> memory() const override;

  [[nodiscard]] const std::string& thread_name(ThreadId id) const override { return thread_names_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] std::vector<Observable> observables() const override;
  [[nodiscard]] std::size_t observable_count() const override { return observable_count_.load(std::memory_order_acquire); }

  [[nodiscard]] const Heap& heap() const { return heap_; }
  [[nodiscard]] bool allocates() const override { return !heap_.objects().empty(); }
  [[nodiscard]] std::vector<Leak> leaks(std::span<const Word> memory) const override;
  // `vm_area_struct#2`
  [[nodiscard]] std::string object_name(const void* at) const;
  [[nodiscard]] std::string pointer_name(Word word) const override;

  [[nodiscard]] bool has_finally() const override { return has_finally_; }
  [[nodiscard]] std::span<const Word> captured_initially() const override { return captured_initially_; }
  void run_finally(Thread& thread) const override;

 private:
  friend class Run;
  struct Object {
    void* at;
    std::size_t size;
    void (*destroy)(void*);
    std::vector<const void*> location_at;  // its shared variables, and those of objects that its constructor makes
    std::string name;
    std::string type;  // as the source has it
    std::size_t end;   // the number of objects, and of caches, that there are once it is made
    int caches_end;
  };
  // What a call of call_rcu() leaves for the thread that runs the callback.
  struct Callback {
    ThreadId caller;
    int ordinal;  // of the call on its path
    Location function, head, done;
  };
  // A thread that is not of the set-up.
  struct Server {
    enum class Kind : std::uint8_t { kCallback, kStarted } kind;
    int index;  // in callbacks_ or started_
  };
  // Nothing if it is not there yet.
  [[nodiscard]] const Callback* callback(ThreadId caller, int ordinal);
  // A thread that another one starts, and what the two tell each other.
  struct Started {
    StartedThread by;
    ThreadId id;
    Location start, stop, task;
    std::vector<Location> read_before;  // what the starter has read until then
  };
  // Its number; nothing if it is not there yet, or has not enough room for so many reads.
  [[nodiscard]] std::optional<int> started(const StartedThread& by, std::string_view name, std::size_t reads);
  // Where a thread says that it has ended; kNoLocation if nobody is known to wait for that.
  [[nodiscard]] Location end_of(ThreadId thread) const;
  [[nodiscard]] std::optional<ThreadId> id_of(const StartedThread& thread) const;
  void add_server(Server server, const std::string& name);
  void add_started_threads();
  [[nodiscard]] bool is_started(ThreadId id) const {
    const auto server = static_cast<std::size_t>(id - user_threads_);
    return server < servers_.size() && servers_[server].kind == Server::Kind::kStarted;
  }
  [[nodiscard]] bool is_inside_an_object(const void* at) const;
  [[nodiscard]] std::string new_name(std::string_view type, std::string_view owner) const;
  [[nodiscard]] std::string unused_name(const std::string& stem) const;
  Location add_hidden_location(std::string name, Word initial);

  // Learns how control flows in the threads, as far as they get with what there is.
  void rehearse_threads();
  // Words that the thread goes on by at certain places, for its rehearsal to try. False if there is nothing new.
  bool meet_words(ThreadId thread, const std::vector<std::pair<Point, Word>>& words) const;
  [[nodiscard]] std::vector<Word> words_met_at(ThreadId thread, Point place) const;

  const Registration& registration_;
  const int unroll_;
  std::optional<SetupFailure> setup_failure_;
  bool has_finally_ = false;
  bool learning_ = true;  // the first run of the body
  bool has_tasks_ = false;
  bool allows_signals_ = false;
  bool has_exclusive_waiters_ = false;
  bool wants_exclusive_waiters_ = false;  // guarded by mutex_
  Location first_task_ = kNoLocation;     // the states of the threads' tasks are the last locations, if has_tasks_
  std::vector<LocationInfo> locations_;
  std::vector<std::string> thread_names_;
  std::vector<Object> objects_;
  std::vector<const void*> made_at_;  // by location: the variable, if it is in an object
  std::set<Location> locks_;          // that hold spinlocks and the like
  struct DeclaredRule {
    lock_rule rule;
    Site site;
  };
  std::map<Location, DeclaredRule> lock_rules_;
  std::vector<ControlFlow> control_flow_;           // by thread
  mutable std::vector<Step>* rehearsal_ = nullptr;  // while one is going on: what the thread does
  mutable std::map<ThreadId, WordsMet> words_met_;  // guarded by mutex_
  std::map<ThreadId, SourcePos> lost_stores_;       // that rehearsals have come to
  std::vector<const void*> grown_at_;               // by location, from those that the set-up has not made
  std::size_t set_up_locations_ = 0;

  Heap heap_;
  bool forbids_leaks_ = false;
  int user_threads_ = 0;  // of the set-up; behind them the servers, and last the page allocator if there is one
  std::vector<Server> servers_;
  std::vector<Callback> callbacks_;
  std::vector<Started> started_;
  std::map<ThreadId, Location> ends_;  // of threads that others wait for
  struct WantedThread {
    std::string name;
    std::size_t reads;
  };
  std::map<StartedThread, WantedThread> wanted_threads_;  // guarded by mutex_, like what follows
  std::set<ThreadId> wanted_ends_;
  mutable std::mutex mutex_;  // of what threads note while they run
  std::set<std::pair<ThreadId, int>> wanted_callbacks_;
  std::set<Word> callback_functions_;
  [[nodiscard]] bool is_callback_function(Word word) const {
    const std::scoped_lock lock(mutex_);
    return callback_functions_.contains(word);
  }
  [[nodiscard]] int slot(Observable::Kind kind, std::string_view name, ThreadId thread) const;
  std::vector<Word> captured_initially_;
  mutable std::mutex observables_mutex_;
  mutable std::vector<Observable> observables_;
  mutable std::atomic<std::size_t> observable_count_ = 0;
  std::set<const void*> pointed_to_;         // see Run::may_be_pointed_to
  mutable bool has_guessed_ = false;         // in this exploration, with those that were there
  std::atomic<bool> wants_to_grow_ = false;  // by what threads have noted, but for the heap's
};

}  // namespace lkmc::kernel
