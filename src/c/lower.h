// SPDX-License-Identifier: Apache-2.0
// Takes the functions of a C file apart into blocks of instructions (code.h).
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "src/c/code.h"
#include "src/c/tree.h"
#include "src/c/type.h"

namespace lkmc::c {

// A variable whose initial value lists the tests of the file.
struct CaseTable {
  int global = 0;
  std::vector<SourcePos> positions{};  // of its elements
};

struct Lowered {
  Code code;
  std::vector<CaseTable> tables;
};

// Takes in the tables of tests, `struct lkmc_case[]`, and all that they need. Throws Error if something in it has no meaning
// here; of functions that nobody provides, one for all of them.
[[nodiscard]] Lowered lower(const Tree& tree, const Types& types);

}  // namespace lkmc::c
