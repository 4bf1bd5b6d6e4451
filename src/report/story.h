// Tells a schedule in words: one line per step, with the thread, the line of the source and what happens there.
#pragma once

#include <string>

#include "src/report/paint.h"
#include "src/report/names.h"
#include "src/report/witness.h"

namespace lkmc {

[[nodiscard]] std::string story(const Names& names, const Witness& witness, const Painter& paint);

}  // namespace lkmc
