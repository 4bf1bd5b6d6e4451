// A C++ litmus test as a program for the explorer.
#pragma once

#include <map>
#include <memory>
#include <optional>
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

// Made for one worker: unlike other programs it must not be run by several at once.
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
  // Null and the objects of the test.
  [[nodiscard]] std::vector<Word> possible_words() const override;
  // The objects of the test by their numbers, and `code`, what the test was loaded as: functions and static variables.
  [[nodiscard]] std::vector<Memory> memory() const override;

  [[nodiscard]] const std::string& thread_name(ThreadId id) const { return thread_names_[static_cast<std::size_t>(id)]; }
  // The conditions named by exists() that some path has come to, with their slots.
  [[nodiscard]] std::map<std::string, int> conditions() const;

  // Runs finally() on the memory of a complete execution.
  [[nodiscard]] std::optional<FinalFailure> finish(std::span<const Word> memory, std::span<const Word> registers);

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
  // What threads observe, by name, in the order in which it was first met: conditions, and captured variables.
  [[nodiscard]] int slot(const std::string& name) const;
  mutable std::map<std::string, int> slots_;
};

}  // namespace lkmc::kernel
