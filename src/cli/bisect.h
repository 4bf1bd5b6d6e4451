// SPDX-License-Identifier: Apache-2.0
// `lkmc batch --tree DIR --bisect A..B`: which commit of the kernel tree has changed what a test in C shows.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/batch/compare.h"
#include "src/batch/find.h"

namespace lkmc {

struct CommitRange {
  std::string before, after;  // revisions
};
// `A..B`; nothing if it is something else.
[[nodiscard]] std::optional<CommitRange> commit_range(std::string_view text);

// Runs tests on the kernel tree at a commit.
using RunAtCommit = std::function<std::vector<batch::Record>(const std::string& commit, std::vector<batch::FoundFile> files)>;

// Writes into `all`, the results at the two ends of the range, since when each test shows something else. A commit at which a test
// cannot be checked says nothing. Throws c::Error and c::Stopped.
void find_commits(const std::string& repository, const CommitRange& range, const RunAtCommit& run, const std::function<bool()>& stop,
                  std::vector<batch::Compared>& all);

}  // namespace lkmc
