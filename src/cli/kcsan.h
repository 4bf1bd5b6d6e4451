// SPDX-License-Identifier: Apache-2.0
// The profile of `lkmc check --kcsan`.
#pragma once

#include <string>
#include <variant>

#include "src/kcsan/profile.h"

namespace lkmc {

// The profile of the command line: the name of a built-in one, or a file with lines of a kernel's .config. Otherwise what is
// wrong, to be printed.
[[nodiscard]] std::variant<KcsanProfile, std::string> load_kcsan_profile(const std::string& name_or_file);

}  // namespace lkmc
