// Where a thread is between its decisions, and which of them govern what it does there: the online half of control_flow.h.
//
// A scope is opened when the thread leaves a point where ways part for a reason, and ends where they meet: the algorithm of
// Xin and Zhang ("Efficient Online Detection of Dynamic Control Dependence", ISSTA 2007).
#pragma once

#include <cstddef>
#include <vector>

#include "src/kernel/control_flow.h"
#include "src/program/thread.h"

namespace lkmc::kernel {

class ControlTracker {
 public:
  // Follows what `flow` says; or else, if there is a `rehearsal`, writes down what the thread does.
  ControlTracker(const ControlFlow& flow, std::vector<Step>* rehearsal) : flow_(flow), rehearsal_(rehearsal) {}

  void arrive(Thread& thread, Point point);
  // Which way the thread goes. Ends the path in a loop that decides the same for too many rounds.
  [[nodiscard]] bool decide(Thread& thread, const Value& condition, const SourcePos& pos, int unroll);
  // The thread goes on by the number that the value is.
  void decide(Thread& thread, const Value& selector, Word word, bool is_open);
  // A plain number becomes a value: the reads that decided which.
  [[nodiscard]] std::vector<EventIndex> number(Word word);
  // All that follows depends on the condition, up to the end of the scope around it.
  static void depend_from_here(Thread& thread, const Value& condition);

 private:
  // Longer loops that count are not told from those that do not.
  static constexpr int kMostRehearsedRounds = 40;

  struct Decision {
    Point point;
    std::vector<EventIndex> reads;
  };
  struct Scope {
    Point join;
    std::size_t open_before;  // see Thread::open_control
  };
  [[nodiscard]] std::vector<EventIndex> reads_behind(const ControlFlow::Cause& cause) const;

  const ControlFlow& flow_;
  std::vector<Step>* rehearsal_;
  Point here_ = 1;
  int decisions_here_ = 0, numbers_here_ = 0;
  std::vector<Decision> decisions_;
  std::vector<Scope> scopes_;
};

}  // namespace lkmc::kernel
