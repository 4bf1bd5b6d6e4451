// SPDX-License-Identifier: Apache-2.0
// Finds code of a test that does not come back, that sleeps, or that uses up its stack: it can be stopped only from a signal
// handler.
//
// Each worker has a timer of its own processor time. When it fires and the worker has been in the test's code since some
// ticks ago, without having gone back to the explorer, the code is in a loop that makes no decision and ends no thread.
#pragma once

namespace lkmc::kernel {

// Called in a signal handler with what is wrong; must not return.
using GiveUp = void (*)(const char* what);

// Begins to watch all workers that run tests from here on. Before, nobody is watched.
void start_watchdog(GiveUp give_up);
// Has the calling worker watched, if there is a watchdog.
void watch_this_worker();

}  // namespace lkmc::kernel
