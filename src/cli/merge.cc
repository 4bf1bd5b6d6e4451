// SPDX-License-Identifier: Apache-2.0
// `lkmc merge`: the results of the shards of explorations, or of a batch, put together.
#include <fmt/format.h>

#include <memory>
#include <variant>
#include <vector>

#include "src/cli/batch.h"
#include "src/cli/check.h"
#include "src/cli/check_test.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/host/file.h"
#include "src/report/herd.h"
#include "src/report/json.h"
#include "src/report/shards.h"
#include "src/report/text.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

int complain(const std::string& text) {
  print_error(text);
  return kError;
}

// Of a test with a condition, herd's format is the usual one.
std::string formatted(const Result& result, const MergeOptions& options) {
  const Format format = options.format != Format::kDefault ? options.format : result.condition ? Format::kHerd : Format::kText;
  if (format == Format::kJson) return json_report(result);
  if (format == Format::kHerd) return herd_report(result);
  return text_report(result, {.colour = colour_of_stdout(), .states = options.states});
}

int merge_tests(const std::vector<PartLine>& parts, const MergeOptions& options) {
  const auto merged = merge_parts(parts);
  if (const auto* error = std::get_if<MergeError>(&merged)) return complain(error->message);
  const auto& wholes = std::get<std::vector<std::unique_ptr<Whole>>>(merged);
  int status = kSuccess;
  for (const auto& whole : wholes) {
    if (options.format == Format::kHerd && !whole->result().condition) return complain("lkmc: error: --format herd is for .litmus files\n");
  }
  for (const auto& whole : wholes) {
    const Result& result = whole->result();
    print(formatted(result, options));
    if (!result.complete()) print_error(fmt::format("{}: inconclusive: {}\n", result.file, why_incomplete(result.statistics)));
    status = graver(status, exit_status(result.verdict));
  }
  return status;
}

int merge_batches(const MergeOptions& options) {
  std::vector<batch::NamedResults> parts;
  for (const std::string& file : options.parts) {
    auto results = read_batch(file);
    if (!results) return kError;
    parts.push_back({file, std::move(*results)});
  }
  const auto merged = batch::merge_results(std::move(parts));
  if (const auto* error = std::get_if<std::string>(&merged)) return complain(*error);
  const auto& whole = std::get<batch::Results>(merged);
  if (whole.records.empty()) return complain("lkmc: error: there is no test in any of the shards\n");
  const batch::Report report{.records = whole.records, .model = whole.model, .seconds = whole.seconds};
  print(batch::text_report(report));
  return graver(batch::exit_status(whole.records), write_reports(options.reports, report));
}

}  // namespace

int run_merge(const MergeOptions& options) {
  std::vector<PartLine> parts;
  for (const std::string& file : options.parts) {
    const auto content = read_file(file, kMaxResults);
    if (const auto* error = std::get_if<FileError>(&content)) return complain(fmt::format("{}: error: {}\n", file, error->message));
    int number = 0;
    for (const std::string_view line : lines_of(std::get<std::string>(content))) {
      ++number;
      Json json = Json::parse(line, nullptr, false);
      if (json.is_object() && json.contains("lkmc_batch")) return merge_batches(options);
      if (!json.is_object() || !json.contains("shard")) {
        return complain(fmt::format("{}:{}:1: error: this is not the result of a shard (lkmc check --shard)\n", file, number));
      }
      parts.push_back({file, number, std::move(json)});
    }
  }
  if (!options.reports.empty()) return complain("lkmc: error: --report is for the shards of a batch\n");
  if (parts.empty()) return complain("lkmc: error: there is no result in any of the parts\n");
  return merge_tests(parts, options);
}

}  // namespace lkmc
