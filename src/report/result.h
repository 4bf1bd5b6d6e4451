// What has been found out about one litmus test, ready to be reported in any format.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/explore/explorer.h"
#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "src/report/tally.h"

namespace lkmc {

// How often the proposition is true of the executions that were seen, in herd's words. Never if there are none.
enum class Observation : std::uint8_t { kNever, kSometimes, kAlways };

// `exists` asks a question, so no answer violates it. `~exists` and `forall` are claims. A deadlock violates any test.
enum class Verdict : std::uint8_t { kHolds, kViolated, kInconclusive };

struct TestResult {
  std::string file;
  std::string_view text;      // of the file
  const LitmusTest& test;
  std::string model;          // as the user named it
  int unroll = 8;             // rounds of a loop before a path is given up
  Tally tally;
  Statistics statistics;
  std::vector<std::string> flags;  // raised; sorted, each once, as herd prints them
  double parse_seconds = 0;
  double explore_seconds = 0;
  std::vector<std::pair<std::string, std::string>> more{};  // for JSON: other judges' objects by their keys

  [[nodiscard]] std::uint64_t executions() const { return tally.positive() + tally.negative(); }
  [[nodiscard]] bool complete() const {
    return !statistics.bound_hit && statistics.interruption == Interruption::kNone;
  }
  [[nodiscard]] Observation observation() const;
  // Whether executions that were not seen cannot change the observation.
  [[nodiscard]] bool observation_is_final() const { return complete() || observation() == Observation::kSometimes; }
  // Whether what was seen violates the condition.
  [[nodiscard]] bool condition_violated() const;
  [[nodiscard]] Verdict verdict() const;
  // Why not all executions were seen, and which option changes that: `a loop goes on beyond its bound (--unroll raises
  // it)`.
  [[nodiscard]] std::string_view why_incomplete() const;
};

// Why an exploration did not see all executions, in the words of TestResult::why_incomplete; empty if it did.
[[nodiscard]] std::string_view why_incomplete(const Statistics& statistics);

// The names of the flags among the axioms of `model` whose indices are in the set `raised`.
[[nodiscard]] std::vector<std::string> flag_names(const Model& model, std::uint64_t raised);

[[nodiscard]] std::string_view to_string(Observation observation);
[[nodiscard]] std::string_view to_string(Verdict verdict);
// `Allowed`, `Forbidden`, `Required`
[[nodiscard]] std::string_view kind_name(Quantifier quantifier);

}  // namespace lkmc
