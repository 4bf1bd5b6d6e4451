// SPDX-License-Identifier: Apache-2.0
// What the compiler has put into the code of tests calls this at the beginning of every basic block, and where a `switch` looks for its
// case (control_flow.h).
#include <cstdint>
#include <vector>

#include "src/kernel/frames.h"

#define LKMC_HOOK extern "C" [[gnu::visibility("default"), gnu::used]]

// It must not throw: the compiler takes it for a function that does not. What the API does, and libraries for it, is no concern of
// the test: where it decides something for the test, the test goes by what it returns.
LKMC_HOOK void __sanitizer_cov_trace_pc() {
  using namespace lkmc::kernel;
  if (owner_of(__builtin_return_address(0)) != CodeOwner::kTest) return;  // first, since it is most often so
  Run* const run = run_in_thread();
  if (run == nullptr || !run->wants_points()) return;
  run->arrive(point_of(LKMC_THIS_CALL, run->outermost_frame()));
}

// The table has the number of cases, their width in bits, and the cases.
LKMC_HOOK void __sanitizer_cov_trace_switch(std::uint64_t, std::uint64_t* table) {
  lkmc::kernel::Run* const run = lkmc::kernel::run_in_thread();
  if (run != nullptr) run->choose_among({reinterpret_cast<const lkmc::Word*>(table) + 2, static_cast<std::size_t>(table[0])});
}

// Other comparisons of numbers come with it.
LKMC_HOOK void __sanitizer_cov_trace_cmp1(std::uint8_t, std::uint8_t) {}
LKMC_HOOK void __sanitizer_cov_trace_cmp2(std::uint16_t, std::uint16_t) {}
LKMC_HOOK void __sanitizer_cov_trace_cmp4(std::uint32_t, std::uint32_t) {}
LKMC_HOOK void __sanitizer_cov_trace_cmp8(std::uint64_t, std::uint64_t) {}
LKMC_HOOK void __sanitizer_cov_trace_const_cmp1(std::uint8_t, std::uint8_t) {}
LKMC_HOOK void __sanitizer_cov_trace_const_cmp2(std::uint16_t, std::uint16_t) {}
LKMC_HOOK void __sanitizer_cov_trace_const_cmp4(std::uint32_t, std::uint32_t) {}
LKMC_HOOK void __sanitizer_cov_trace_const_cmp8(std::uint64_t, std::uint64_t) {}
LKMC_HOOK void __sanitizer_cov_trace_cmpf(float, float) {}
LKMC_HOOK void __sanitizer_cov_trace_cmpd(double, double) {}
