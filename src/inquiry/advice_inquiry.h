// SPDX-License-Identifier: Apache-2.0
// Which markings would remove the data races of a test (src/ordering/advice.h).
#pragma once

#include <cstddef>
#include <memory>

#include "src/inquiry/inquiry.h"

namespace lkmc {

// `race_flag` is the flag of the model that says what a data race is.
[[nodiscard]] std::unique_ptr<Inquiry> advice_inquiry(std::size_t race_flag);

}  // namespace lkmc
