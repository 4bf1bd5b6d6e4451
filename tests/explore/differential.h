// SPDX-License-Identifier: Apache-2.0
// Compares the explorer with the naive enumerator (tests/reference/enumerator.h) on one generated test after another.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/checker.h"
#include "src/model/model.h"
#include "tests/reference/enumerator.h"
#include "tests/reference/test_program.h"

namespace lkmc::explore_test {

// A number from the environment; `otherwise` if it is not set.
[[nodiscard]] int environment_number(const char* name, int otherwise);

// The part of a test that this process has to do, as Bazel says it (`shard_count`).
struct TestShard {
  int index;
  int total;
};
[[nodiscard]] TestShard this_shard();

class Differential {
 public:
  Differential();

  // Compares all models on the test, with each number of workers. A disagreement fails the doctest case with the
  // smallest test found that shows it; `origin` says how to get the test again.
  void check(const reference::TestProgram& program, std::string_view origin, const std::vector<int>& jobs = {1});

  // `compared 1200 tests, …` for the log.
  [[nodiscard]] std::string summary() const;
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  [[nodiscard]] std::uint64_t too_large() const { return too_large_; }

 private:
  // What is wrong with a test; nothing if it is all right, too large, or (made smaller) no valid test any more.
  [[nodiscard]] std::optional<std::string> disagreement(const reference::TestProgram& program, const std::vector<int>& jobs);
  [[nodiscard]] std::string model_order(const std::vector<reference::Outcome>& outcomes, bool only_marked) const;

  std::vector<Model> models_;  // from the strongest to the weakest
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<ModelFacts>> facts_;
  std::uint64_t compared_ = 0;
  std::uint64_t too_large_ = 0;
  std::uint64_t out_of_thin_air_ = 0;
  std::uint64_t executions_ = 0;
  std::uint64_t deadlocks_ = 0;
  std::uint64_t evaluated_ = 0;
};

}  // namespace lkmc::explore_test
