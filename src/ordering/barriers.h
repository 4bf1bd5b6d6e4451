// SPDX-License-Identifier: Apache-2.0
// Which orderings of a program are needed, for what, and what they pair with.
//
// Each ordering is taken away, alone, and the program explored again. If something goes wrong then that did not before, the
// ordering is needed, and each weaker form is tried to see whether it would do. An ordering on another thread pairs with it if
// it takes both to forbid the execution that shows what goes wrong: with the first put back, the execution is forbidden; with
// the second taken away instead, it is allowed again. A mere marking (READ_ONCE(), WRITE_ONCE()) counts as such a partner only
// where nothing else does, as where a dependency orders the reader.
//
// Orderings that can each be missed may be needed together, as two fences in a row are. Among those, sets of which one must
// stay are found by taking all away and putting back what is not part of the trouble, one by one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/ordering/graph_check.h"
#include "src/ordering/orderings.h"

namespace lkmc {

// What an exploration has found wrong.
struct Trial {
  std::map<std::string, std::optional<Counterexample>>
      wrong;  // by what it is: a violated property, `deadlock`, `data race`, a condition reached
  bool complete = true;
};

// A model under which a program can be tried as well.
struct OtherModel {
  std::string label;                             // of what only this and weaker models allow: `SC`, `TSO`, `weak`
  std::function<Trial(const Program&)> explore;  // likewise
};

struct BarriersJob {
  const Program& program;
  const Model& model;
  const ModelFacts& facts;
  Orderings orderings;                           // of the source; those that have weaker forms are tried
  Trial baseline;                                // with all of them
  std::function<Trial(const Program&)> explore;  // may end when something is wrong that is not so in the baseline
  std::vector<OtherModel> others;                // stronger ones, the strongest first
};

struct OrderingReport {
  std::set<std::string> needed_for;         // what is seen to go wrong without it; empty if nothing does
  std::optional<Counterexample> example{};  // of the first of these
  std::vector<Tag> enough{};                // weaker forms that would do; of forms that are weaker one than the other, the weakest
  std::string strength{};                   // the label of the strongest model that needs it; empty if none but the job's own
  std::vector<Site> pairs_with{};
  bool complete = true;  // whether all that was tried could be explored
};

struct BarriersReport {
  std::map<Site, OrderingReport> orderings;
  std::vector<std::vector<Site>> one_of;  // sets of orderings that can each be missed, but not all of a set
};

[[nodiscard]] BarriersReport find_needed(const BarriersJob& job);

}  // namespace lkmc
