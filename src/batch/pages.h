// SPDX-License-Identifier: Apache-2.0
// A page for each failed test, which the HTML report links to: its trace, as `lkmc replay --format html` shows it.
#pragma once

#include <string>
#include <vector>

#include "src/batch/batch.h"
#include "src/batch/options.h"
#include "src/batch/record.h"

namespace lkmc::batch {

// The folder for the pages of a report in this file, which stands beside it.
[[nodiscard]] std::string folder_of_pages(const std::string& report);

// Writes the pages to the folder, and their names to Record::page. A test that shows no execution, or for which the time does not
// suffice, has none.
void make_pages(std::vector<Record>& records, const std::string& folder, const Options& options, const Surroundings& surroundings);

}  // namespace lkmc::batch
