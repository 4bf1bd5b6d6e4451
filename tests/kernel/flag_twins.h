// SPDX-License-Identifier: Apache-2.0
// Random programs in which plain variables carry conditions from one branch to a later one, in herd's format and in C++.
//
// The shape is load buffering: P0 reads r from x and q from w, branches on them, sets flags on some ways and not on others, and stores to y
// if a flag says so; P1 reads y and stores to x behind that. Whether both see the other's store is whether P0's store depends on r. Every
// branch falls both ways, for what r and q may be: one that does not is none to a compiler.
#pragma once

#include <string>
#include <vector>

namespace lkmc::kernel_test {

struct FlagTwin {
  std::string name;    // `flags_17`
  std::string litmus;  // the whole test
  std::string cpp;     // likewise
};

[[nodiscard]] std::vector<FlagTwin> flag_twins(int count);

}  // namespace lkmc::kernel_test
