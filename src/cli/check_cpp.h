// SPDX-License-Identifier: Apache-2.0
// `lkmc check FILE.cc`
#pragma once

#include <string>

#include "src/cli/check_test.h"

namespace lkmc {

// Compiles the file and checks its tests one after the other, in a process of their own; prints what it finds and returns
// the exit status. A test that ends the process is an error, and the next one is checked all the same.
[[nodiscard]] int check_cpp(const std::string& file, const CheckContext& context);

}  // namespace lkmc
