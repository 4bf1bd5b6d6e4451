// SPDX-License-Identifier: Apache-2.0
// Finds the loops that only wait, `while (!READ_ONCE(*x)) ;`.
//
// A round of such a loop reads, computes and overwrites registers, and has no other effect. All rounds but the last
// can be left out then: they add nothing that a later event could depend on, they only constrain. The interpreter
// performs the last round alone and awaits its condition, instead of unrolling up to the bound.
//
//   while (C) ;        kCondition      C; await !C                       (also where B is only fences: see below)
//   do B while (C);    kRound          B; C; await !C
//   while (C) B        kTestThenRound  C; if it holds: B; C; await !C
//
// Fences in a body that does nothing else are left out: the loop that ends at once has none, and allows the most.
#pragma once

#include <vector>

#include "src/litmus/ast.h"

namespace lkmc::litmus {

// Sets Statement::wait in all loops.
void mark_waiting_loops(std::vector<Statement>& statements);

}  // namespace lkmc::litmus
