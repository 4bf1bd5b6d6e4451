// SPDX-License-Identifier: Apache-2.0
#include "src/cli/shard.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>

namespace lkmc {
namespace {

using Asked = std::variant<Shard, std::string>;

std::optional<std::uint32_t> number_from(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// Of an environment variable; nothing if it is not set or no number.
std::optional<std::uint32_t> variable(const char* name) {
  const char* text = std::getenv(name);
  return text != nullptr ? number_from(text) : std::nullopt;
}

bool is_shard(std::uint32_t index, std::uint32_t count) { return index < count && count <= kMaxShards; }

Asked shard_of_bazel() {
  const auto index = variable("TEST_SHARD_INDEX");
  const auto count = variable("TEST_TOTAL_SHARDS");
  if (!index || !count || !is_shard(*index, *count)) return "env: TEST_SHARD_INDEX and TEST_TOTAL_SHARDS are no shard";
  if (const char* file = std::getenv("TEST_SHARD_STATUS_FILE")) std::ofstream(file, std::ios::app).flush();
  return Shard{*index, *count};
}

// Tasks may be numbered from any number and in steps, but not with gaps.
Asked shard_of_slurm() {
  const auto id = variable("SLURM_ARRAY_TASK_ID");
  const auto first = variable("SLURM_ARRAY_TASK_MIN");
  const auto count = variable("SLURM_ARRAY_TASK_COUNT");
  const std::uint32_t step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
  if (!id || !first || !count || step == 0 || *id < *first || (*id - *first) % step != 0 || !is_shard((*id - *first) / step, *count)) {
    return "env: the tasks of the job array have to be numbered without gaps, as in --array=1-8";
  }
  const auto last = variable("SLURM_ARRAY_TASK_MAX");
  if (last && (*last - *first) / step + 1 != *count)
    return "env: the tasks of the job array have to be numbered without gaps, as in --array=1-8";
  return Shard{(*id - *first) / step, *count};
}

}  // namespace

Asked read_shard(std::string_view text) {
  if (text == "env") {
    const bool is_bazel = std::getenv("TEST_TOTAL_SHARDS") != nullptr;
    const bool is_slurm = std::getenv("SLURM_ARRAY_TASK_ID") != nullptr;
    if (is_bazel && is_slurm) return "env: both Bazel and Slurm say which shard this is; say I/N";
    if (is_bazel) return shard_of_bazel();
    return is_slurm ? shard_of_slurm() : Asked("env: neither TEST_TOTAL_SHARDS nor SLURM_ARRAY_TASK_ID is set");
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  const std::uint32_t index = number_from(text.substr(0, slash)).value_or(0);
  const std::uint32_t count = number_from(text.substr(std::min(slash + 1, text.size()))).value_or(0);
  if (index == 0 || !is_shard(index - 1, count)) {
    return fmt::format("needs I/N, with I from 1 to N and N up to {}, or env, not {}", kMaxShards, text);
  }
  return Shard{index - 1, count};
}

}  // namespace lkmc
