// SPDX-License-Identifier: Apache-2.0
// What a test is expected to show: LITMUS(name, races, reachable("late")) { … }
//
// Without expectations a test passes if no property is violated, no data race and no deadlock is found. With them it passes
// if all of them are met and nothing else is wrong.
#pragma once

#include <utility>

#include "src/kernel/runtime.h"

namespace lkmc {

// No property is violated, and there is neither a data race nor a deadlock.
inline const kernel::Expectation holds{kernel::Expectation::Kind::kHolds};
// Some execution has a data race.
inline const kernel::Expectation races{kernel::Expectation::Kind::kRaces};
// Some execution ends in a deadlock.
inline const kernel::Expectation deadlocks{kernel::Expectation::Kind::kDeadlocks};

// The property with this message is violated.
[[nodiscard]] inline kernel::Expectation violated(std::string message) {
  return {kernel::Expectation::Kind::kViolates, std::move(message)};
}
// Some execution has the condition of exists("name", …) true, or none has.
[[nodiscard]] inline kernel::Expectation reachable(std::string name) {
  return {kernel::Expectation::Kind::kReachable, std::move(name)};
}
[[nodiscard]] inline kernel::Expectation unreachable(std::string name) {
  return {kernel::Expectation::Kind::kUnreachable, std::move(name)};
}

}  // namespace lkmc
