// SPDX-License-Identifier: Apache-2.0
// The cycle that an execution closes: steps from one access to the next, within a thread in program order, between threads because
// one reads what the other wrote (rf), overwrites it (co), or has read before it was overwritten (fr).
//
// In a sequentially consistent execution there is none. In any other the shortest one names the accesses that were done early or
// late; what orders the steps within its threads forbids the execution. (Shasha, Snir: "Efficient and correct execution of parallel
// programs that share memory", TOPLAS 1988, call such cycles critical.)
#pragma once

#include <functional>
#include <vector>

#include "src/report/witness.h"

namespace lkmc {

enum class Link : std::uint8_t { kProgramOrder, kReadsFrom, kOverwrites, kReadsBefore };

struct CycleStep {
  int event;
  Link to_next;  // how the next event, of the first after the last, comes behind it
};

// Whether a step within a thread, between two events, may be part of it.
using StepFilter = std::function<bool(int from, int to)>;

// A shortest one, beginning with the first thread that has part in it; empty if there is none.
[[nodiscard]] std::vector<CycleStep> cycle_of(const Witness& witness, const StepFilter& may_step);
[[nodiscard]] std::vector<CycleStep> cycle_of(const Witness& witness);

}  // namespace lkmc
