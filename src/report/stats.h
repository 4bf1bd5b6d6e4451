// The numbers behind a result, for --stats.
#pragma once

#include <string>

#include "src/report/result.h"

namespace lkmc {

// Lines that start with `c`, as SAT solvers print them.
[[nodiscard]] std::string statistics_text(const TestResult& result);

}  // namespace lkmc
