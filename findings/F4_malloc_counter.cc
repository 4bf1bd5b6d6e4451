// WRONG DEADLOCK. The loop ends after 12 rounds; its counter is in malloc() memory. With `new int(0)` lkmc rightly says inconclusive, and
// with --unroll 13 holds. Here: "deadlock (0 executions)" with every --unroll. (repetition.h names malloc() as a hole; README does not.)
#include "lkmc/litmus.h"
#include <cstdlib>
using namespace lkmc;
LITMUS(gives_up, holds) {
  shared<int> x, y;
  thread("A", [&] { int* n = static_cast<int*>(std::malloc(4)); *n = 0; while (!READ_ONCE(x)) if (++*n == 12) break; WRITE_ONCE(y, 1); std::free(n); });
  thread("B", [&] { while (!READ_ONCE(y)); });
}
