// NEVER A VERDICT. One thread, no writes, one execution (all flags are 0, the first round is the last); with every --unroll lkmc says
// "inconclusive: a loop goes on beyond its bound (--unroll raises it) (0 executions)". With s[3] instead of s[4] it holds (1 execution), and so
// it does with the inner loop written out. Seemingly no rehearsed path gets out of the outer loop.
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(four, holds) { struct S { shared<int> s[4]; }; auto& m = make<S>(); thread("A", [&] { for (;;) { bool all = true; for (auto& e : m.s) if (READ_ONCE(e)) all = false; if (all) break; } }); }
LITMUS(three, holds) { struct S { shared<int> s[3]; }; auto& m = make<S>(); thread("A", [&] { for (;;) { bool all = true; for (auto& e : m.s) if (READ_ONCE(e)) all = false; if (all) break; } }); }
LITMUS(four_n, holds) { struct S { shared<int> s[4]; }; auto& m = make<S>(); thread("A", [&] { int n = 0; while (n < 4) { n = 0; for (auto& e : m.s) if (!READ_ONCE(e)) n++; } }); }
