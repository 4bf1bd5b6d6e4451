// SPDX-License-Identifier: Apache-2.0
// Proving that a round of a loop leaves a thread as it was.
//
// A front end that runs compiled code does not see all that a thread has: a plain `int tries` may count the rounds and end the loop
// after a thousand. What it does not see depends on nothing but the answers that the thread has got to its questions, for values are
// symbols. So a round is taken for one that leaves no trace (rounds.h) only if it is like the one before, with the same events and
// the same answers, and if the thread is the same after the one as after both.
//
// To find that out, the thread is run anew, and from the beginning of the first of the two goes that round twice: each read returns
// the very symbol that it has returned there, each question is answered as there. Nothing is recorded meanwhile. If the thread performs
// another event or asks something else, it is not the same. Behind each of the two, all that may tell it how to go on is written down:
// its part of the stack and its registers, its static variables and its objects, which the front end knows (HiddenState), and the memory
// that it has allocated (allocations.h). Both have left the same behind where nothing lives any more, such as temporaries, so what is
// written down can be compared byte for byte. If it is the same, a round from here on changes nothing, for a computation goes on from
// equal states in the same way.
//
// A counter is never the same again, whatever it is meant for. Such a round counts as one that leaves a trace: it is followed by
// others up to the bound, and a verdict that hangs on it is inconclusive. The other way round nothing is concluded wrongly, unless a
// thread keeps what it knows where nobody looks: in a file, say.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/program/expr.h"
#include "src/program/rounds.h"
#include "src/program/trials.h"
#include "src/program/unfolding.h"

namespace lkmc {

// What a path has answered.
struct Answers {
  std::vector<Word> told;  // all that the program was told, in order
  // The decisions (Unfolding) among them: all; of kValue; and of kChoice, with the number of events before.
  std::vector<Word> decisions;
  std::unordered_map<ExprId, Word> values;
  std::vector<std::pair<EventIndex, Word>> choices;
  // The questions (ExprPool::question_of) that were answered.
  std::map<std::pair<ExprId, ExprId>, bool> truths;
};

class Repetition {
 public:
  // What a path that has gone the round knows.
  Repetition(TrialKey key, std::size_t place, const Round& round, std::vector<ThreadEvent> events, Answers answers)
      : key_(std::move(key)),
        place_(place),
        round_(round),
        events_(std::move(events)),
        answers_(std::move(answers)),
        next_(round.begin.events) {}

  [[nodiscard]] const TrialKey& key() const { return key_; }
  // Whether the round begins at that place of the thread, which has come so far.
  [[nodiscard]] bool begins_at(std::size_t place, const Moment& now) const { return place == place_ && now == round_.begin; }
  [[nodiscard]] std::size_t place() const { return place_; }
  [[nodiscard]] const std::vector<ThreadEvent>& events() const { return events_; }
  [[nodiscard]] const Answers& answers() const { return answers_; }
  // The event that the thread is to perform next.
  [[nodiscard]] EventIndex next() const { return next_; }
  // The thread performs an event. Whether it is that one, which has then been performed.
  [[nodiscard]] bool performs(const Event& event);
  // The thread makes a choice: the one that it has made there, if that can be told.
  [[nodiscard]] std::optional<Word> choice() const;
  // The thread comes to the end of the round, in that state. Whether it was in the same before; nothing if there is no before.
  [[nodiscard]] std::optional<bool> ends(std::vector<std::byte> state);

  // In the place of the event that is not recorded.
  ThreadEvent performed{};

 private:
  TrialKey key_;
  std::size_t place_;
  Round round_;
  std::vector<ThreadEvent> events_;  // of the path, up to the end of the round
  Answers answers_;
  EventIndex next_;
  std::optional<std::vector<std::byte>> state_{};  // after the first round
};

// Whether one round is like another: the same statements, the same answers.
[[nodiscard]] bool is_alike(const Round& a, const Round& b, const std::vector<ThreadEvent>& events, const Answers& answers);

}  // namespace lkmc
