// WRONG NEVER. Plain variable that the taken way has not set.
// Command: lkmc check F1_wrong_never.cc    (twins: F1_other_var.litmus, F1_nested.litmus, F1_wrong_never.c)
// Right: reachable, in all of them: herd's rule (and lkmc's own .litmus and .c front ends): on the way with r0=1 `t` was set before the
// branch, so the later `if (t)` has no control dependency on r0. In `nested`, t does not even depend on what r0 is: it is r1 either way.
// lkmc says: not reachable ("holds (N executions), expected: reachable"), since `Decision::has_governed` is true as soon as the way taken
// contains any block at all, even if it sets another variable, or only writes to z (src/kernel/control_tracker.cc).
#include "lkmc/litmus.h"
using namespace lkmc;
#define LB(name, e, ...) LITMUS(name, reachable("lb")) { shared<int> x, y, z, a; value<int> r0, r1; thread("P0", [&] { r0 = READ_ONCE(x); r1 = READ_ONCE(a); __VA_ARGS__ }); \
  thread("P1", [&] { value<int> r = READ_ONCE(y); WRITE_ONCE(x, r); WRITE_ONCE(a, r); }); finally([&] { exists("lb", e); }); }
LB(other_var, r0 == 1, int t = 1; int u = 0; if (r0) u = 1; else t = 0; (void)u; if (t) WRITE_ONCE(y, 1);)
LB(other_write, r0 == 1, int t = 1; if (r0) WRITE_ONCE(z, 1); else t = 0; if (t) WRITE_ONCE(y, 1);)
LB(inner_if, r0 == 1 && r1 == 0, int v = 1; if (r0) { if (r1) v = 0; } if (v) WRITE_ONCE(y, 1);)
LB(and_, r0 == 1 && r1 == 0, int v = 1; if (r0 && r1) v = 0; if (v) WRITE_ONCE(y, 1);)
LB(nested, r0 == 1 && r1 == 0, int t = 0; if (r0) { WRITE_ONCE(z, 1); if (r1) t = 1; } else { WRITE_ONCE(z, 2); if (r1) t = 1; } if (!t) WRITE_ONCE(y, 1);)
LB(loop, r0 == 1, int i = 0; int t = 1; while (t) { if (r0) t = 0; else { i++; if (i == 3) t = 0; } } if (i < 3) WRITE_ONCE(y, 1);)
// The control: here nothing but the other way does anything, and lkmc says reachable.
LB(control, r0 == 1, int t = 1; if (!r0) t = 0; if (t) WRITE_ONCE(y, 1);)
