// SPDX-License-Identifier: Apache-2.0
// The commands `lkmc check`, `lkmc batch`, `lkmc compare`, `lkmc merge`, `lkmc cache`, `lkmc barriers`, `lkmc repair`, `lkmc replay` and
// `lkmc models`.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "src/cli/options.h"
#include "src/model/model.h"

namespace lkmc {

// Prints what it finds; returns the exit status.
[[nodiscard]] int run_check(const CheckOptions& options);
// The same, and what would be printed to stdout is handed to `out`.
[[nodiscard]] int run_check(const CheckOptions& options, const std::function<void(std::string_view)>& out);
[[nodiscard]] int run_repair(const RepairOptions& options);
[[nodiscard]] int run_barriers(const BarriersOptions& options);
[[nodiscard]] int run_batch(const batch::Options& options);
[[nodiscard]] int run_compare(const CompareOptions& options);
[[nodiscard]] int run_merge(const MergeOptions& options);
[[nodiscard]] int run_cache(const CacheOptions& options);
[[nodiscard]] int run_replay(const ReplayOptions& options);
[[nodiscard]] int run_models(const ModelsOptions& options);

// What is wrong with a model, as it is printed.
[[nodiscard]] std::string model_error_text(const ModelError& error);

}  // namespace lkmc
