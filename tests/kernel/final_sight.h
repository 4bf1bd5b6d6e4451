// SPDX-License-Identifier: Apache-2.0
// What is seen of one complete execution: by its threads, and by finally().
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "src/explore/execution.h"
#include "src/program/finally.h"
#include "src/program/self_checking_test.h"

namespace lkmc::kernel_test {

struct FinalSight {
  std::map<std::string, bool> conditions;  // of exists(): whether it was true; those that some execution has come to
  std::map<std::string, Word> values;      // of observe()
  std::set<std::string> failures;          // of finally()
};

// To be made anew when the test has grown.
class FinalView {
 public:
  explicit FinalView(const SelfCheckingTest& test)
      : test_(test), finally_(test.has_finally() ? std::make_unique<Finally>(test) : nullptr) {}

  [[nodiscard]] FinalSight of(const Execution& execution) {
    FinalSight sight;
    std::vector<Word> registers(execution.registers.begin(), execution.registers.end());
    if (finally_ != nullptr) {
      const Finally::Seen seen = finally_->look(execution.memory, registers);
      for (const Claim* check : seen.failed) sight.failures.insert(check->message);
      const PathNode& end = finally_->end(seen.path);
      if (end.continuation == Continuation::kFailed) sight.failures.insert(end.message);
    }
    for (const Observable& o : test_.observables()) {
      const auto slot = static_cast<std::size_t>(o.slot);
      const bool filled = slot + 1 < registers.size() && registers[slot + 1] != 0;
      if (o.kind == Observable::Kind::kCondition) {
        bool& holds = sight.conditions[o.name];
        holds = holds || (filled && registers[slot] != 0);
      } else if (filled) {
        sight.values[o.name] = registers[slot];
      }
    }
    return sight;
  }

 private:
  const SelfCheckingTest& test_;
  std::unique_ptr<Finally> finally_;
};

}  // namespace lkmc::kernel_test
