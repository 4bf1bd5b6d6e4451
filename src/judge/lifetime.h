// SPDX-License-Identifier: Apache-2.0
// Whether an execution uses memory that is not there: freed, or not written since it was allocated.
//
// The allocator marks such memory by writes of a kind of their own (EventKind::kPoison; src/kernel/heap.h says when). An access
// is wrong if it reads from such a write, overwrites the one of a free, or races with it: then nothing makes sure that it comes
// first. Races are the model's; under a model without them only the first two are found.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "src/judge/judge.h"

namespace lkmc {

struct LifetimeError {
  enum class Kind : std::uint8_t { kUseAfterFree, kUninitialised } kind;
  int access;  // events of the execution
  int poison;  // the free or allocation; an initial write where the memory never was anything else
};

// Of a complete execution with its races, or, without races, of one that ended early.
[[nodiscard]] std::vector<LifetimeError> lifetime_errors(const Assignment& assignment, std::span<const DataRace> races);

// The write directly before `write` in co; kUndecided if the order is not known.
[[nodiscard]] int overwritten_by(const Assignment& assignment, int write);

// Charges them; what a thread does after it has used invalid memory is not worth telling.
[[nodiscard]] std::unique_ptr<Judge> lifetime_judge(const Program& program);

}  // namespace lkmc
