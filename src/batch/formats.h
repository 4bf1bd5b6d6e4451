// SPDX-License-Identifier: Apache-2.0
// The formats in which the results of a batch are written: one file each, and all of them in the table below.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/batch/compare.h"
#include "src/batch/record.h"
#include "src/batch/results.h"

namespace lkmc::batch {

struct Report {
  std::span<const Record> records;
  std::string model;
  double seconds = 0;                      // that the batch took
  std::optional<PartOfBatch> part{};       // if these are the results of a shard
  std::string pages{};                     // the folder of the pages, as the HTML report links to it
  std::span<const Compared> comparison{};  // with what was before; empty if there is nothing to compare with
};

[[nodiscard]] std::string text_report(const Report& report);
[[nodiscard]] std::string json_lines_report(const Report& report);
[[nodiscard]] std::string junit_report(const Report& report);
[[nodiscard]] std::string sarif_report(const Report& report);
[[nodiscard]] std::string tap_report(const Report& report);
[[nodiscard]] std::string markdown_report(const Report& report);
[[nodiscard]] std::string html_report(const Report& report);

struct Format {
  std::string_view name;
  std::string (*write)(const Report&);
};
inline constexpr Format kFormats[] = {{"text", text_report},   {"jsonl", json_lines_report}, {"junit", junit_report},
                                      {"sarif", sarif_report}, {"tap", tap_report},          {"markdown", markdown_report},
                                      {"html", html_report}};

}  // namespace lkmc::batch
