// Counters: the tests of this folder with rmw, lock and trylock in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(rmw_add_unless, unreachable("a reference to what is gone")) {
  atomic_t x{shared<int>(1)};
  value<bool> r0, r1;
  thread("P0", [&] {
    r0 = atomic_add_unless(&x, 1, 0);
  });
  thread("P1", [&] {
    r1 = atomic_dec_and_test(&x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("a reference to what is gone", r0 && r1);
  });
}

LITMUS(rmw_cmpxchg_once, unreachable("both succeed")) {
  shared<int> x;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = cmpxchg_relaxed(&x, 0, 1);
  });
  thread("P1", [&] {
    r1 = cmpxchg_relaxed(&x, 0, 2);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("both succeed", r0 == 0 && r1 == 0);
  });
}

LITMUS(rmw_counter, holds) {
  atomic_t x;
  thread("P0", [&] {
    atomic_inc(&x);
  });
  thread("P1", [&] {
    atomic_inc(&x);
  });
  finally([&] {
    observe("x", atomic_read(&x));
    CHECK_INVARIANT(atomic_read(&x) == 2, "no increment is lost");
  });
}

LITMUS(rmw_dec_and_test, holds) {
  atomic_t x{shared<int>(2)};
  value<bool> r0, r1;
  thread("P0", [&] {
    r0 = atomic_dec_and_test(&x);
  });
  thread("P1", [&] {
    r1 = atomic_dec_and_test(&x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    CHECK_INVARIANT(r0 != r1, "exactly one drops the last reference");
  });
}

LITMUS(rmw_lost_update, reachable("an increment is lost")) {
  shared<int> x;
  thread("P0", [&] {
    const value<int> r0 = READ_ONCE(x);
    WRITE_ONCE(x, r0 + 1);
  });
  thread("P1", [&] {
    const value<int> r0 = READ_ONCE(x);
    WRITE_ONCE(x, r0 + 1);
  });
  finally([&] {
    observe("x", x);
    exists("an increment is lost", x == 1);
  });
}

LITMUS(lock_counter, holds) {
  shared<int> x;
  spinlock_t l;
  thread("P0", [&] {
    spin_lock(&l);
    x = x + 1;
    spin_unlock(&l);
  });
  thread("P1", [&] {
    spin_lock(&l);
    x = x + 1;
    spin_unlock(&l);
  });
  finally([&] {
    observe("x", x);
    CHECK_INVARIANT(x == 2, "no increment is lost");
  });
}

LITMUS(trylock_exclusive, unreachable("both are the first")) {
  shared<int> x;
  spinlock_t l;
  value<bool> r00, r10;
  value<int> r01 = -1, r11 = -1;
  thread("P0", [&] {
    r00 = spin_trylock(&l);
    IF (r00) {
      r01 = x;
      x = 1;
      spin_unlock(&l);
    }
  });
  thread("P1", [&] {
    r10 = spin_trylock(&l);
    IF (r10) {
      r11 = x;
      x = 1;
      spin_unlock(&l);
    }
  });
  finally([&] {
    observe("0:r0", r00);
    observe("0:r1", r01);
    observe("1:r0", r10);
    observe("1:r1", r11);
    exists("both are the first", r00 && r10 && r01 == 0 && r11 == 0);
  });
}
