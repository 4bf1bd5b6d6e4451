// A C++ litmus test as a program for the explorer.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/kernel/heap.h"
#include "src/kernel/footprint.h"
#include "src/kernel/runtime.h"
#include "src/program/program.h"

namespace lkmc::kernel {

// What finally() found wrong in one execution.
struct FinalFailure {
  SourcePos pos;
  std::string message;
};

// What is seen of one complete execution: by its threads, and by finally().
struct FinalSight {
  std::map<std::string, bool> conditions;  // of exists(): whether it was true
  std::map<std::string, Word> values;      // of observe()
  std::optional<FinalFailure> failure;
};

class CppTest final : public Program {
 public:
  // Runs the body of the test once, to learn its locations and threads. `unroll` is the bound of loops.
  explicit CppTest(const Registration& registration, int unroll = kDefaultUnroll);
  ~CppTest() override;

  [[nodiscard]] const Registration& registration() const { return registration_; }
  // A mistake in the set-up, which makes the test useless.
  [[nodiscard]] const std::optional<FinalFailure>& setup_failure() const { return setup_failure_; }

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(thread_names_.size()); }
  [[nodiscard]] bool may_write(ThreadId thread, Location location) const override;
  void run(ThreadId id, Thread& thread) const override;
  // Null, the objects of the test, the places in them that lists point to, and its tasks.
  [[nodiscard]] std::vector<Word> possible_words() const override;
  // A path needs an object, an RCU callback or something else that is not there yet.
  [[nodiscard]] bool outgrown() const override;
  void grow() const override;

  [[nodiscard]] EventIndex max_events() const override { return 256; }
  // The objects of the test by their names, and `code`, what the test was loaded as: functions and static variables.
  [[nodiscard]] std::vector<Memory> memory() const override;

  [[nodiscard]] const std::string& thread_name(ThreadId id) const { return thread_names_[static_cast<std::size_t>(id)]; }
  // The conditions named by exists() that some path has come to.
  [[nodiscard]] std::set<std::string> conditions() const;

  [[nodiscard]] const Heap& heap() const { return heap_; }
  // Objects that are still allocated, if the test forbids that.
  [[nodiscard]] std::vector<const HeapObject*> leaks(std::span<const Word> memory) const;
  // `vm_area_struct#2`
  [[nodiscard]] std::string object_name(const void* at) const;
  // `&vm_area_struct#2.lock`; empty if it points into no object.
  [[nodiscard]] std::string pointer_name(const void* at) const;

  // Runs finally() on what the threads of a complete execution have left.
  [[nodiscard]] FinalSight finish(std::span<const Word> memory, std::span<const Word> registers) const;

 private:
  friend class Run;
  struct Object {
    void* at;
    std::size_t size;
    void (*destroy)(void*);
    std::vector<const void*> location_at;  // its shared variables, and those of objects that its constructor makes
    std::string name;
    std::string type;  // as the source has it
    std::size_t end;  // the number of objects, and of caches, that there are once it is made
    int caches_end;
  };
  // What a call of call_rcu() leaves for the thread that runs the callback.
  struct Callback {
    ThreadId caller;
    int ordinal;  // of the call on its path
    Location function, head, done;
  };
  // Nothing if it is not there yet.
  [[nodiscard]] const Callback* callback(ThreadId caller, int ordinal);
  [[nodiscard]] bool is_inside_an_object(const void* at) const;
  [[nodiscard]] std::string new_name(std::string_view type, std::string_view owner);
  Location add_hidden_location(std::string name, Word initial);

  const Registration& registration_;
  const int unroll_;
  std::optional<FinalFailure> setup_failure_;
  bool has_finally_ = false;
  bool learning_ = true;  // the first run of the body
  bool has_tasks_ = false;
  bool allows_signals_ = false;
  bool has_exclusive_waiters_ = false;
  bool wants_exclusive_waiters_ = false;  // guarded by mutex_
  Location first_task_ = kNoLocation;  // the states of the threads' tasks are the last locations, if has_tasks_
  std::vector<LocationInfo> locations_;
  std::vector<std::string> thread_names_;
  std::vector<Object> objects_;
  std::set<Location> locks_;             // that hold spinlocks and the like
  std::vector<const void*> grown_at_;    // by location, from those that the set-up has not made
  std::size_t set_up_locations_ = 0;

  Heap heap_;
  bool forbids_leaks_ = false;
  int user_threads_ = 0;  // the others run callbacks, and return pages
  std::vector<Callback> callbacks_;
  mutable std::mutex mutex_;  // of what threads note while they run
  std::set<std::pair<ThreadId, int>> wanted_callbacks_;
  std::set<Word> callback_functions_;
  [[nodiscard]] bool is_callback_function(Word word) const {
    const std::scoped_lock lock(mutex_);
    return callback_functions_.contains(word);
  }
  [[nodiscard]] const Footprint& footprint() const;
  mutable std::mutex footprint_mutex_;
  mutable std::unique_ptr<const Footprint> footprint_;  // of what is known now
  // What threads observe: the value in a slot, and 1 in the next one. Slots are given out as names are first met, by
  // whichever worker meets them.
  struct Observable {
    enum class Kind : std::uint8_t { kCaptured, kCondition, kNamed } kind;
    std::string name;
    ThreadId thread = kInitThread;  // of a condition, which several threads may come to
    auto operator<=>(const Observable&) const = default;
  };
  [[nodiscard]] int slot(const Observable& what) const;
  // What all threads of an execution have observed.
  [[nodiscard]] std::map<Observable, Word> observed(std::span<const Word> registers) const;
  mutable std::mutex slots_mutex_;
  mutable std::map<Observable, int> slots_;
  std::set<const void*> pointed_to_;     // see Run::may_be_pointed_to
  mutable bool has_guessed_ = false;     // in this exploration, with those that were there
  bool has_new_pointer_ = false;
};

}  // namespace lkmc::kernel
