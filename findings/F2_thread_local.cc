// WRONG NEVER, and no error. A thread_local variable that a thread changes is not reset between its runs and is not reported either.
// Right: either "this changes a plain variable outside of the thread", or lb reachable (4 executions): n is 0 when A comes to it, and
// the write of y depends on nothing. lkmc: holds (2 executions), lb not reachable (n is > 0 in all runs but the first).
#include "lkmc/litmus.h"
using namespace lkmc;
thread_local int n;
LITMUS(tls, reachable("lb")) {
  shared<int> x, y; value<int> r;
  thread("A", [&] { r = READ_ONCE(x); if (n++ == 0) WRITE_ONCE(y, 1); });
  thread("B", [&] { value<int> t = READ_ONCE(y); WRITE_ONCE(x, t); });
  finally([&] { exists("lb", r == 1); });
}
