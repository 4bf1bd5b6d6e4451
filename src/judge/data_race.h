// SPDX-License-Identifier: Apache-2.0
// Data races of an execution, as pairs of accesses.
//
// What a data race is, the model says (models/lkmm-plain.cat): its flag `data-race` holds the pairs. Those in which
// one access is in data_race() are meant and left out, unless the other is no access but a free.
#pragma once

#include <optional>
#include <vector>

#include "src/explore/execution.h"
#include "src/model/model.h"

namespace lkmc {

// Two accesses of different threads to one location, at least one of them plain and one of them a write, that nothing orders.
struct DataRace {
  int first;  // events of the execution; the smaller one first
  int second;
};

// The flag of the model that says what a data race is; nothing if the model has none.
[[nodiscard]] std::optional<std::size_t> data_race_flag(const Model& model);

// Each pair once.
[[nodiscard]] std::vector<DataRace> data_races(const Execution& execution, std::size_t flag);

}  // namespace lkmc
