// SPDX-License-Identifier: Apache-2.0
// One JSON object on a line: first the batch, with the number of tests, so that a reader sees if one is missing; then each test.
#include "src/batch/formats.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

constexpr int kVersion = 1;

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

}  // namespace

std::string json_lines_report(const Report& report) {
  Json batch{{"lkmc_batch", kVersion}, {"model", report.model}, {"tests", report.records.size()}};
  for (const Outcome outcome : kOutcomes) batch[std::string(to_string(outcome))] = count(report.records, outcome);
  batch["seconds"] = report.seconds;
  if (report.part) {
    batch["shard"] = Json{{"index", report.part->shard.index + 1}, {"of", report.part->shard.count}, {"batch", report.part->batch}};
  }
  std::string out = line_of(batch);
  for (const Record& r : report.records) {
    Json test{{"test", r.id}, {"file", printable(r.file)}, {"name", r.name}, {"line", r.line}, {"outcome", to_string(r.outcome)}};
    if (!r.result.empty()) test["result"] = r.result;
    if (!r.expected.empty()) test["expected"] = r.expected;
    if (!r.message.empty()) test["message"] = printable(r.message);
    if (!r.diagnostics.empty()) test["diagnostics"] = printable(r.diagnostics);
    test["seconds"] = r.seconds;
    if (r.is_cached) test["cached"] = true;
    if (!r.details.is_null()) test["details"] = r.details;
    out += line_of(test);
  }
  return out;
}

}  // namespace lkmc::batch
