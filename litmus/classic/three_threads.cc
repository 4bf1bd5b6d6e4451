// Three threads and more: the tests of this folder with iriw, wrc and isa2 in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(iriw_once, reachable("the readers disagree")) {
  shared<int> x, y;
  value<int> r20, r21, r30, r31;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(x);
    r21 = READ_ONCE(y);
  });
  thread("P3", [&] {
    r30 = READ_ONCE(y);
    r31 = READ_ONCE(x);
  });
  finally([&] {
    observe("2:r0", r20);
    observe("2:r1", r21);
    observe("3:r0", r30);
    observe("3:r1", r31);
    exists("the readers disagree", r20 == 1 && r21 == 0 && r30 == 1 && r31 == 0);
  });
}

LITMUS(iriw_acquire, reachable("the readers disagree")) {
  shared<int> x, y;
  value<int> r20, r21, r30, r31;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
  });
  thread("P2", [&] {
    r20 = smp_load_acquire(&x);
    r21 = READ_ONCE(y);
  });
  thread("P3", [&] {
    r30 = smp_load_acquire(&y);
    r31 = READ_ONCE(x);
  });
  finally([&] {
    observe("2:r0", r20);
    observe("2:r1", r21);
    observe("3:r0", r30);
    observe("3:r1", r31);
    exists("the readers disagree", r20 == 1 && r21 == 0 && r30 == 1 && r31 == 0);
  });
}

LITMUS(iriw_mb, unreachable("the readers disagree")) {
  shared<int> x, y;
  value<int> r20, r21, r30, r31;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(x);
    smp_mb();
    r21 = READ_ONCE(y);
  });
  thread("P3", [&] {
    r30 = READ_ONCE(y);
    smp_mb();
    r31 = READ_ONCE(x);
  });
  finally([&] {
    observe("2:r0", r20);
    observe("2:r1", r21);
    observe("3:r0", r30);
    observe("3:r1", r31);
    exists("the readers disagree", r20 == 1 && r21 == 0 && r30 == 1 && r31 == 0);
  });
}

LITMUS(wrc_once, reachable("the chain loses the first store")) {
  shared<int> x, y;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    r10 = READ_ONCE(x);
    WRITE_ONCE(y, 1);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(y);
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the chain loses the first store", r10 == 1 && r20 == 1 && r21 == 0);
  });
}

LITMUS(wrc_data_rmb, reachable("the chain loses the first store")) {
  shared<int> x, y;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    r10 = READ_ONCE(x);
    WRITE_ONCE(y, r10);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(y);
    smp_rmb();
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the chain loses the first store", r10 == 1 && r20 == 1 && r21 == 0);
  });
}

LITMUS(wrc_release_rmb, unreachable("the chain loses the first store")) {
  shared<int> x, y;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
  });
  thread("P1", [&] {
    r10 = READ_ONCE(x);
    smp_store_release(&y, 1);
  });
  thread("P2", [&] {
    r20 = READ_ONCE(y);
    smp_rmb();
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the chain loses the first store", r10 == 1 && r20 == 1 && r21 == 0);
  });
}

LITMUS(isa2_release_acquire, unreachable("the chain loses the first store")) {
  shared<int> x, y, z;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r10 = smp_load_acquire(&y);
    smp_store_release(&z, 1);
  });
  thread("P2", [&] {
    r20 = smp_load_acquire(&z);
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the chain loses the first store", r10 == 1 && r20 == 1 && r21 == 0);
  });
}
