// One variable: the tests of this folder with co in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(co_rr, unreachable("the values go backwards")) {
  shared<int> x;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(x);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the values go backwards", r0 == 1 && r1 == 0);
  });
}

LITMUS(co_rr_three, unreachable("the readers disagree")) {
  shared<int> x;
  value<int> r20, r21, r30, r31;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 2);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(x);
    r21 = READ_ONCE(x);
  });
  thread("P3", [&] {
    r30 = READ_ONCE(x);
    r31 = READ_ONCE(x);
  });
  finally([&] {
    observe("2:r0", r20);
    observe("2:r1", r21);
    observe("3:r0", r30);
    observe("3:r1", r31);
    exists("the readers disagree", r20 == 1 && r21 == 2 && r30 == 2 && r31 == 1);
  });
}

LITMUS(co_rw, unreachable("a load sees a store from behind it")) {
  shared<int> x;
  value<int> r0;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("x", x);
    exists("a load sees a store from behind it", r0 == 1 || (r0 == 2 && x == 2));
  });
}

LITMUS(co_wr, unreachable("a load sees what its thread has overwritten")) {
  shared<int> x;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    r0 = READ_ONCE(x);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("x", x);
    exists("a load sees what its thread has overwritten", r0 == 0 || (r0 == 2 && x == 1));
  });
}

LITMUS(co_ww, unreachable("the first store wins")) {
  shared<int> x;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    WRITE_ONCE(x, 2);
  });
  finally([&] {
    observe("x", x);
    exists("the first store wins", x == 1);
  });
}
