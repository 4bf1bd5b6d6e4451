// A C++ litmus test as a program for the explorer.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

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
  // Runs the body of the test once, to learn its locations and threads.
  explicit CppTest(const Registration& registration);
  ~CppTest() override;

  [[nodiscard]] const Registration& registration() const { return registration_; }
  // A mistake in the set-up, which makes the test useless.
  [[nodiscard]] const std::optional<FinalFailure>& setup_failure() const { return setup_failure_; }

  [[nodiscard]] std::span<const LocationInfo> locations() const override { return locations_; }
  [[nodiscard]] int thread_count() const override { return static_cast<int>(thread_names_.size()); }
  void run(ThreadId id, Thread& thread) const override;
  // Null, the objects of the test, and the shared variables in them.
  [[nodiscard]] std::vector<Word> possible_words() const override;

  [[nodiscard]] EventIndex max_events() const override { return 256; }

  [[nodiscard]] const std::string& thread_name(ThreadId id) const { return thread_names_[static_cast<std::size_t>(id)]; }
  // The conditions named by exists() that some path has come to.
  [[nodiscard]] std::set<std::string> conditions() const;

  // Runs finally() on what the threads of a complete execution have left.
  [[nodiscard]] FinalSight finish(std::span<const Word> memory, std::span<const Word> registers) const;

 private:
  friend class Run;
  struct Object {
    void* at;
    std::size_t size;
    void (*destroy)(void*);
    std::vector<const void*> location_at;  // its shared variables
  };

  const Registration& registration_;
  std::optional<FinalFailure> setup_failure_;
  bool has_finally_ = false;
  bool learning_ = true;  // the first run of the body
  bool has_tasks_ = false;
  Location first_task_ = kNoLocation;  // the states of the threads' tasks are the last locations, if has_tasks_
  std::vector<LocationInfo> locations_;
  std::vector<std::string> thread_names_;
  std::vector<Object> objects_;
  std::vector<std::string> object_types_;
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
};

}  // namespace lkmc::kernel
