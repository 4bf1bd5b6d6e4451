// SPDX-License-Identifier: Apache-2.0
// Explorations of a test, or of the test with other markings, by as many workers as the user wants, into a Result.
//
// Whoever wants to see more of the executions than the test's tally keeps puts a Watch between the two.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "src/explore/explorer.h"
#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/report/result.h"
#include "src/report/test.h"

namespace lkmc {

// A model to explore under.
struct UnderModel {
  const Model& model;
  const ModelFacts& facts;
};

// What all explorations of a run have in common.
struct ExplorationSettings {
  std::string model;  // as the user named it
  int unroll = 8;     // as the user asked for it
  int jobs = 1;
  std::optional<std::uint64_t> max_executions{};
  bool witness = false;    // an execution is to be shown
  bool all_races = false;  // see Keep
};

// Makes the visitor that watches one worker and hands on what it is told to `inner`; null if it need not watch.
using Watch = std::function<std::unique_ptr<Visitor>(Visitor& inner)>;

// What is different from one exploration to the next.
struct ExplorationLimits {
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  Shard shard{};
  const std::atomic<bool>* cancelled = nullptr;
  std::function<void(const Progress&)> on_progress{};
};

// What an exploration has seen.
struct Explored {
  std::unique_ptr<Tally> tally;
  Statistics statistics;
};

class TestExplorer {
 public:
  // All must outlive this.
  TestExplorer(const Test& test, const ExplorationSettings& settings) : test_(test), settings_(settings) {}

  // `program` is that of the test, perhaps with other markings. The first watch is the one next to the tally.
  [[nodiscard]] Explored explore(const Program& program, UnderModel under, const ExplorationLimits& limits,
                                 const std::vector<Watch>& watches) const;
  // Refers to what was explored.
  [[nodiscard]] Result result_of(const Explored& explored, const Model& model) const;

  [[nodiscard]] const Test& test() const { return test_; }

 private:
  const Test& test_;
  const ExplorationSettings& settings_;
};

}  // namespace lkmc
