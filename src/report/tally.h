// What one worker saw of a litmus test, and the sum of what several saw.
//
// An execution costs one lookup of its observed final values; whether they satisfy the condition and how they print is
// worked out once per state. Nothing else is kept of an execution, but for the one that the report shows.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "src/explore/execution.h"
#include "src/litmus/litmus.h"
#include "src/report/witness.h"

namespace lkmc {

// A final state, as far as it is observed.
struct State {
  std::vector<Word> values;     // of what is observed, in the order in which it is printed
  std::string line;             // as herd prints it
  bool positive = false;        // satisfies the proposition
  std::uint64_t executions = 0;
};

// A deadlock that outlives the exploration.
struct FoundDeadlock {
  Witness witness;
  std::vector<BlockedThread> blocked;
};

// Which of the deadlocks found is kept does not depend on the order in which they are found.
void keep_first(std::optional<FoundDeadlock>& kept, const Deadlock& found);
void keep_first(std::optional<FoundDeadlock>& kept, std::optional<FoundDeadlock>&& found);

// For hashed containers.
struct WordsHash {
  std::size_t operator()(const std::vector<Word>& words) const;
};

// An error of the program.
struct Mistake {
  SourcePos pos;
  std::string message;
  friend auto operator<=>(const Mistake& a, const Mistake& b) {
    if (const auto c = a.pos.line <=> b.pos.line; c != 0) return c;
    if (const auto c = a.pos.column <=> b.pos.column; c != 0) return c;
    return a.message <=> b.message;
  }
};

class Tally final : public Visitor {
 public:
  enum class Keep : std::uint8_t { kStates, kStatesAndWitness };

  // `test` must outlive this.
  Tally(const LitmusTest& test, Keep keep);

  [[nodiscard]] bool on_execution(const Execution& execution) override;
  void on_deadlock(const Deadlock& deadlock) override;
  [[nodiscard]] bool on_failure(const Failure& failure) override;
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override;

  // Adds what another worker saw of the same test.
  void merge(Tally&& other);

  // Numbers of executions that satisfy the proposition, and that do not.
  [[nodiscard]] std::uint64_t positive() const { return count(true); }
  [[nodiscard]] std::uint64_t negative() const { return count(false); }
  // In herd's order.
  [[nodiscard]] std::vector<State> states() const;
  // An execution that shows what the condition asks for: that satisfies the proposition of `exists` and `~exists`, or
  // that violates the one of `forall`.
  [[nodiscard]] const std::optional<Witness>& witness() const { return witness_; }
  [[nodiscard]] const std::optional<FoundDeadlock>& deadlock() const { return deadlock_; }
  [[nodiscard]] const std::set<Mistake>& mistakes() const { return mistakes_; }

 private:
  struct Entry {
    std::string line;
    bool positive;
    std::uint64_t executions;
  };

  [[nodiscard]] std::uint64_t count(bool positive) const;
  void observe(const FinalState& state);

  const LitmusTest* test_;
  Keep keep_;
  bool wanted_;  // whether a witness is positive
  std::unordered_map<std::vector<Word>, Entry, WordsHash> states_;
  std::vector<Word> observed_;  // scratch
  std::optional<Witness> witness_;
  std::optional<FoundDeadlock> deadlock_;
  std::set<Mistake> mistakes_;
};

}  // namespace lkmc
