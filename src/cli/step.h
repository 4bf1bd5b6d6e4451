// SPDX-License-Identifier: Apache-2.0
// `lkmc replay --step`: walks through the steps of a trace on a terminal.
#pragma once

#include <string>

#include "src/report/walk.h"

namespace lkmc {

// Whether stdin and stdout are terminals.
[[nodiscard]] bool can_step();

// Shows one step after the other as the user wants it. The terminal is as before when this returns, and also if a signal
// ends the process.
void step_through(const Walk& walk);

// The screen after `step` steps, without colour or cursor movements: at most `rows` lines of at most `columns` characters.
[[nodiscard]] std::string step_screen(const Walk& walk, std::size_t step, std::size_t rows, std::size_t columns);

}  // namespace lkmc
