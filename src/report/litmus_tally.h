// SPDX-License-Identifier: Apache-2.0
// What there is to see of a litmus file: final states, and which of them satisfy the condition.
//
// An execution costs one lookup of its observed final values; whether they satisfy the condition and how they print is
// worked out once per state. Nothing else is kept of an execution, but for the one that the report shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/litmus/litmus.h"
#include "src/report/tally.h"

namespace lkmc {

// Fills in the verdict of a litmus file; all else is there.
void judge_condition(Result& result);

class LitmusTally final : public Tally {
 public:
  // `test` must outlive this.
  LitmusTally(const LitmusTest& test, const Keep& keep);

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    mistaken(failure.pos, failure.message);
    return true;
  }
  void on_misbehaviour(ThreadId, SourcePos pos, const std::string& message) override { mistaken(pos, message); }

  void on_restart() override;

  void merge(Tally&& other) override;
  void tell(const Model& model, Result& result) const override;

  // Numbers of executions that satisfy the proposition, and that do not.
  [[nodiscard]] std::uint64_t positive() const { return count(true); }
  [[nodiscard]] std::uint64_t negative() const { return count(false); }
  // In herd's order.
  [[nodiscard]] std::vector<State> states() const;

 private:
  struct Entry {
    std::string line;
    bool positive;
    std::uint64_t executions;
  };

  [[nodiscard]] std::uint64_t count(bool positive) const;
  void observe(const FinalState& state);
  void count(const Execution& execution, const FinalState& state);

  const LitmusTest* test_;
  bool wanted_;  // whether a witness is positive
  std::unordered_map<std::vector<Word>, Entry, WordsHash> states_;
  std::vector<Word> observed_;  // scratch
  // An execution that shows what the condition asks for: that satisfies the proposition of `exists` and `~exists`, or that
  // violates the one of `forall`.
  std::optional<Witness> witness_;
};

}  // namespace lkmc
