// SPDX-License-Identifier: Apache-2.0
// Trials: explorations of a program whose orderings are changed, which end when something goes wrong that did not before.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "src/inquiry/inquiry.h"
#include "src/ordering/barriers.h"
#include "src/ordering/orderings.h"

namespace lkmc {

// What is wrong, with an execution that shows it.
[[nodiscard]] Trial trial_of(const Result& result, const Model& model);

// Explores, and, if `before` is given, ends when something is wrong that is not so there.
[[nodiscard]] Trial try_out(const Evidence& evidence, const Program& program, UnderModel under, const Trial* before = nullptr);

// Notes the orderings of executions, and adds them when it ends.
[[nodiscard]] std::unique_ptr<Visitor> watch_orderings(Visitor& inner, Orderings& orderings);

// Leaves out what the user cannot edit.
void keep_those_in_source(Orderings& orderings, const Names& names);

}  // namespace lkmc
