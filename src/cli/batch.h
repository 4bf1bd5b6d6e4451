// SPDX-License-Identifier: Apache-2.0
// What the commands about batches share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/batch/formats.h"
#include "src/batch/options.h"
#include "src/batch/results.h"

namespace lkmc {

// What a batch has found may be long.
inline constexpr std::size_t kMaxResults = std::size_t{1} << 30;

// The results of an earlier batch; nothing, with a word on stderr, if they cannot be read.
[[nodiscard]] std::optional<batch::Results> read_batch(const std::string& file);
// Returns the exit status.
[[nodiscard]] int write_reports(const std::vector<batch::WantedReport>& reports, const batch::Report& report);

}  // namespace lkmc
