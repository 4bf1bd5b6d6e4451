// SPDX-License-Identifier: Apache-2.0
// How operations of a program could be ordered more strongly, and what that costs.
//
// Costs are those of models/ordering-costs.txt, summed over its architectures; each change counts one besides, so that of two
// repairs that cost the same the smaller comes first.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "src/ordering/orderings.h"

namespace lkmc {

// One change: an operation gets a stronger tag, or a fence is put before it.
struct Strengthening {
  Site site;
  Tag tag;
  bool is_fence_before = false;
  int cost = 0;
  friend bool operator==(const Strengthening&, const Strengthening&) = default;
};

// What an ordering is called there: `once`, `acquire`, `release`, `rmb`, `wmb`, `mb`, `rmw-acquire`, `rmw-release`, `rmw-mb`.
using Costs = std::map<std::string, int>;
// The table that is built in.
[[nodiscard]] const Costs& ordering_costs();
// Reads such a table; or says what is wrong with it, with the line.
[[nodiscard]] std::variant<Costs, std::string> parse_costs(std::string_view text);

// All that can be done about the operations, the plain accesses among them.
[[nodiscard]] std::vector<Strengthening> strengthenings_of(const Orderings& operations, const Costs& costs);

// `smp_store_release()`, `smp_wmb() before it`
[[nodiscard]] std::string name_of(const Strengthening& change);

}  // namespace lkmc
