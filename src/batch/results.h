// SPDX-License-Identifier: Apache-2.0
// The results of batches in JSON Lines, read back; and those of the shards of a batch put together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/batch/record.h"
#include "src/explore/shard.h"

namespace lkmc::batch {

// Of the results of a shard: which one it is, and a digest of what was asked of the whole.
struct PartOfBatch {
  Shard shard;
  std::string batch;
};

struct Results {
  std::vector<Record> records;
  std::string model;
  double seconds = 0;
  std::optional<PartOfBatch> part{};
};

struct ResultsError {
  int line;
  std::string message;
};
// A report that is cut off is refused.
[[nodiscard]] std::variant<Results, ResultsError> read_results(std::string_view text);

struct NamedResults {
  std::string file;
  Results results;
};
// Those of the whole; or why they do not make a whole, as a line.
[[nodiscard]] std::variant<Results, std::string> merge_results(std::vector<NamedResults> parts);

}  // namespace lkmc::batch
