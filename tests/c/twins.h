// SPDX-License-Identifier: Apache-2.0
// Tests in herd's format written in C: their threads are C already, and what is around them is put into the words of
// <lkmc/test.h>.
#pragma once

#include <string>
#include <vector>

namespace lkmc::c_test {

struct Original {
  std::string litmus;                 // the text of the file
  std::vector<std::string> observed;  // what its final states show: `0:r1`, `x`
};

// One file with a test for each, called `t0`, `t1`, …
[[nodiscard]] std::string to_c(const std::vector<Original>& originals);

}  // namespace lkmc::c_test
