// SPDX-License-Identifier: Apache-2.0
// Runs one thread of a litmus test, statement by statement, on the fiber of a lkmc::Thread.
#pragma once

#include "src/litmus/ast.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// `unroll` is how often the body of a loop runs before the path is given up.
// `integers` tells what each location of the program holds.
void interpret(const ThreadCode& code, const Program& program, std::span<const Integer> integers, Thread& thread, int unroll);

}  // namespace lkmc::litmus
