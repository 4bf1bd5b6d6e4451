// SPDX-License-Identifier: Apache-2.0
// Whether one execution would still be allowed if some of its operations were ordered otherwise.
//
// Tags are all that differs between the execution graph of a program and that of the program with other orderings, since a
// fence that was taken away stays in the graph as one that orders nothing. So the question needs no exploration: the model is
// evaluated on the graph with other tags.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/ordering/orderings.h"
#include "src/report/witness.h"

namespace lkmc {

// An execution in which something goes wrong.
struct Counterexample {
  Witness witness;
  std::optional<std::size_t> flag{};  // what is wrong is that the model raises this flag; else the execution itself
};

// The tag that an operation of a thread, which has `tag` in the graph, is to have.
using Retag = std::function<Tag(const Site& site, ThreadId thread, Tag tag)>;

// Whether it is still an execution, and still wrong. `orderings` tells where the acquires are that depend on a result.
[[nodiscard]] bool still_wrong(const Counterexample& example, const Orderings& orderings, const Model& model, const ModelFacts& facts,
                               const Retag& retag);

}  // namespace lkmc
