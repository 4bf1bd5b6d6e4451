// Runs one thread of a litmus test, statement by statement, on the fiber of a lkmc::Thread.
#pragma once

#include "src/litmus/ast.h"
#include "src/program/thread.h"

namespace lkmc::litmus {

// `unroll` is how often the body of a loop runs before the path is given up.
void interpret(const ThreadCode& code, Thread& thread, int unroll);

}  // namespace lkmc::litmus
