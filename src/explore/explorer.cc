#include "src/explore/explorer.h"

#include <system_error>
#include <thread>
#include <vector>

#include "src/explore/search.h"

namespace lkmc {
namespace {

struct Found {
  Statistics statistics;
  bool may_deadlock = false;
  UnseenRaces unseen_races{};
};

Found explore_for(const SearchTask& task, Limits& limits, std::span<Visitor* const> visitors) {
  if (visitors.size() == 1) {
    Search search(task, *visitors[0], limits, nullptr);
    search.run({});
    return {search.statistics(), search.may_deadlock(), search.unseen_races()};
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
    found[i] = {search.statistics(), search.may_deadlock(), search.unseen_races()};
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
    all.unseen_races.merge(f.unseen_races);
  }
  return all;
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
  for (;;) {
    Limits limits(options, start);
    SearchTask task{.program = program, .model = model, .facts = facts, .footprint = options.footprint};
    Found found = explore_for(task, limits, visitors);
    if (found.may_deadlock && limits.interruption() == Interruption::kNone) {
      task.goal = Goal::kDeadlocks;
      found.statistics += explore_for(task, limits, visitors).statistics;
    }
    if (found.unseen_races.may_exist() && limits.interruption() == Interruption::kNone) {
      task.goal = Goal::kRaces;
      found.statistics += explore_for(task, limits, visitors).statistics;
    }
    if (program.outgrown() && limits.may_restart()) {
      program.grow();
      for (Visitor* visitor : visitors) visitor->on_restart();
      continue;
    }
    found.statistics.interruption = limits.interruption();
    return found.statistics;
  }
}

}  // namespace lkmc
