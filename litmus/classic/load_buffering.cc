// Load buffering: the tests of this folder with lb in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(lb_once, reachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    WRITE_ONCE(x, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_data, unreachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    WRITE_ONCE(y, r0);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    WRITE_ONCE(x, r1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_acquire_data, unreachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = smp_load_acquire(&x);
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    WRITE_ONCE(x, r1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_false_dependency, unreachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    WRITE_ONCE(y, 1 + (r0 ^ r0));
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    WRITE_ONCE(x, r1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_ctrl, unreachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    IF (r0) WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    IF (r1) WRITE_ONCE(x, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_ctrl_joined, reachable("both see what comes later")) {
  shared<int> x, y;
  value<int> r0, r1, taken0, taken1;
  thread("P0", [&] {
    r0 = READ_ONCE(x);
    IF (r0) taken0 = 1;
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    IF (r1) taken1 = 1;
    WRITE_ONCE(x, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == 1 && r1 == 1);
  });
}

LITMUS(lb_addr, unreachable("both see what comes later")) {
  auto& u = make<shared<int>>();
  auto& y = make<shared<int>>();
  shared<shared<int>*> p{&u};
  value<shared<int>*> r0;
  value<int> r1;
  thread("P0", [&] {
    r0 = READ_ONCE(p);
    WRITE_ONCE(*r0, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(y);
    IF (r1) smp_store_release(&p, &y);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both see what comes later", r0 == &y && r1 == 1);
  });
}
