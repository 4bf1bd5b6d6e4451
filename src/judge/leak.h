// SPDX-License-Identifier: Apache-2.0
// Memory that is still allocated at the end of an execution, where the test says that this is a mistake.
#pragma once

#include <memory>

#include "src/judge/judge.h"

namespace lkmc {

[[nodiscard]] std::unique_ptr<Judge> leak_judge(const Program& program);

}  // namespace lkmc
