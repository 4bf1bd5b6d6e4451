// SPDX-License-Identifier: Apache-2.0
// What forbids what, in words: the cycle of accesses that an execution would close, what keeps each thread's steps in order, and for
// what is not forbidden, what would forbid it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "src/ordering/strengthening.h"
#include "src/ordering/why.h"
#include "src/report/names.h"

namespace lkmc {

// Something that is wrong with a test.
struct NotForbidden {
  std::string what;
  std::vector<CycleStep> cycle{};  // of the execution that shows it; empty if threads in turns can do it
  // The cheapest changes that forbid this execution; nothing if none does, however strong.
  std::optional<std::vector<Strengthening>> would_forbid{};
  Witness witness;
};

struct WhyReport {
  std::vector<NotForbidden> wrong{};
  Why why{};
};

[[nodiscard]] std::string why_text(const WhyReport& report, const Orderings& orderings, const Names& names);
// The object of docs/json.md (why).
[[nodiscard]] nlohmann::ordered_json why_json(const WhyReport& report, const Orderings& orderings, const Names& names);

}  // namespace lkmc
