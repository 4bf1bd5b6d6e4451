// SPDX-License-Identifier: Apache-2.0
#include "src/judge/data_race.h"

#include <algorithm>

namespace lkmc {

std::optional<std::size_t> data_race_flag(const Model& model) {
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    if (model.axioms[i].is_flag && model.axioms[i].name == "data-race") return i;
  }
  return std::nullopt;
}

std::vector<DataRace> data_races(const Execution& execution, std::size_t flag) {
  std::vector<DataRace> races;
  const EventGraph& graph = execution.assignment.skeleton().graph;
  for (const auto& [a, b] : execution.flagged(flag)) {
    const bool is_free = graph.event(a).kind == EventKind::kPoison || graph.event(b).kind == EventKind::kPoison;
    if (!is_free && (graph.event(a).race_is_meant || graph.event(b).race_is_meant)) continue;
    const DataRace race{std::min(a, b), std::max(a, b)};
    const auto is_same = [&](const DataRace& r) { return r.first == race.first && r.second == race.second; };
    if (std::none_of(races.begin(), races.end(), is_same)) races.push_back(race);
  }
  return races;
}

}  // namespace lkmc
