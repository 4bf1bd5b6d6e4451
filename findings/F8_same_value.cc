// MORE THAN HERD7 (a wrong "reachable"). Right by herd's rule and by README ("as a register does in herd7"): a variable that is assigned on the way taken carries
// the condition on, also if it is assigned what it already had (.litmus and .c: Never). lkmc: reachable; even with t a value<int>.
#include "lkmc/litmus.h"
using namespace lkmc;
#define LB(name, T) LITMUS(name, unreachable("lb")) { shared<int> x, y; value<int> r0; thread("P0", [&] { r0 = READ_ONCE(x); T t = 1; if (r0) t = 1; if (t) WRITE_ONCE(y, 1); }); \
  thread("P1", [&] { value<int> r = READ_ONCE(y); WRITE_ONCE(x, r); }); finally([&] { exists("lb", r0 == 1); }); }
LB(plain, int)
LB(symbolic, value<int>)
