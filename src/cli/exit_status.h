// SPDX-License-Identifier: Apache-2.0
// What lkmc's exit status says. Of several files, the gravest counts.
#pragma once

#include <initializer_list>

namespace lkmc {

inline constexpr int kSuccess = 0;       // every property holds
inline constexpr int kViolation = 1;     // some property is violated
inline constexpr int kError = 2;         // the command line, a file or a program is wrong
inline constexpr int kInconclusive = 3;  // some exploration ended early

// The graver of two: an error, then a violation, then an inconclusive verdict.
[[nodiscard]] constexpr int graver(int a, int b) {
  for (const int status : {kError, kViolation, kInconclusive}) {
    if (a == status || b == status) return status;
  }
  return kSuccess;
}

}  // namespace lkmc
