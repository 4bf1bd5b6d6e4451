// SPDX-License-Identifier: Apache-2.0
// What there is to see of a test in C++ or C: violated properties, errors of memory, flags, the conditions that were reached, and
// final states.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/explore/execution.h"
#include "src/judge/judge.h"
#include "src/program/finally.h"
#include "src/program/self_checking_test.h"
#include "src/report/story.h"
#include "src/report/tally.h"
#include "src/report/witness.h"

namespace lkmc {

// A property that some execution violates.
struct Violation {
  Charge charge;
  Witness witness;
  std::vector<std::uint16_t> choices;  // of the failure (see Failure); of a thread only
  std::optional<StoryEnd> end{};       // likewise: what comes behind it is not worth telling
};

class CppTally final : public Tally {
 public:
  // What observe() named, with its value.
  using Values = std::map<std::string, Word>;

  // `test` must outlive this.
  CppTally(const SelfCheckingTest& test, const Keep& keep)
      : Tally(keep), test_(&test), judges_(judges_of(test)), finally_(test.has_finally() ? std::make_unique<Finally>(test) : nullptr) {}
  CppTally(CppTally&&) = default;
  CppTally& operator=(CppTally&&) = default;

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_flags(const Execution& execution, std::uint64_t flags) override;
  void on_deadlock(const Deadlock& deadlock) override;
  [[nodiscard]] bool on_failure(const Failure& failure) override;
  void on_restart() override;
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override;

  void merge(Tally&& other) override;
  void tell(const Model& model, Result& result) const override;

  // In the order of their places.
  [[nodiscard]] std::vector<const Violation*> violations() const;
  // Executions in which the condition of exists("name", …) is true, by name.
  [[nodiscard]] std::map<std::string, std::uint64_t> reached() const;
  // The final states, with the number of executions that end in each.
  [[nodiscard]] std::map<Values, std::uint64_t> states() const;

 private:
  struct Key {
    std::string file;
    int line, column;
    std::string message;
    bool in_thread;
    auto operator<=>(const Key&) const = default;
  };
  // What exists() asks for under one name.
  struct Asked {
    std::vector<int> slots;   // of those who ask
    std::uint64_t times = 0;  // executions in which it is true
    std::optional<Witness> witness{};
  };
  // What becomes of all executions that finally() and observers cannot tell apart.
  struct End {
    std::vector<Charge> failures{};  // of finally()
    std::vector<Asked*> reached{};   // the conditions that are true
    std::uint64_t* times = nullptr;  // of the final state
  };
  using Ends = std::unordered_map<std::vector<Word>, End, WordsHash>;
  void judge_end(const Execution& execution);
  void find_inputs();
  void read_inputs(const Execution& execution);
  [[nodiscard]] End work_out_end(const Execution& execution);
  [[nodiscard]] static Key key_of(const SourcePos& pos, const std::string& message, bool in_thread);
  void ask_judges(const Ending& ending);
  // Whether some judge answers so.
  [[nodiscard]] bool any_judge(const std::function<bool(const Judge&)>& says) const;
  void violated(const Assignment& assignment, const Charge& charge);

  const SelfCheckingTest* test_;
  std::vector<std::unique_ptr<Judge>> judges_;
  std::unique_ptr<Finally> finally_;  // null if the test has none
  std::map<Key, Violation> violations_;
  std::map<std::size_t, Witness> raising_;  // by flag
  std::size_t observables_ = 0;             // of the test, as far as they are known here
  std::map<std::string, Asked> conditions_;
  std::vector<int> value_slots_;  // of observe()
  // Executions by final state: for each slot of observe() that is in use, the slot and the value.
  using States = std::unordered_map<std::vector<Word>, std::uint64_t, WordsHash>;
  States states_;
  // By all that it depends on, so that an execution costs one lookup, if that.
  Ends ends_;
  const Ends::value_type* end_before_ = nullptr;  // often the same, and always so where nothing is observed
  std::vector<int> input_slots_;                  // what an End depends on
  std::vector<Location> input_locations_;
  std::vector<Word> inputs_, registers_;  // scratch
};

}  // namespace lkmc
