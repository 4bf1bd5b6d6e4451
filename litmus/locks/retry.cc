// Additions by compare-and-swap: who finds that somebody has come between tries again.
//
// The additions follow one another. The thread whose addition is the k-th, counted from 0, may have tried with any of the k values
// before the one that it adds to: with those that it has found by try_cmpxchg(), each chosen or not, in 2^k ways, so that n threads
// have n! 2^(n(n-1)/2) executions. Who reads anew for each try sees the two values of a try that fails: of 2 threads the second
// does so in no way or in one, which makes 4 executions.
#include <string>

#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

void add_reading(shared<int> &n) {
  WHILE (true) {
    const value<int> old = READ_ONCE(n);
    IF (cmpxchg(&n, old, old + 1) == old) break;
  }
}
void add_with_try(shared<int> &n) {
  value<int> old = READ_ONCE(n);
  WHILE (!try_cmpxchg(&n, &old, old + 1)) cpu_relax();
}
void add_blindly(shared<int> &n) { WRITE_ONCE(n, READ_ONCE(n) + 1); }

void additions(int threads, void (*add)(shared<int> &)) {
  auto &n = make<shared<int>>();
  for (int i = 0; i < threads; ++i) thread("P" + std::to_string(i), [&n, add] { add(n); });
  finally([&n, threads] { CHECK_INVARIANT(n == threads, "an addition is lost"); });
}

}  // namespace

LITMUS(retry_2, holds) { additions(2, add_reading); }
LITMUS(retry_with_try_2, holds) { additions(2, add_with_try); }
LITMUS(retry_with_try_3, holds) { additions(3, add_with_try); }
LITMUS(retry_without_comparison, violated("an addition is lost")) { additions(2, add_blindly); }
