// What one worker saw of a C++ litmus test, and the sum of what several saw: violated properties, a deadlock, the
// conditions that were reached, and final states.
//
// What finally() says depends only on what the threads have left, so it is run once for each such state.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/explore/execution.h"
#include "src/kernel/cpp_test.h"
#include "src/report/tally.h"
#include "src/report/witness.h"

namespace lkmc {

// A property that some execution violates.
struct Violation {
  SourcePos pos;
  std::string message;
  Witness witness;
  std::vector<std::uint16_t> choices;  // of the failure (see Failure); of a thread only
};

class CppTally final : public Visitor {
 public:
  // What observe() named, with its value.
  using Values = std::map<std::string, Word>;

  // `test` must outlive this.
  explicit CppTally(const kernel::CppTest& test) : test_(&test) {}
  CppTally(CppTally&&) = default;

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override;
  void on_failure(const Failure& failure) override;
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override;

  // Adds what another worker saw of the same test.
  void merge(CppTally&& other);

  // What makes the test unfit to be checked.
  [[nodiscard]] const std::set<Mistake>& mistakes() const { return mistakes_; }
  // In the order of their places.
  [[nodiscard]] std::vector<const Violation*> violations() const;
  [[nodiscard]] const std::optional<FoundDeadlock>& deadlock() const { return deadlock_; }
  // Executions in which the condition of exists("name", …) is true, by name.
  [[nodiscard]] std::map<std::string, std::uint64_t> reached() const;
  // The final states, with the number of executions that end in each.
  [[nodiscard]] const std::map<Values, std::uint64_t>& states() const { return states_; }

 private:
  struct Key {
    std::string file;
    int line, column;
    std::string message;
    bool in_thread;
    auto operator<=>(const Key&) const = default;
  };
  // What becomes of an execution that ends with certain values in memory and registers.
  struct Seen {
    std::uint64_t* executions;                     // in states_
    std::vector<std::uint64_t*> reached;           // in reached_
    std::optional<kernel::FinalFailure> failure;
  };
  [[nodiscard]] Seen look_at(const Execution& execution);

  const kernel::CppTest* test_;
  std::set<Mistake> mistakes_;
  std::map<Key, Violation> violations_;
  std::optional<FoundDeadlock> deadlock_;
  std::map<std::string, std::uint64_t> reached_;
  std::map<Values, std::uint64_t> states_;
  std::unordered_map<std::vector<Word>, Seen, WordsHash> seen_;
  std::vector<Word> left_;  // scratch
};

}  // namespace lkmc
