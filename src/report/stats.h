// SPDX-License-Identifier: Apache-2.0
// The numbers behind a result, for --stats.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "src/explore/explorer.h"

namespace lkmc {

// A part of the work, and how long it took.
struct Phase {
  std::string_view name;
  double seconds;
};

// Lines that start with `c`, as SAT solvers print them. The exploration is the last of the phases.
[[nodiscard]] std::string statistics_text(std::string_view test, const Statistics& statistics, std::initializer_list<Phase> phases);

}  // namespace lkmc
