// SPDX-License-Identifier: Apache-2.0
// Why something does not happen: the executions that the orderings of a program forbid.
//
// All orderings are taken away (accesses stay marked), and the program is explored. What goes wrong then and does not go wrong in
// the program as it is, the orderings forbid: put back into the graph of the execution, some of them make the model reject it. A set of
// which none can be missed is kept, the program is explored again with these alone, and so on, until nothing goes wrong. The
// orderings that have been kept are enough, together, for all that the program does not do.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "src/ordering/barriers.h"
#include "src/ordering/cycle.h"

namespace lkmc {

struct WhyJob {
  const Program& program;
  const Model& model;
  const ModelFacts& facts;
  Orderings orderings;
  Trial baseline;                                // with all of them
  std::function<Trial(const Program&)> explore;  // may end when something is wrong that is not so in the baseline
};

// Something that would be wrong, and one way in which it would be.
struct Forbidden {
  std::string what;
  Counterexample example;          // without the orderings that forbid it
  std::vector<Site> by{};          // none of them can be missed here; empty if the graph alone cannot tell
  std::vector<CycleStep> cycle{};  // that they cut, together with dependencies; empty if that is not all there is to it
};

// Whether an event of the place lies between the two, or is one of them.
[[nodiscard]] bool is_between(const Witness& witness, const SourcePos& pos, int from, int to);

struct Why {
  std::vector<Forbidden> forbidden{};
  bool complete = true;  // what is forbidden is all that would go wrong
};

[[nodiscard]] Why find_why(const WhyJob& job);

}  // namespace lkmc
