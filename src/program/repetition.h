// Trying whether a thread that goes round a loop does the same again.
//
// A front end that runs compiled code does not see all variables of a thread: a plain `int tries` may count the rounds and end the
// loop. So before a round is taken for one that leaves no trace (rounds.h), the thread is sent round a number of times more, with the
// answers that it has got in the round: in place of each read there, the one of the round. If it asks something else, or performs
// other events, it is no repetition. The run is of no other use then, and the thread begins anew.
//
// A variable that makes a difference only after more rounds than are tried is not noticed.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "src/program/expr.h"
#include "src/program/rounds.h"
#include "src/program/unfolding.h"

namespace lkmc {

// What a path has answered, besides the truth of expressions.
struct Answers {
  std::vector<Word> all;
  std::unordered_map<ExprId, Word> values;                            // of kValue
  std::vector<std::pair<EventIndex, Word>> choices;         // of kChoice, with the number of events before
};

// A round: the answers on the way to its end, its place (Rounds), and the number of events.
using TrialKey = std::tuple<std::vector<Word>, std::size_t, EventIndex>;
using Trials = std::map<TrialKey, bool>;

class Repetition {
 public:
  Repetition(std::size_t place, const Round& round, TrialKey key)
      : place_(place), round_(round), key_(std::move(key)), first_(round.end) {}

  [[nodiscard]] const TrialKey& key() const { return key_; }
  // What the thread asks, if it asks it in the round.
  [[nodiscard]] ExprId as_in_round(ExprPool& expressions, ExprId expr) const;
  [[nodiscard]] std::optional<Word> choice_in_round(const Answers& answers, EventIndex events) const;
  // The thread comes to a place. Whether the trial has come to an end, and how.
  [[nodiscard]] std::optional<bool> comes_to(std::size_t place, std::span<const ThreadEvent> events);

 private:
  [[nodiscard]] EventIndex length() const { return round_.end - round_.first; }
  [[nodiscard]] EventIndex in_round(EventIndex index) const { return round_.first + (index - round_.first) % length(); }

  std::size_t place_;
  Round round_;
  TrialKey key_;
  EventIndex first_;  // of the present round
  int rounds_ = 0;
};

}  // namespace lkmc
