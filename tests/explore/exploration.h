// SPDX-License-Identifier: Apache-2.0
// Runs the explorer on a litmus test and keeps all that it finds, for tests.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/explore/explorer.h"
#include "src/litmus/litmus.h"
#include "tests/reference/execution_key.h"

namespace lkmc::explore_test {

// What one worker, or all of them, found.
struct Findings {
  struct Blocked {
    ThreadId thread;
    std::int32_t line;
    Location lock;
    ThreadId holder;
    std::int32_t holder_line;
    friend auto operator<=>(const Blocked&, const Blocked&) = default;
  };

  std::uint64_t executions = 0;
  std::uint64_t repeated = 0;          // executions and deadlocks that were found before
  std::set<std::string> keys;          // execution_key() of each execution
  std::set<std::vector<Word>> states;  // registers by slot, then memory; symbols renamed
  std::set<std::string> lines;         // the states as herd7 prints them
  std::uint64_t satisfying = 0;        // executions that satisfy the proposition of the test
  std::set<std::vector<Blocked>> deadlocks;
  std::set<std::string> deadlock_keys;  // execution_key() of each
  std::set<std::string> failures;

  void add(const Findings& other);
};

class Recorder final : public Visitor {
 public:
  explicit Recorder(const LitmusTest& test) : test_(test) {}
  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override;
  [[nodiscard]] bool on_failure(const Failure& failure) override;
  void on_restart() override { findings_ = {}; }
  void on_misbehaviour(ThreadId, SourcePos, const std::string& message) override { findings_.failures.insert(message); }
  [[nodiscard]] const Findings& findings() const { return findings_; }

 private:
  const LitmusTest& test_;
  Findings findings_;
};

struct Exploration {
  Findings findings;
  Statistics statistics;
};

struct RunOptions {
  int jobs = 1;
  std::chrono::seconds timeout{600};  // ends what will not end, however slow the machine is
  int unroll = 8;                     // where the test is parsed, too
  Shard shard{};
};

[[nodiscard]] Exploration run_explorer(const LitmusTest& test, const Model& model, const ModelFacts& facts, const RunOptions& options = {});

// Parses a test that is known to be right, and explores it under a built-in model.
[[nodiscard]] Exploration run_explorer(std::string_view text, std::string_view model, const RunOptions& options = {});

// The text of a test: locations x, y, z and locks l, m, and the body of each thread.
[[nodiscard]] std::string litmus_text(const std::vector<std::string>& bodies);

}  // namespace lkmc::explore_test
