// SPDX-License-Identifier: Apache-2.0
// Runs a thread with nobody else there: each read sees the last write.
#pragma once

#include <optional>
#include <vector>

#include "src/c/tree.h"
#include "src/program/program.h"

namespace lkmc::c {

// Of a program with one thread: what its locations hold at the end, or what is wrong.
[[nodiscard]] std::variant<std::vector<Word>, Error> run_alone(const Program& program);

}  // namespace lkmc::c
