// SPDX-License-Identifier: Apache-2.0
// What the shape of a function's graph says: where the paths of a decision meet again, and which cycles there are.
//
// What follows a decision depends on it by control up to the block that all its paths come to, its immediate post-dominator.
// A structured `if` ends there, and so do an early return, a goto or a switch.
#pragma once

#include "src/c/code.h"

namespace lkmc::c {

// Fills in what Block says to be filled in.
void analyse(Function& function);

}  // namespace lkmc::c
