// SPDX-License-Identifier: Apache-2.0
// What the compiler has put into the code of tests calls this at the beginning of every basic block, and where a `switch` looks for its
// case (control_flow.h).
#include <cstdint>
#include <vector>

#include "src/cpp/block_code.h"
#include "src/cpp/frames.h"
#include "src/kernel/hidden_state.h"

#define LKMC_HOOK extern "C" [[gnu::visibility("default"), gnu::used]]

// It must not throw: the compiler takes it for a function that does not. What the API does, and libraries for it, is no concern of
// the test: where it decides something for the test, the test goes by what it returns.
extern "C" [[gnu::used]] void lkmc_comes_to_block(const void* const* frame, const lkmc::kernel::Registers* registers) {
  using namespace lkmc::kernel;
  const Call call{frame, frame[1]};
  if (owner_of(call.return_address) != CodeOwner::kTest) return;  // first, since it is most often so
  Run* const run = run_in_thread();
  if (run == nullptr || !run->wants_points()) return;
  if (run->wants_variables()) run->enter(reinterpret_cast<std::uintptr_t>(*frame), block_code(call.return_address));
  run->arrive(point_of(call, run->outermost_frame()), *registers);
}

#ifdef __x86_64__
// The registers as the test's code has them.
extern "C" [[gnu::visibility("default"), gnu::used, gnu::naked]] void __sanitizer_cov_trace_pc() {
  asm("push %rbp\n\t"
      "mov %rsp, %rbp\n\t"
      "sub $64, %rsp\n\t"
      "mov %rbx, 0(%rsp)\n\t"
      "mov (%rbp), %rax\n\t"
      "mov %rax, 8(%rsp)\n\t"
      "mov %r12, 16(%rsp)\n\t"
      "mov %r13, 24(%rsp)\n\t"
      "mov %r14, 32(%rsp)\n\t"
      "mov %r15, 40(%rsp)\n\t"
      "lea 16(%rbp), %rax\n\t"
      "mov %rax, 48(%rsp)\n\t"
      "mov %rbp, %rdi\n\t"
      "mov %rsp, %rsi\n\t"
      "call lkmc_comes_to_block\n\t"
      "leave\n\t"
      "ret");
}
#else
LKMC_HOOK void __sanitizer_cov_trace_pc() {
  const lkmc::kernel::Registers unknown{};
  lkmc_comes_to_block(static_cast<const void* const*>(__builtin_frame_address(0)), &unknown);
}
#endif

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
