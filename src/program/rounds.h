// SPDX-License-Identifier: Apache-2.0
// Rounds of loops that leave no trace.
//
// A thread that waits, or tries again, goes round a loop and comes back to where it was, having changed nothing:
//
//   while (cmpxchg_acquire(l, 0, 1) != 0) ;
//
// For each execution with such a round there is one without it: what the thread does afterwards is the same, and the memory
// models here forbid nothing to fewer events. So the executions with it are left out, and the loop needs no bound for its sake.
// A round leaves no trace if
//   - it writes nothing, and opens or closes no critical section (a compare-and-swap that fails only reads; fences do not count), and
//     no check stands in it, which has to hold in this round too;
//   - no variable of the thread that it has changed is read afterwards before it is overwritten or gone;
//   - it has not seen memory change: no location has two values in it. It could go on for ever, then, as long as nothing changes.
//     A compare-and-swap loop that reads 0 and then finds 1 has seen something; this can happen only as often as there are
//     changes, so such rounds are executions of their own, as they are to herd7.
//
// Where threads have variables that the front end does not see, it is proved first that these have not changed (repetition.h). That
// takes a round before that is like it, so the first of several is kept.
//
// Whether a variable is read again shows later. Until then the round is *open*: the path goes on, and is left out at the place
// where the last of these variables is overwritten. Where nothing is left behind, that is at the end of the round.
//
// Who explores deadlocks instead goes on, where a round is left out, by waiting for ever: the thread has seen the last value of
// all that it looks at in the round, and repeats it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "src/graph/event.h"
#include "src/program/expr.h"

namespace lkmc {

// How far a thread has come: the numbers of events; of decisions; of answers, these included; and of remarks about events that are
// to be judged in every execution, such as checks.
struct Moment {
  EventIndex events = 0;
  std::size_t decisions = 0;
  std::size_t told = 0;
  std::size_t remarks = 0;
  friend bool operator==(const Moment&, const Moment&) = default;
};

// A round, and where the loop stands.
struct Round {
  Moment begin;
  Moment end;
  SourcePos pos{};
};

// Tells of a thread's variables which of them its rounds have changed, and which of these nobody has read since.
class Rounds {
 public:
  // A variable is known by where its value is.
  using Variable = const Value*;

  // A place in a loop where rounds begin; returns how many are watched already. They are given up in the opposite order.
  std::size_t watch(SourcePos pos);
  void give_up(std::size_t watched_before);
  // The thread comes to the place: the round that ends there, if one does. If it may be without trace as far as its events go, it is to
  // be kept in view. Then the next begins.
  [[nodiscard]] std::optional<Round> ends(std::size_t place, const Moment& now) const;
  // The round before.
  [[nodiscard]] std::optional<Round> ended_before(std::size_t place) const;
  void keep_in_view(std::size_t place, const Round& round);
  void begin(std::size_t place, const Moment& now);
  // If no variable has changed in the round that ends there: the number of decisions when it began.
  [[nodiscard]] std::optional<std::size_t> comes_back_to(std::size_t place) const;

  void made(Variable variable);
  void changes(Variable variable);  // before it does
  void gone(Variable variable);
  void read(Variable variable) {
    if (!open_.empty()) mark_read(variable);
  }

  // A round that is now known to have left nothing behind, if there is one; to be asked until there is none.
  [[nodiscard]] std::optional<Round> without_trace();
  // The thread ends: nothing is read any more.
  void end_of_thread();

 private:
  struct Place {
    SourcePos pos;
    std::optional<Moment> begin{};   // of the present round
    std::optional<Moment> before{};  // of the one before
    std::size_t log_begin = 0;
  };
  struct Change {
    Variable variable;
    enum class Kind : std::uint8_t { kMade, kChanged, kGone } kind;
    Value before{};  // of kChanged
  };
  struct Open {
    Round round;
    std::vector<Variable> left;  // behind
  };

  void mark_read(Variable variable);
  void forget(Variable variable);
  [[nodiscard]] std::optional<std::vector<Variable>> left_since(std::size_t log_begin) const;

  std::vector<Place> places_;
  std::vector<Change> log_;  // since the first of the places
  std::vector<Open> open_;
};

}  // namespace lkmc
