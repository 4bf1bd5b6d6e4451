// SPDX-License-Identifier: Apache-2.0
// An execution that was found, against what the text of the test says (tests/reference/evaluator.h).
#pragma once

#include <string>

#include "src/litmus/litmus.h"
#include "tests/reference/enumerator.h"
#include "tests/reference/path_combination.h"
#include "tests/reference/test_program.h"

namespace lkmc::explore_test {

// The first event, dependency, value or register that is not as it should be; empty if there is none. Executions with values out
// of thin air are let pass.
[[nodiscard]] std::string difference_from_evaluation(const LitmusTest& test, const reference::TestProgram& program,
                                                     const reference::PathCombination& paths, const reference::Values& values,
                                                     const reference::State& state);

}  // namespace lkmc::explore_test
