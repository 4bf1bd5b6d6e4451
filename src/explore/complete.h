// SPDX-License-Identifier: Apache-2.0
// What is worked out of an assignment once it is complete; shared by the search and by the replay of what it has found.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "src/explore/assignment.h"
#include "src/explore/execution.h"
#include "src/program/program.h"
#include "src/program/unfolding.h"

namespace lkmc {

// The consequences that the search draws under a model.
[[nodiscard]] Rules rules_of(const ModelFacts& facts);
// Those after which the model itself need not look at coherence and atomicity any more.
[[nodiscard]] Rules rules_kept(const Rules& rules, const Skeleton& skeleton);

// Whether a thread makes a decision there, so that its path goes on.
[[nodiscard]] bool is_decision(Continuation c);

// Makes symbols of the values that are unknown because they depend on themselves; false if the execution is to be
// dropped. (thin_air.cc)
[[nodiscard]] bool name_values_from_thin_air(const Program& program, std::span<const Unfolding> threads, std::span<const PathId> paths,
                                             Assignment& assignment);

// The threads that wait for ever; nothing if one of them would go on. (deadlock.cc)
[[nodiscard]] std::optional<std::vector<BlockedThread>> blocked_threads(std::span<const Unfolding> threads, std::span<const PathId> paths,
                                                                        const Assignment& assignment);

// Whether threads that serve others have gone on as long as there was something to do. (deadlock.cc)
[[nodiscard]] bool idle_threads_have_no_work(std::span<const Unfolding> threads, std::span<const PathId> paths,
                                             const Assignment& assignment);

// The final value of each location of the program.
void read_memory(const Program& program, const Assignment& assignment, std::span<Word> memory);

}  // namespace lkmc
