// SPDX-License-Identifier: Apache-2.0
// Runs one thread of a litmus test, statement by statement, on the fiber of a lkmc::Thread.
#pragma once

#include "src/litmus/ast.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// `integers` tells what each location of the program holds.
void interpret(const ThreadCode& code, const Program& program, std::span<const Integer> integers, Thread& thread);

}  // namespace lkmc::litmus
