// SPDX-License-Identifier: Apache-2.0
// The comments beside orderings that say what they pair with.
#pragma once

#include <string>

#include "src/report/names.h"

namespace lkmc {

// What a comment in the line, or right above it, says of pairing, from its word `pair` to the end of the sentence: `Pairs with
// smp_wmb() in foo()`. Empty if it says nothing of it.
[[nodiscard]] std::string pairing_comment(const Names& names, const SourcePos& pos);

}  // namespace lkmc
