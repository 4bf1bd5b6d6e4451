// SPDX-License-Identifier: Apache-2.0
// `lkmc check FILE.c`
#pragma once

#include <string>

#include "src/c/tree.h"
#include "src/cli/check_test.h"

namespace lkmc {

// Reads the file with clang and checks its tests one after the other; prints what it finds and returns the exit status.
[[nodiscard]] int check_c(const std::string& file, const CheckContext& context);

// `FILE:LINE:COL: error: …`, with the name of the test if it is one test's; empty where somebody else has said it.
[[nodiscard]] std::string error_text(const c::Error& error, const std::string& file, const std::string& test = {});

}  // namespace lkmc
