// NOT DETERMINISTIC. The same command prints 65, 66 or 67 executions from run to run (README: results do not depend ...; the count goes
// into `lkmc batch`, caches and --shard). Right (.litmus: scan4.litmus, "Always 1 0"): 1, or some fixed number since C++ keeps the first round.
//   for i in 1 2 3 4 5 6 7 8; do lkmc check F6_count_varies.cc; done
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(scan4) {
  shared<int> a, b, c, d;
  thread("A", [&] { int n = 0; while (n < 4) { n = 0; if (READ_ONCE(a)) n++; if (READ_ONCE(b)) n++; if (READ_ONCE(c)) n++; if (READ_ONCE(d)) n++; } });
  thread("B", [&] { WRITE_ONCE(a, 1); WRITE_ONCE(b, 1); WRITE_ONCE(c, 1); WRITE_ONCE(d, 1); });
}
