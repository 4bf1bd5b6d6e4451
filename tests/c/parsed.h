// SPDX-License-Identifier: Apache-2.0
// A C file given as a text, for tests of src/c.
#pragma once

#include <memory>
#include <string>

#include "src/c/c_file.h"

namespace lkmc::c_test {

// Fails the test if something is wrong with it.
[[nodiscard]] std::unique_ptr<const c::CFile> parsed(const std::string& text);
// What is wrong with it: `LINE: message`; empty if nothing is.
[[nodiscard]] std::string error_of(const std::string& text);

}  // namespace lkmc::c_test
