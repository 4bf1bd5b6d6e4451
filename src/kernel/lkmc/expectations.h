// SPDX-License-Identifier: Apache-2.0
// What a test is expected to show: LITMUS(name, races, reachable("late")) { … }
//
// Without expectations a test passes if no property is violated, no data race and no deadlock is found. With them it passes
// if all of them are met and nothing else is wrong.
#pragma once

#include <utility>

#include "src/program/self_checking_test.h"

namespace lkmc {

// No property is violated, and there is neither a data race nor a deadlock.
inline const Expectation holds{Expectation::Kind::kHolds};
// Some execution has a data race.
inline const Expectation races{Expectation::Kind::kRaces};
// Some execution ends in a deadlock.
inline const Expectation deadlocks{Expectation::Kind::kDeadlocks};

// The property with this message is violated.
[[nodiscard]] inline Expectation violated(std::string message) { return {Expectation::Kind::kViolates, std::move(message)}; }
// Some execution has the condition of exists("name", …) true, or none has.
[[nodiscard]] inline Expectation reachable(std::string name) { return {Expectation::Kind::kReachable, std::move(name)}; }
[[nodiscard]] inline Expectation unreachable(std::string name) { return {Expectation::Kind::kUnreachable, std::move(name)}; }

}  // namespace lkmc
