// SPDX-License-Identifier: Apache-2.0
#include "src/explore/explorer.h"

#include <algorithm>
#include <system_error>
#include <thread>
#include <vector>

#include "src/explore/search.h"

namespace lkmc {
namespace {

struct Found {
  Statistics statistics;
  bool may_deadlock = false;
  bool is_too_large = false;
  UnseenRaces unseen_races{};
};

Found explore_for(const SearchTask& task, Limits& limits, std::span<Visitor* const> visitors) {
  if (visitors.size() == 1) {
    Search search(task, *visitors[0], limits, nullptr);
    search.run({});
    return {search.statistics(), search.may_deadlock(), search.is_too_large(), search.unseen_races()};
  }
  WorkQueue queue(static_cast<int>(visitors.size()));
  std::vector<Found> found(visitors.size());
  std::vector<std::jthread> workers;
  const auto work = [&](std::size_t i) {
    Search search(task, *visitors[i], limits, &queue);
    while (const auto branch = queue.take()) {
      search.run(*branch);
      if (limits.interruption() != Interruption::kNone) queue.stop();
    }
    found[i] = {search.statistics(), search.may_deadlock(), search.is_too_large(), search.unseen_races()};
  };
  // The first worker is the caller. The system may refuse to start as many as were asked for; fewer find the same.
  for (std::size_t i = 1; i < visitors.size(); ++i) {
    try {
      workers.emplace_back(work, i);
    } catch (const std::system_error&) {
      for (; i < visitors.size(); ++i) queue.do_without_one();
    }
  }
  work(0);
  workers.clear();  // joins
  Found all;
  for (const Found& f : found) {
    all.statistics += f.statistics;
    all.may_deadlock = all.may_deadlock || f.may_deadlock;
    all.is_too_large = all.is_too_large || f.is_too_large;
    all.unseen_races.merge(f.unseen_races);
  }
  return all;
}

// Lets the program grow to what any path of its threads needs.
void foresee(const Program& program, const Model& model) {
  for (;;) {
    for (const Blocking blocking : {Blocking::kIgnored, Blocking::kExplored}) const Footprint footprint(program, model.rmw_style, blocking);
    if (!program.outgrown()) return;
    program.grow();
  }
}

// With how many rounds of loops the exploration begins, and with how many it goes on where some execution needs more.
constexpr int kFewestRounds = 1;
int more_rounds(int rounds, int max_rounds) { return std::min(rounds + std::max(rounds / 2, 1), max_rounds); }

// The smallest depth with enough branches; where there are none at some depth, all executions are complete above it.
Cut cut_for(SearchTask task, Limits& limits, const Shard& shard, Visitor& visitor) {
  task.cut = {.depth = 0, .shard = shard, .only_above = true};
  std::uint64_t branches = 0;
  do {
    ++task.cut.depth;
    Search search(task, visitor, limits, nullptr);
    search.run({});
    branches = search.left_to_others();
  } while (branches > 0 && branches < kBranchesPerShard * shard.count && task.cut.depth < kMaxCut &&
           limits.interruption() == Interruption::kNone);
  task.cut.only_above = false;
  return task.cut;
}

}  // namespace

Statistics& Statistics::operator+=(const Statistics& other) {
  executions += other.executions;
  blocked += other.blocked;
  bound_hit = bound_hit || other.bound_hit;
  flags |= other.flags;
  choices += other.choices;
  dead_ends += other.dead_ends;
  checks += other.checks;
  skeletons += other.skeletons;
  paths += other.paths;
  return *this;
}

Statistics explore(const Program& program, const Model& model, const ModelFacts& facts, const ExploreOptions& options,
                   std::span<Visitor* const> visitors) {
  const auto start = Limits::Clock::now();
  const bool is_whole = options.shard.is_whole();
  if (!is_whole) foresee(program, model);
  // All shards must cut the same tree.
  int rounds = is_whole ? std::min(program.max_rounds(), kFewestRounds) : program.max_rounds();
  for (;;) {
    Limits limits(options, start);
    SearchTask task{.program = program,
                    .model = model,
                    .facts = facts,
                    .footprint = options.footprint,
                    .bound = {.max_rounds = rounds},
                    .stops_at_bound = rounds < program.max_rounds()};
    if (!is_whole) task.cut = cut_for(task, limits, options.shard, *visitors[0]);
    Found found = explore_for(task, limits, visitors);
    found.statistics.cuts[0] = task.cut.depth;
    // What another shard sees of the threads may allow deadlocks that are for this one to find.
    if ((found.may_deadlock || !is_whole) && limits.interruption() == Interruption::kNone) {
      task.goal = Goal::kDeadlocks;
      if (!is_whole) task.cut = cut_for(task, limits, options.shard, *visitors[0]);
      const Found deadlocks = explore_for(task, limits, visitors);
      found.statistics += deadlocks.statistics;
      found.is_too_large = found.is_too_large || deadlocks.is_too_large;
      found.statistics.cuts[1] = task.cut.depth;
    }
    // Likewise; it is small, and every shard does all of it.
    if ((found.unseen_races.may_exist() || !is_whole) && limits.interruption() == Interruption::kNone) {
      task.goal = Goal::kRaces;
      task.cut = {};
      const Found races = explore_for(task, limits, visitors);
      found.statistics += races.statistics;
      found.is_too_large = found.is_too_large || races.is_too_large;
    }
    const bool must_grow = program.outgrown();
    if ((must_grow || (found.statistics.bound_hit && task.stops_at_bound)) && limits.may_restart()) {
      if (must_grow) program.grow();
      if (!must_grow) rounds = found.is_too_large ? program.max_rounds() : more_rounds(rounds, program.max_rounds());
      for (Visitor* visitor : visitors) visitor->on_restart();
      if (is_whole) continue;
      return {.interruption = Interruption::kUnforeseen};
    }
    found.statistics.interruption = limits.interruption();
    if (!is_whole && limits.interruption() == Interruption::kNone) found.statistics.interruption = Interruption::kShard;
    return found.statistics;
  }
}

}  // namespace lkmc
