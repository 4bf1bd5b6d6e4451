// SLOW. Right: few executions (.litmus twin scan4.litmus: 1). In C, three flags 1.2 s and 13 executions; four: see report; six: no verdict in 40 s.
#include <lkmc/test.h>
static int s[6];
static void scan4(void) { int n = 0; while (n < 4) { n = 0; for (int i = 0; i < 4; i++) if (READ_ONCE(s[i])) n++; } }
static void w4(void) { for (int i = 0; i < 4; i++) WRITE_ONCE(s[i], 1); }
static void scan4u(void) { int n = 0; while (n < 4) { n = 0; if (READ_ONCE(s[0])) n++; if (READ_ONCE(s[1])) n++; if (READ_ONCE(s[2])) n++; if (READ_ONCE(s[3])) n++; } }
static struct lkmc_case cases[] = { {.name="scan4",.threads={THREAD(scan4),THREAD(w4)}}, {.name="scan4u",.threads={THREAD(scan4u),THREAD(w4)}} };
