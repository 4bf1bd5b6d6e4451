// What was seen of a C++ litmus test: violated properties, a deadlock, and the conditions that were reached.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/explore/execution.h"
#include "src/kernel/cpp_test.h"
#include "src/oracle/data_race.h"
#include "src/report/tally.h"
#include "src/report/witness.h"

namespace lkmc {

// A property that some execution violates.
struct Violation {
  SourcePos pos;
  std::string message;
  std::string other;    // what `other_pos` is: `freed`; empty if one place tells all
  SourcePos other_pos;
  std::uint64_t times;  // executions, or ways to get there in the middle of one
  Witness witness;
};

// Two accesses that race in some execution.
struct FoundRace {
  Event first, second;
  std::uint64_t times;
  Witness witness;
};

class CppTally final : public Visitor {
 public:
  // Both must outlive this.
  CppTally(kernel::CppTest& test, const Model& model) : test_(&test), race_flag_(data_race_flag(model)) {}

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override;
  void on_failure(const Failure& failure) override;
  void on_restart() override;

  // In the order of their places.
  [[nodiscard]] std::vector<const Violation*> violations() const;
  [[nodiscard]] std::vector<const FoundRace*> races() const;
  [[nodiscard]] const std::optional<FoundDeadlock>& deadlock() const { return deadlock_; }
  // Executions in which the condition of exists("name", …) is true, by name.
  [[nodiscard]] std::map<std::string, std::uint64_t> reached() const;

 private:
  struct Key {
    std::string file;
    int line, column;
    std::string message;
    auto operator<=>(const Key&) const = default;
  };
  struct Place {
    ThreadId thread;
    std::string file;
    int line, column;
    Location location;
    auto operator<=>(const Place&) const = default;
  };
  void violated(const SourcePos& pos, const std::string& message, const Assignment& assignment, const std::string& other = {},
                const SourcePos& other_pos = {});
  [[nodiscard]] SourcePos free_of(const Assignment& assignment, int poison) const;
  // Whether there are any.
  bool judge_lifetime(const Assignment& assignment, std::span<const DataRace> races);
  void judge_leaks(const Execution& execution);
  void found(const DataRace& race, const Assignment& assignment);

  kernel::CppTest* test_;
  std::optional<std::size_t> race_flag_;
  std::map<std::pair<Place, Place>, FoundRace> races_;
  std::map<Key, Violation> violations_;
  std::optional<FoundDeadlock> deadlock_;
  std::map<std::string, std::uint64_t> reached_;
  std::map<std::string, int> conditions_;  // as far as known when executions had `slots_` registers
  std::size_t slots_ = 0;
};

}  // namespace lkmc
