// The order of stores: the tests of this folder with 2+2w, r and s in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(2_2w_once, reachable("both first stores win")) {
  shared<int> x, y;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    WRITE_ONCE(y, 2);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("x", x);
    observe("y", y);
    exists("both first stores win", x == 1 && y == 1);
  });
}

LITMUS(2_2w_wmb, reachable("both first stores win")) {
  shared<int> x, y;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_wmb();
    WRITE_ONCE(y, 2);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    smp_wmb();
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("x", x);
    observe("y", y);
    exists("both first stores win", x == 1 && y == 1);
  });
}

LITMUS(2_2w_mb, unreachable("both first stores win")) {
  shared<int> x, y;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_mb();
    WRITE_ONCE(y, 2);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("x", x);
    observe("y", y);
    exists("both first stores win", x == 1 && y == 1);
  });
}

LITMUS(r_mb, unreachable("P1 comes last and misses the data")) {
  shared<int> x, y;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_mb();
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 2);
    smp_mb();
    r0 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("y", y);
    exists("P1 comes last and misses the data", y == 2 && r0 == 0);
  });
}

LITMUS(r_wmb_mb, reachable("P1 comes last and misses the data")) {
  shared<int> x, y;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_wmb();
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 2);
    smp_mb();
    r0 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("y", y);
    exists("P1 comes last and misses the data", y == 2 && r0 == 0);
  });
}

LITMUS(s_once, reachable("the later store is overwritten by the earlier")) {
  shared<int> x, y;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 2);
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    WRITE_ONCE(x, 1);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("x", x);
    exists("the later store is overwritten by the earlier", r0 == 1 && x == 2);
  });
}

LITMUS(s_wmb_data, unreachable("the later store is overwritten by the earlier")) {
  shared<int> x, y;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 2);
    smp_wmb();
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    WRITE_ONCE(x, r0);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("x", x);
    exists("the later store is overwritten by the earlier", r0 == 1 && x == 2);
  });
}
