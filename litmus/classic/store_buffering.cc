// Store buffering: the tests of this folder with sb in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(sb_once, reachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_mb, unreachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_mb();
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_one_mb, reachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_mb();
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_release_acquire, reachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    smp_store_release(&x, 1);
    r0 = smp_load_acquire(&y);
  });
  thread("P1", [&] {
    smp_store_release(&y, 1);
    r1 = smp_load_acquire(&x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_store_mb, unreachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    smp_store_mb(x, 1);
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    smp_store_mb(y, 1);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_xchg, unreachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    (void)xchg(&x, 1);
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    (void)xchg(&y, 1);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_xchg_relaxed, reachable("neither sees the other")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    (void)xchg_relaxed(&x, 1);
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    (void)xchg_relaxed(&y, 1);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_cmpxchg_failed, reachable("neither sees the other")) {
  shared<int> x, y, z;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    (void)cmpxchg(&z, 7, 8);
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    (void)cmpxchg(&z, 7, 8);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_atomic_inc, reachable("neither sees the other")) {
  atomic_t x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    atomic_inc(&x);
    r0 = atomic_read(&y);
  });
  thread("P1", [&] {
    atomic_inc(&y);
    r1 = atomic_read(&x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_after_atomic, unreachable("neither sees the other")) {
  atomic_t x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    atomic_inc(&x);
    smp_mb__after_atomic();
    r0 = atomic_read(&y);
  });
  thread("P1", [&] {
    atomic_inc(&y);
    smp_mb__after_atomic();
    r1 = atomic_read(&x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_locks, unreachable("neither sees the other")) {
  shared<int> x, y;
  spinlock_t l;
  value<int> r0, r1;
  thread("P0", [&] {
    spin_lock(&l);
    WRITE_ONCE(x, 1);
    r0 = READ_ONCE(y);
    spin_unlock(&l);
  });
  thread("P1", [&] {
    spin_lock(&l);
    WRITE_ONCE(y, 1);
    r1 = READ_ONCE(x);
    spin_unlock(&l);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_before_lock, reachable("neither sees the other")) {
  shared<int> x, y;
  spinlock_t l;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    spin_lock(&l);
    r0 = READ_ONCE(y);
    spin_unlock(&l);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}

LITMUS(sb_after_spinlock, unreachable("neither sees the other")) {
  shared<int> x, y;
  spinlock_t l;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    spin_lock(&l);
    smp_mb__after_spinlock();
    r0 = READ_ONCE(y);
    spin_unlock(&l);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    exists("neither sees the other", r0 == 0 && r1 == 0);
  });
}
