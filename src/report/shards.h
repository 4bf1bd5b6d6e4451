// SPDX-License-Identifier: Apache-2.0
// The results of the shards of an exploration (explore/shard.h), and the result of the whole that they make together: the same
// that `lkmc check` has of the whole, but for the time it took and the work of the search.
//
// The JSON object of a shard's result is that of any other result, with a key `shard`: which shard it is, and the digests by which
// one tells whether parts belong together. Numbers are added up. Of the executions that show the same in several parts, the one is
// shown that would have been: `key` of a finding says what it shows, `execution` sorts its execution among others, `order`
// sorts final states.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/report/names.h"
#include "src/report/result.h"

namespace lkmc {

[[nodiscard]] std::string key_of(const Finding& finding, const Names& names);
[[nodiscard]] std::string execution_of(const Finding& finding);
// `timeout`, `shard`, …: the values of `ended` in docs/json.md.
[[nodiscard]] std::string_view name_of(Interruption interruption);

// A line of a file of parts.
struct PartLine {
  std::string file;
  int line = 1;
  nlohmann::ordered_json json;
};

// A result, and what it refers to.
class Whole {
 public:
  virtual ~Whole() = default;
  [[nodiscard]] virtual const Result& result() const = 0;
};

struct MergeError {
  std::string message;  // a whole line
};

// The results of the tests in the order in which they first appear. Refuses if a part is missing, there twice, or of something
// else than the others of its test.
[[nodiscard]] std::variant<std::vector<std::unique_ptr<Whole>>, MergeError> merge_parts(const std::vector<PartLine>& parts);

}  // namespace lkmc
