// Message passing: the tests of this folder with mp (and spin-on-flag) in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(mp_once, reachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_wmb_once, reachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_wmb();
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_wmb_rmb, unreachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_wmb();
    WRITE_ONCE(y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    smp_rmb();
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_release_acquire, unreachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r0 = smp_load_acquire(&y);
    r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_release_ctrl, reachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1 = 1;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r0 = READ_ONCE(y);
    IF (r0) r1 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_plain_guarded, unreachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r0, r1 = -1;
  thread("P0", [&] {
    x = 1;
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r0 = smp_load_acquire(&y);
    IF (r0) r1 = x;
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_plain_race, races, reachable("nothing is seen")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    x = 1;
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r0 = smp_load_acquire(&y);
    r1 = x;
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("nothing is seen", r0 == 0 && r1 == 0);
  });
}

LITMUS(mp_assign_deref, unreachable("the new object without its content")) {
  auto& old = make<shared<int>>(2);
  auto& fresh = make<shared<int>>(0);
  shared<shared<int>*> p{&old};
  value<shared<int>*> r0;
  value<int> r1;
  thread("P0", [&] {
    WRITE_ONCE(fresh, 1);
    rcu_assign_pointer(p, &fresh);
  });
  thread("P1", [&] {
    r0 = rcu_dereference(p);
    r1 = READ_ONCE(*r0);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the new object without its content", r0 == &fresh && r1 == 0);
  });
}

LITMUS(mp_deref_dropped, reachable("the new object without its content")) {
  auto& old = make<shared<int>>(2);
  auto& fresh = make<shared<int>>(0);
  shared<shared<int>*> p{&old};
  value<shared<int>*> r0;
  value<int> r1;
  thread("P0", [&] {
    WRITE_ONCE(fresh, 1);
    rcu_assign_pointer(p, &fresh);
  });
  thread("P1", [&] {
    r0 = rcu_dereference(p);
    r1 = READ_ONCE(fresh);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the new object without its content", r0 == &fresh && r1 == 0);
  });
}

LITMUS(mp_locks, unreachable("the flag without the data")) {
  shared<int> x, y;
  spinlock_t l;
  value<int> r0, r1;
  thread("P0", [&] {
    spin_lock(&l);
    WRITE_ONCE(x, 1);
    WRITE_ONCE(y, 1);
    spin_unlock(&l);
  });
  thread("P1", [&] {
    spin_lock(&l);
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
    spin_unlock(&l);
  });
  finally([&] {
    observe("1:r0", r0);
    observe("1:r1", r1);
    exists("the flag without the data", r0 == 1 && r1 == 0);
  });
}

LITMUS(mp_release_overwritten, reachable("the flag without the data")) {
  shared<int> x, y;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    r10 = READ_ONCE(y);
    WRITE_ONCE(y, 2);
  });
  thread("P2", [&] {
    r20 = smp_load_acquire(&y);
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the flag without the data", r10 == 1 && r20 == 2 && r21 == 0);
  });
}

LITMUS(mp_release_sequence, unreachable("the flag without the data")) {
  shared<int> x;
  atomic_t y;
  value<int> r10, r20, r21;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    atomic_set_release(&y, 1);
  });
  thread("P1", [&] {
    r10 = atomic_add_return_relaxed(1, &y);
  });
  thread("P2", [&] {
    r20 = atomic_read_acquire(&y);
    r21 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r10);
    observe("2:r0", r20);
    observe("2:r1", r21);
    exists("the flag without the data", r10 == 2 && r20 == 2 && r21 == 0);
  });
}

LITMUS(spin_on_flag, unreachable("the data is missing")) {
  shared<int> x, y;
  value<int> r0;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&y, 1);
  });
  thread("P1", [&] {
    (void)smp_cond_load_acquire(&y, VAL != 0);
    r0 = READ_ONCE(x);
  });
  finally([&] {
    observe("1:r0", r0);
    exists("the data is missing", r0 == 0);
  });
}
