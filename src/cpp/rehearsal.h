// SPDX-License-Identifier: Apache-2.0
// Runs a thread on the ways that its decisions could go, to learn its control-flow graph and what its choices go back to
// (control_flow.h).
//
// Values are symbols, so that a thread can be made to go any way, whether some execution has it go there or not: as a compiler,
// which does not know what will be read, sees it. Each outcome of each decision is tried once, by turning round that decision alone
// on a path that was followed before: where the thread comes to the same decisions as there, they fall as there.
#pragma once

#include <set>
#include <utility>
#include <vector>

#include "src/kernel/control_flow.h"
#include "src/program/program.h"

namespace lkmc::kernel {

// The words that a thread has been seen to go on by where it asks for a number, and the places.
using WordsMet = std::set<std::pair<Point, Word>>;

// `steps` is what the program writes down while it runs the thread; it is emptied where a run begins.
[[nodiscard]] ControlFlow rehearse(const Program& program, ThreadId thread, const std::vector<Step>& steps, const WordsMet& met);

}  // namespace lkmc::kernel
