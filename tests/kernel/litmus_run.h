// SPDX-License-Identifier: Apache-2.0
// Runs the LITMUS tests of a test binary through the explorer, for tests of the litmus API.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/explore/explorer.h"
#include "src/program/expr.h"

namespace lkmc::kernel_test {

struct Outcome {
  std::uint64_t executions = 0;
  std::uint64_t deadlocks = 0;
  std::set<std::string> failures;                // messages of failures in threads
  std::set<std::string> final_failures;          // of those in finally()
  std::set<std::string> broken_rules;            // accesses that break a locking rule
  std::set<std::string> flags;                   // raised by some execution
  std::map<std::string, std::uint64_t> reached;  // how many executions reach each condition of exists()
  std::string setup_failure;
  std::vector<std::string> blocked;   // who waits for what in the last deadlock, by thread
  std::set<std::string> all_blocked;  // the same of all deadlocks
  bool bound_hit = false;
  Interruption interruption = Interruption::kNone;
  std::map<std::vector<Word>, std::uint64_t> ends;  // executions by their final memory and registers

  friend bool operator==(const Outcome&, const Outcome&) = default;
  [[nodiscard]] bool reaches(const std::string& condition) const { return reached.contains(condition); }
  [[nodiscard]] bool fails_with(std::string_view part) const;
  [[nodiscard]] bool breaks_rule(std::string_view part) const;
};

// All executions of the test that LKMM allows.
[[nodiscard]] Outcome run(std::string_view test, int unroll = 8);
// The same, and again by an explorer that takes every thread to write everything.
[[nodiscard]] std::pair<Outcome, Outcome> run_with_and_without_footprint(std::string_view test);
// The branches of the search that the two take.
[[nodiscard]] std::pair<std::uint64_t, std::uint64_t> choices_with_and_without_footprint(std::string_view test);

}  // namespace lkmc::kernel_test
