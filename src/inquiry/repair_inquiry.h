// SPDX-License-Identifier: Apache-2.0
// The cheapest stronger orderings after which nothing is wrong with a test (src/ordering/repair.h). The verdict is about the test
// with them.
#pragma once

#include <memory>

#include "src/inquiry/inquiry.h"

namespace lkmc {

[[nodiscard]] std::unique_ptr<Inquiry> repair_inquiry();

}  // namespace lkmc
