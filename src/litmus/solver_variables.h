// SPDX-License-Identifier: Apache-2.0
// The names that herd7 gives to values out of thin air.
//
// Where a model lets plain accesses copy a value round in a circle, herd7 prints the value as the variable `S16` of its
// equation solver. To print the same, we number as it does: while it builds the event structures of a test, it takes a
// new variable for each read of a register or of memory and for each operation on one of them, thread by thread. An `if`
// forks: what follows is built for each way that it can go. Of the variables that the solver finds equal it keeps the
// last.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "src/litmus/ast.h"
#include "src/program/program.h"

namespace lkmc::litmus {

// The number of the variable that stands for the value that all the given reads return. Nothing for threads with
// loops or read-modify-writes, whose numbering is not known here.
[[nodiscard]] std::optional<int> solver_variable(std::span<const ThreadCode> threads, std::span<const PathRead> reads);

}  // namespace lkmc::litmus
