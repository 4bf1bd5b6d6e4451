// SPDX-License-Identifier: Apache-2.0
// A repair, for people, as JSON, and as a diff against the sources.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "src/ordering/repair.h"
#include "src/report/names.h"

namespace lkmc {

// The text of a file that a place is in; nothing if it cannot be had.
using SourceText = std::function<std::optional<std::string>(const SourcePos& pos)>;

[[nodiscard]] std::string repair_text(const Repair& repair, const RepairJob& job, const Names& names, const SourceText& source);
// The object of docs/json.md (repair).
[[nodiscard]] nlohmann::ordered_json repair_json(const Repair& repair, const RepairJob& job, const Names& names, const SourceText& source);

}  // namespace lkmc
