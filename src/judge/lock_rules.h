// SPDX-License-Identifier: Apache-2.0
// Which accesses of an execution break the rules that its test declares (src/kernel/lock_rules.h).
//
// What locks a thread holds depends on its path alone, so the front end has judged nearly everything while the thread ran. What is
// left is the rule of pointers that need less to be set than to be changed: it takes the value that a store overwrites.
#pragma once

#include <memory>
#include <vector>

#include "src/judge/judge.h"

namespace lkmc {

// Those of Skeleton::objections that hold; also of an execution that ended early.
[[nodiscard]] std::vector<const Objection*> broken_rules(const Assignment& assignment);

[[nodiscard]] std::unique_ptr<Judge> lock_rules_judge();

}  // namespace lkmc
