// SPDX-License-Identifier: Apache-2.0
// How the time that --timeout allows is shared: by the exploration, the KCSAN oracle and the search for advice, which come one
// after the other, so that none of them is left without.
#pragma once

#include <algorithm>
#include <chrono>

namespace lkmc {

// When the first of `parts` must end that have the same right to the time up to the deadline.
[[nodiscard]] inline std::chrono::steady_clock::time_point share_of_time(std::chrono::steady_clock::time_point deadline, int parts) {
  const auto now = std::chrono::steady_clock::now();
  return now + std::max(deadline - now, std::chrono::steady_clock::duration::zero()) / parts;
}

}  // namespace lkmc
