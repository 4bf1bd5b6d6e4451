// SPDX-License-Identifier: Apache-2.0
// Why something is wrong with a test, and why the rest is not (src/ordering/why.h).
#pragma once

#include <memory>

#include "src/inquiry/inquiry.h"

namespace lkmc {

[[nodiscard]] std::unique_ptr<Inquiry> why_inquiry();

}  // namespace lkmc
