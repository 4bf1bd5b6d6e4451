// The commands `lkmc check`, `lkmc replay` and `lkmc models`.
#pragma once

#include "src/cli/options.h"

namespace lkmc {

// Prints what it finds; returns the exit status.
[[nodiscard]] int run_check(const CheckOptions& options);
[[nodiscard]] int run_replay(const ReplayOptions& options);
[[nodiscard]] int run_models(const ModelsOptions& options);

}  // namespace lkmc
