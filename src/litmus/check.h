// SPDX-License-Identifier: Apache-2.0
// What can be said about a test without running it: an element that its array does not have, and who may write what.
#pragma once

#include <vector>

#include "src/litmus/ast.h"
#include "src/litmus/cursor.h"

namespace lkmc::litmus {

// Complains about constant indices outside of their arrays; of other addresses the paths say so that get there. How locks are
// used is a matter of the model, which raises flags.
void check_test(const ParsedTest& test, const Cursor& cursor);

// Fills in ThreadCode::may_write.
void compute_writes(ParsedTest& test);

}  // namespace lkmc::litmus
