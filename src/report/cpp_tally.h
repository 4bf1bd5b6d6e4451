// What was seen of a C++ litmus test: violated properties, a deadlock, and the conditions that were reached.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
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
  std::uint64_t times;  // executions, or ways to get there in the middle of one
  Witness witness;
};

class CppTally final : public Visitor {
 public:
  // `test` must outlive this.
  explicit CppTally(kernel::CppTest& test) : test_(&test) {}

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_flags(const Execution& execution, std::uint64_t flags) override;
  void on_deadlock(const Deadlock& deadlock) override;
  void on_failure(const Failure& failure) override;

  // In the order of their places.
  [[nodiscard]] std::vector<const Violation*> violations() const;
  [[nodiscard]] const std::optional<FoundDeadlock>& deadlock() const { return deadlock_; }
  // An execution that raises the flag with that index into Model::axioms; null if none does.
  [[nodiscard]] const Witness* raising(std::size_t flag) const;
  // Executions in which the condition of exists("name", …) is true, by name.
  [[nodiscard]] std::map<std::string, std::uint64_t> reached() const;

 private:
  struct Key {
    std::string file;
    int line, column;
    std::string message;
    auto operator<=>(const Key&) const = default;
  };
  void violated(const SourcePos& pos, const std::string& message, const Assignment& assignment);

  kernel::CppTest* test_;
  std::map<Key, Violation> violations_;
  std::optional<FoundDeadlock> deadlock_;
  std::map<std::size_t, Witness> raising_;  // by flag
  std::map<std::string, std::uint64_t> reached_;
  std::map<std::string, int> conditions_;  // as far as known when executions had `slots_` registers
  std::size_t slots_ = 0;
};

}  // namespace lkmc
