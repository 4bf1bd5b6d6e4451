// SPDX-License-Identifier: Apache-2.0
// The smallest set of stronger orderings after which nothing is wrong with a program.
//
// Sets are tried in the order of their costs. A set is worth an exploration only if it forbids all the executions that have
// been seen to go wrong so far, which the model tells at once (graph_check.h); what an exploration still finds wrong is one
// more such execution. (This is counterexample-guided synthesis, as in Meshman, Rinetzky, Yahav: "Pattern-based synthesis of
// synchronization for the C++ memory model", FMCAD 2015; here the places are those of the source and the model is a cat file.)
//
// If not even all of the orderings at once forbid an execution, none does: the bug is one of interleaving.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "src/ordering/barriers.h"
#include "src/ordering/strengthening.h"

namespace lkmc {

struct RepairJob {
  const Program& program;
  const Model& model;
  const ModelFacts& facts;
  Orderings operations;  // of the source, which may be changed
  std::vector<Strengthening> strengthenings;
  std::function<Trial(const Program&)> explore;
};

struct Repair {
  // After which all is well but for `not_by_ordering`; nothing if no such set was found, or if nothing is left that one could repair.
  std::optional<std::vector<Strengthening>> changes{};
  std::set<std::string> wrong{};            // without it
  std::set<std::string> not_by_ordering{};  // what goes wrong however strongly all is ordered
  std::uint64_t sets = 0;                   // looked at
  int explorations = 0;
  bool gave_up = false;  // there may be a larger set
};

[[nodiscard]] Repair find_repair(const RepairJob& job);

// The markings of a program with these changes.
[[nodiscard]] Markings markings_of(const std::vector<Strengthening>& changes, const Orderings& operations);

}  // namespace lkmc
