// SPDX-License-Identifier: Apache-2.0
// Where a thread is between its decisions, and which of them govern what it does there: the online half of control_flow.h.
//
// A region begins when the thread leaves a point where ways part, and ends where they meet: the algorithm of Xin and Zhang
// ("Efficient Online Detection of Dynamic Control Dependence", ISSTA 2007). While it lasts, what the thread does depends by control
// on the decisions that the choice goes back to. The rounds of a loop are regions inside of each other, which is how they are
// counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "src/kernel/control_flow.h"
#include "src/kernel/variable_flow.h"
#include "src/program/thread.h"

namespace lkmc::kernel {

class ControlTracker {
 public:
  // Follows what `flow` says; or else, if there is a `rehearsal`, writes down what the thread does. Gives a path up that begins
  // more than Thread::max_rounds() further rounds of a loop.
  ControlTracker(const ControlFlow& flow, std::vector<Step>* rehearsal) : flow_(flow), rehearsal_(rehearsal) {}

  // Whether it is to be told of points, of what blocks do with variables, and of numbers.
  [[nodiscard]] bool wants_points() const { return rehearsal_ != nullptr || flow_.has_causes() || flow_.has_loops() || flow_.is_open(); }
  [[nodiscard]] bool wants_variables() const { return rehearsal_ == nullptr && flow_.has_causes(); }
  [[nodiscard]] bool wants_numbers() const { return rehearsal_ != nullptr || (flow_.has_caused_numbers() && !decisions_.empty()); }

  // Whether rounds of a loop may begin there.
  [[nodiscard]] bool begins_rounds(Point point) const { return flow_.begins_rounds(point); }

  // The thread's code begins; what has led there governs nothing of it.
  void begin(Thread& thread);
  // Before it comes to a point: in the function that has the frame, and to that block.
  void enter(VariableFlow::Frame frame, const BlockCode& block) { choice_ = variables_.arrive(frame, block); }
  void assigned(std::uintptr_t at, std::size_t size, VariableFlow::Frame by) { variables_.assigned(at, size, by); }
  // The thread comes to a point. False if it is not known to go that way. Throws nothing: a path that is to be given up goes on to
  // its next decision.
  [[nodiscard]] bool arrive(Thread& thread, Point point);
  // The path is to be given up.
  void give_up() { is_given_up_ = true; }
  // Before an event, and at the end of the thread's code.
  void end(Thread& thread) const;
  // Which way the thread goes; `at` is the place of the decision.
  [[nodiscard]] bool decide(Thread& thread, Point at, const Value& condition, const SourcePos& pos);
  // The thread goes on by the number that the value is.
  void decide(Thread& thread, Point at, const Value& selector, Word word, bool is_open, const SourcePos& pos);
  // The thread is about to go on by a number that a value is, at a place; and which that was.
  void ask(Point place);
  void answered(Point place, Word word) { answers_.emplace_back(place, word); }
  [[nodiscard]] const std::vector<std::pair<Point, Word>>& answers() const { return answers_; }
  // A plain number becomes a value at a place: the reads that decided which.
  [[nodiscard]] std::vector<EventIndex> number(Point place, Word word);
  // The thread has waited for the condition: had it not come true, nothing that follows would.
  void depend_from_here(Thread& thread, const Value& condition);

 private:
  // While it is rehearsed, a thread is not known to be in a loop.
  static constexpr int kMostRehearsedDecisions = 64;

  struct Decision {
    Point point;
    std::vector<EventIndex> reads;
    bool has_parted = false;    // ways
    bool has_governed = false;  // anything on the way that was taken
  };
  struct Region {
    Point point;              // where it began
    Point join;               // kNever if it is not known
    std::size_t open_before;  // see Thread::open_control
    VariableFlow::Decisions decisions{};
  };
  static constexpr Point kNever = 0;
  using Decisions = VariableFlow::Decisions;
  // The decisions that a choice goes back to on this path as far as the rehearsals tell. One that has only left out what is on the other
  // way has assigned nothing, so that no later choice goes back to it.
  [[nodiscard]] Decisions decisions_behind(const ControlFlow::Cause& cause) const;
  [[nodiscard]] std::vector<EventIndex> reads_of(const Decisions& decisions) const;
  void end_regions_at(Thread& thread, Point point);
  void note(Thread& thread, Point at, const Value& value, Word outcome, bool is_open);

  const ControlFlow& flow_;
  std::vector<Step>* rehearsal_;
  Point here_ = ControlFlow::kBeginning;
  SourcePos last_decision_;
  bool has_too_many_rounds_ = false;
  bool is_given_up_ = false;
  std::vector<std::pair<Point, Word>> answers_;
  std::vector<Decision> decisions_;
  VariableFlow variables_;
  std::optional<Decisions> choice_;  // what the choice of the way to the point goes back to, if that is known
  std::vector<EventIndex> waited_for_;
  std::vector<Region> regions_;
};

}  // namespace lkmc::kernel
