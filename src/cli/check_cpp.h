// `lkmc check FILE.cc`
#pragma once

#include <atomic>
#include <string>

#include "src/cli/options.h"
#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/oracle/kcsan_profile.h"

namespace lkmc {

// Compiles the file and checks its tests one after the other, in a process of their own; prints what it finds and returns
// the exit status. A test that ends the process is an error, and the next one is checked all the same.
[[nodiscard]] int check_cpp(const std::string& file, const CheckOptions& options, const Model& model,
                            const ModelFacts& facts, const std::optional<KcsanProfile>& kcsan,
                            const std::atomic<bool>& interrupted);

}  // namespace lkmc
