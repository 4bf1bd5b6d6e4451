// SPDX-License-Identifier: Apache-2.0
// `lkmc barriers`: checks each test with each of its orderings taken away, and prints one table for all of them; and `lkmc repair`.
#include <string>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/cli/check.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/inquiry/barriers_report.h"

namespace lkmc {

int run_repair(const RepairOptions& options) {
  CheckOptions check = options.check;
  if (check.format == Format::kDefault) check.format = Format::kText;
  return run_check(check);
}

int run_barriers(const BarriersOptions& options) {
  CheckOptions check = options.check;
  check.format = Format::kJson;
  check.analysis = Analysis::kBarriers;
  BarriersTable table;
  int status = run_check(check, [&](std::string_view text) {
    if (!text.empty()) table.add(nlohmann::ordered_json::parse(text));
  });
  std::string out;
  if (options.check_comments) {
    out = table.comments();
    if (!out.empty()) status = graver(status, kViolation);
  } else {
    switch (options.format) {
      case TableFormat::kText:
        out = table.text(options.stories);
        break;
      case TableFormat::kMarkdown:
        out = table.markdown();
        break;
      case TableFormat::kJson:
        out = table.json();
        break;
    }
  }
  print(out);
  return status;
}

}  // namespace lkmc
