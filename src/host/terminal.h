// SPDX-License-Identifier: Apache-2.0
// What depends on how lkmc was started: terminals, and interrupts from the keyboard.
#pragma once

#include <atomic>
#include <initializer_list>

namespace lkmc {

// Whether stdout takes colour: a terminal, unless the environment variable NO_COLOR is set.
[[nodiscard]] bool is_stdout_coloured();

// The first of the signals sets the flag that this returns; the same one again ends the process.
[[nodiscard]] const std::atomic<bool>& catch_interrupt(std::initializer_list<int> signals);

}  // namespace lkmc
