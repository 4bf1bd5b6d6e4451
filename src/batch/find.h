// SPDX-License-Identifier: Apache-2.0
// Finds the files of a batch.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace lkmc::batch {

struct FoundFile {
  std::string path;
  std::string error{};  // why it cannot be checked; empty if it may be
};

// The files of the paths in the order of their names, each once. A path that is a file stands for itself. In a folder and all
// below it that is every `*.litmus`, every `*.cc` that has the word LITMUS in it, and
// every `*.c` with the word lkmc_case; folders whose names begin with a dot, and
// links to folders, are left out. What does not exist or cannot be read is there with its error.
[[nodiscard]] std::vector<FoundFile> find_files(std::span<const std::string> paths);

}  // namespace lkmc::batch
