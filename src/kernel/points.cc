// What the compiler has put into the code of tests calls this at the beginning of every basic block (control_flow.h).
#include "src/kernel/frames.h"

// It must not throw: the compiler takes it for a function that does not. What the API does, and libraries for it, is no concern of
// the test: where it decides something for the test, the test goes by what it returns.
extern "C" [[gnu::visibility("default"), gnu::used]] void __sanitizer_cov_trace_pc() {
  using namespace lkmc::kernel;
  if (owner_of(__builtin_return_address(0)) != CodeOwner::kTest) return;  // first, since it is most often so
  Run* const run = run_in_thread();
  if (run == nullptr || !run->wants_points()) return;
  run->arrive(point_of(LKMC_THIS_CALL, run->outermost_frame()));
}
