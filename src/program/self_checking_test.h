// SPDX-License-Identifier: Apache-2.0
// A test in a programming language, C++ or C: its threads check properties as they run, and it says what it is expected to show.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/graph/event.h"
#include "src/program/program.h"

namespace lkmc {

// What a test is expected to show.
struct Expectation {
  enum class Kind : std::uint8_t { kHolds, kViolates, kRaces, kDeadlocks, kReachable, kUnreachable } kind;
  std::string name{};  // of the violated property or of the reached condition
};

// What threads or finally() observe of an execution: the value is in a slot of its registers, and 1 in the next slot.
struct Observable {
  enum class Kind : std::uint8_t {
    kCondition,  // of exists(): whether it was true
    kValue,      // of observe()
  };
  Kind kind;
  std::string name;
  ThreadId thread = kInitThread;  // of a condition: who comes to it; kInitThread stands for finally()
  int slot = 0;
};

class SelfCheckingTest : public Program {
 public:
  [[nodiscard]] virtual const std::string& name() const = 0;
  // Where it stands.
  [[nodiscard]] virtual const std::string& file() const = 0;
  [[nodiscard]] virtual int line() const = 0;
  [[nodiscard]] virtual std::span<const Expectation> expectations() const = 0;

  [[nodiscard]] virtual const std::string& thread_name(ThreadId id) const = 0;
  // What a file that an event stands in is called in reports.
  [[nodiscard]] virtual std::string shown_file(std::string_view file) const { return std::string(file); }
  // `&vm_area_struct#2.lock`; empty if the word points into no object of the test.
  [[nodiscard]] virtual std::string pointer_name(Word word) const = 0;
  // In the order of their slots, which are given out as names are first met, by whichever worker meets them.
  [[nodiscard]] virtual std::vector<Observable> observables() const = 0;
  [[nodiscard]] virtual std::size_t observable_count() const = 0;

  [[nodiscard]] virtual bool has_finally() const = 0;
  // What the captured variables that finally() can see have before any thread assigns to them, in the order in which they are
  // made. What a thread assigns is in a slot, and 1 in the next.
  [[nodiscard]] virtual std::span<const Word> captured_initially() const { return {}; }
  [[nodiscard]] static int captured_slot(int variable) { return 2 * variable; }
  // Performs finally() in the place of a thread: what it reads are the locations, and behind them the captured variables.
  virtual void run_finally(Thread& thread) const = 0;
};

}  // namespace lkmc
