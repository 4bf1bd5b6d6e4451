// SPDX-License-Identifier: Apache-2.0
// How a batch calls lkmc for one file.
#pragma once

#include <string>
#include <vector>

#include "src/batch/batch.h"
#include "src/batch/options.h"

namespace lkmc::batch {

// A command that explores, such as `check`, with what it takes from the batch, and `more`.
[[nodiscard]] std::vector<std::string> lkmc_command(const char* name, const std::string& file, std::vector<std::string> more,
                                                    const Options& options, const Surroundings& surroundings);
// What says where a test takes functions of the kernel from; empty if it takes none.
[[nodiscard]] std::vector<std::string> tree_options(const std::string& file, const Options& options, const Surroundings& surroundings);

}  // namespace lkmc::batch
