// SPDX-License-Identifier: Apache-2.0
// Updates that are lost: a thread reads a variable and stores what it has computed from it, and has not seen what another thread's
// update of the variable stored in between.
//
// No marking of the accesses changes that; it takes an atomic operation, or a lock. Where all are marked it is no data race either,
// and a test that checks nothing does not notice.
#pragma once

#include <vector>

#include "src/explore/execution.h"

namespace lkmc {

// By events. `lost` may be atomic, `overwriting` is not.
struct LostUpdate {
  struct Update {
    int read, write;
  };
  Update lost, overwriting;
};

// Those of an execution in which no race is meant.
[[nodiscard]] std::vector<LostUpdate> lost_updates(const Execution& execution);

}  // namespace lkmc
