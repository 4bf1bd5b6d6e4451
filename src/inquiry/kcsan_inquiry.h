// SPDX-License-Identifier: Apache-2.0
// What KCSAN would report of a test under a profile, and for each race of the memory model what that profile and the built-in ones
// make of it.
#pragma once

#include <memory>

#include "src/inquiry/inquiry.h"
#include "src/kcsan/profile.h"

namespace lkmc {

// `races_are_known`: the memory model says what a data race is.
[[nodiscard]] std::unique_ptr<Inquiry> kcsan_inquiry(const KcsanProfile& profile, bool races_are_known);

}  // namespace lkmc
