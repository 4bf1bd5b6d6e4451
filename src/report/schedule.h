// SPDX-License-Identifier: Apache-2.0
// An execution as a story: who does what, one step after the other, on a machine with store buffers.
//
// The story must say of each reordering which access it was that did not take effect in its turn. It is found as an
// order of all events in which each read sees the last store before it, and which breaks as little of the program
// order as it can. Constraints are taken one by one, those that a reader is least ready to give up first, and each one
// is kept unless it contradicts those before it (as in "ranked pairs" voting):
//   1. a read comes after the store of another thread that it reads from, and a store after the reads it is computed from;
//   2. program order where fences, acquire, release, dependencies or the same location enforce it;
//   3. stores to a location take effect in the order in which they overwrite each other;
//   4. a read that still sees an old value comes before the stores of other threads that it does not see;
//   5. the rest of program order, but for
//   6. a store before a later read: the ones that every store buffer breaks.
// What had to be given up is what the story has to explain: of rank 6 and stores of rank 5, a store that waits in a
// store buffer; of rank 5, an access that is done early; of rank 4, a store that reaches different threads at different
// times, which the Linux-kernel model allows.
#pragma once

#include <vector>

#include "src/report/witness.h"

namespace lkmc {

struct Step {
  enum class Action : std::uint8_t {
    kPerform,  // takes effect
    kBuffer,   // a store goes into its thread's store buffer
    kDrain,    // and leaves it: now it takes effect
  };
  Action action = Action::kPerform;
  int event = 0;                 // of a read-modify-write or spin_lock(): its read
  int write = -1;                // what it stores: `event` itself or the other half of the RMW; -1 if nothing
  bool from_own_buffer = false;  // reads what its own thread has stored and what nobody else can see yet
  std::vector<int> overtaken{};  // accesses of the same thread that come earlier in the program and take effect later
  std::vector<int> hidden{};     // stores to what it reads that wait in the store buffers of other threads
  std::vector<int> unseen{};     // stores that have taken effect and that it does not see, since they reach its thread late
  std::vector<int> beaten_by{};  // stores that have taken effect and that overwrite this one all the same
};

// The steps of an execution; initial writes are none.
[[nodiscard]] std::vector<Step> derive_schedule(const Witness& witness);

}  // namespace lkmc
