// SPDX-License-Identifier: Apache-2.0
// Which shard the user asks for: `--shard I/N`, or the one that the engine that runs lkmc says in the environment.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "src/explore/shard.h"

namespace lkmc {

// `2/3`, or `env`: what Bazel tells a test with a shard_count (TEST_SHARD_INDEX, TEST_TOTAL_SHARDS; it is told in return that this is
// heeded, by touching TEST_SHARD_STATUS_FILE), or Slurm a task of a job array (SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP, _COUNT).
// Else what is wrong, to go on from `--shard `.
[[nodiscard]] std::variant<Shard, std::string> read_shard(std::string_view text);

}  // namespace lkmc
