// SPDX-License-Identifier: Apache-2.0
// Judges say what is wrong in an execution besides what the model says and the program checks by itself.
//
// Each looks at executions one by one, as they are found, and charges what is wrong. A judge is one file that implements Judge, and
// one line in judges.cc; what it charges is told, merged, witnessed, traced and replayed as any violated property is.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "src/explore/execution.h"
#include "src/judge/data_race.h"
#include "src/program/program.h"

namespace lkmc {

// What is wrong, and where.
struct Charge {
  SourcePos pos;
  std::string message;
  std::string other{};  // what `other_pos` is: `freed`; empty if one place tells all
  SourcePos other_pos{};
};

// Where an execution has come to.
struct Ending {
  const Assignment& assignment;
  // The final memory of a complete execution; empty of one that ended early, in a deadlock or at a failed check.
  std::span<const Word> memory{};
  std::span<const DataRace> races{};  // of a complete execution, as far as the model has them
  // By thread: how many of its events count, where some thread stops early; empty if all do (see Failure::happened).
  std::span<const EventIndex> happened{};
};

class Judge {
 public:
  virtual ~Judge() = default;
  virtual void judge(const Ending& ending, const std::function<void(const Charge&)>& charge) const = 0;
  // Whether it charges the race in words of its own, so that it need not be told as a race.
  [[nodiscard]] virtual bool takes_over(const Assignment&, const DataRace&) const { return false; }
  // Whether what it charges explains the deadlock or the failure, which is then not worth telling.
  [[nodiscard]] virtual bool explains(const Deadlock&) const { return false; }
  [[nodiscard]] virtual bool explains(const Failure&) const { return false; }
};

// Whether the event is among the first of its thread, given by thread how many those are; where nothing is given, it is.
[[nodiscard]] bool is_among(const Skeleton& skeleton, std::span<const EventIndex> first, int event);

// All judges, for a program that outlives them.
[[nodiscard]] std::vector<std::unique_ptr<Judge>> judges_of(const Program& program);

}  // namespace lkmc
