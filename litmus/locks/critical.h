// What the locks of this folder guard: a plain counter that each of n threads adds one to.
//
// A lock that works makes n! executions of it, one for each order of the threads, times those that differ in what threads saw
// while they waited. The files say how many that are; where no argument is given, all interleavings were enumerated, and those
// counted that differ in who reads from whom and in which order values came to memory, with the rounds that leave no trace left out
// as README.md says. Where the model allows more than interleaving does, that is said, too.
#pragma once

#include <string>

#include "lkmc/litmus.h"

namespace lkmc {

// n threads run `locked(i, work)`, which has to call work() in the critical section. No race, and no addition lost.
template <class Locked>
void guard(int n, const Locked& locked) {
  auto &counter = make<shared<int>>();
  for (int i = 0; i < n; ++i) {
    thread("P" + std::to_string(i), [&counter, locked, i] { locked(i, [&counter] { counter = counter + 1; }); });
  }
  finally([&counter, n] { CHECK_INVARIANT(counter == n, "an addition is lost"); });
}

}  // namespace lkmc
