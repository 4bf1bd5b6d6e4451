// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/exploration.h"

#include <utility>

#include "src/judge/data_race.h"

namespace lkmc {

Explored TestExplorer::explore(const Program& program, UnderModel under, const ExplorationLimits& limits,
                               const std::vector<Watch>& watches) const {
  const Keep keep{.witness = settings_.witness, .race_flag = data_race_flag(under.model), .all_races = settings_.all_races};
  std::vector<std::unique_ptr<Tally>> tallies;
  std::vector<std::unique_ptr<Visitor>> watching;
  std::vector<Visitor*> visitors;
  for (int i = 0; i < settings_.jobs; ++i) {
    tallies.push_back(test_.new_tally(keep));
    Visitor* outermost = tallies.back().get();
    for (const Watch& watch : watches) {
      if (auto watcher = watch(*outermost)) outermost = watching.emplace_back(std::move(watcher)).get();
    }
    visitors.push_back(outermost);
  }
  ExploreOptions options{.jobs = settings_.jobs,
                         .timeout = {},
                         .max_executions = settings_.max_executions,
                         .shard = limits.shard,
                         .cancelled = limits.cancelled,
                         .on_progress = limits.on_progress};
  if (limits.deadline) options.timeout = *limits.deadline - std::chrono::steady_clock::now();
  const Statistics statistics = lkmc::explore(program, under.model, under.facts, options, visitors);
  for (std::size_t i = 1; i < tallies.size(); ++i) tallies[0]->merge(std::move(*tallies[i]));
  return {std::move(tallies[0]), statistics};
}

Result TestExplorer::result_of(const Explored& explored, const Model& model) const {
  Result result{.file = test_.file,
                .text = test_.text,
                .name = {},
                .model = settings_.model,
                .unroll = settings_.unroll,
                .program = &test_.program,
                .names = test_.names,
                .statistics = explored.statistics,
                .prepare_seconds = test_.prepare_seconds,
                .flags = flag_names(model, explored.statistics.flags)};
  explored.tally->tell(model, result);
  return result;
}

}  // namespace lkmc
