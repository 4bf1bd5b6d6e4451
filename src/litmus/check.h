// What can be said about a test without running it: misuse that every run would meet, and who may write what.
#pragma once

#include <vector>

#include "src/litmus/ast.h"
#include "src/litmus/cursor.h"

namespace lkmc::litmus {

// Complains about locations that are used both as a lock or srcu_struct and as memory, about locking that is
// unbalanced on every path, and about an srcu_struct that is only locked or only unlocked. Only what is certain: the
// rest is found when a path gets there.
void check_test(const ParsedTest& test, const Cursor& cursor);

// Fills in ThreadCode::may_write.
void compute_writes(ParsedTest& test);

}  // namespace lkmc::litmus
