// Grace periods: the tests of this folder with rcu and srcu in their names, in C++.
//
// Each LITMUS is the twin of the .litmus file of its name (with `_` for `-`), which explains it: it has the same
// executions and final states. tests/kernel/agreement_test.cc compares the two.
#include "lkmc/litmus.h"

using namespace lkmc;

LITMUS(rcu_grace_period, unreachable("a section sees the end of a grace period, but not what came before")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    rcu_read_lock();
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
    rcu_read_unlock();
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 1);
    synchronize_rcu();
    WRITE_ONCE(y, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("a section sees the end of a grace period, but not what came before", r0 == 1 && r1 == 0);
  });
}

LITMUS(rcu_empty_section, unreachable("a section sees the end of a grace period, but not what came before")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(y);
    rcu_read_lock();
    rcu_read_unlock();
    r1 = READ_ONCE(x);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 1);
    synchronize_rcu();
    WRITE_ONCE(y, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("a section sees the end of a grace period, but not what came before", r0 == 1 && r1 == 0);
  });
}

LITMUS(rcu_no_section, reachable("the loads are out of order")) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 1);
    synchronize_rcu();
    WRITE_ONCE(y, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("the loads are out of order", r0 == 1 && r1 == 0);
  });
}

LITMUS(rcu_deferred_free, unreachable("the reader sees its object reused")) {
  auto& y = make<shared<int>>(1);
  auto& z = make<shared<int>>(2);
  shared<shared<int>*> p{&y};
  value<shared<int>*> r0;
  value<int> r1;
  thread("P0", [&] {
    rcu_read_lock();
    r0 = rcu_dereference(p);
    r1 = READ_ONCE(*r0);
    rcu_read_unlock();
  });
  thread("P1", [&] {
    rcu_assign_pointer(p, &z);
    synchronize_rcu();
    WRITE_ONCE(y, 0);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("the reader sees its object reused", r0 == &y && r1 == 0);
  });
}

LITMUS(rcu_two_sections_one_grace_period, reachable("nobody sees the others")) {
  shared<int> x, y, z;
  value<int> r0, r1, r2;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    synchronize_rcu();
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    rcu_read_lock();
    WRITE_ONCE(y, 1);
    r1 = READ_ONCE(z);
    rcu_read_unlock();
  });
  thread("P2", [&] {
    rcu_read_lock();
    WRITE_ONCE(z, 1);
    r2 = READ_ONCE(x);
    rcu_read_unlock();
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    observe("2:r0", r2);
    exists("nobody sees the others", r0 == 0 && r1 == 0 && r2 == 0);
  });
}

LITMUS(rcu_two_sections_two_grace_periods, unreachable("nobody sees the others")) {
  shared<int> x, y, z, w;
  value<int> r0, r1, r2, r3;
  thread("P0", [&] {
    WRITE_ONCE(x, 1);
    synchronize_rcu();
    r0 = READ_ONCE(y);
  });
  thread("P1", [&] {
    WRITE_ONCE(y, 1);
    synchronize_rcu();
    r1 = READ_ONCE(z);
  });
  thread("P2", [&] {
    rcu_read_lock();
    WRITE_ONCE(z, 1);
    r2 = READ_ONCE(w);
    rcu_read_unlock();
  });
  thread("P3", [&] {
    rcu_read_lock();
    WRITE_ONCE(w, 1);
    r3 = READ_ONCE(x);
    rcu_read_unlock();
  });
  finally([&] {
    observe("0:r0", r0);
    observe("1:r0", r1);
    observe("2:r0", r2);
    observe("3:r0", r3);
    exists("nobody sees the others", r0 == 0 && r1 == 0 && r2 == 0 && r3 == 0);
  });
}

LITMUS(srcu_grace_period, unreachable("a section sees the end of a grace period, but not what came before")) {
  shared<int> x, y;
  srcu_struct s;
  value<int> r0, r1;
  thread("P0", [&] {
    const value<int> index = srcu_read_lock(&s);
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
    srcu_read_unlock(&s, index);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 1);
    synchronize_srcu(&s);
    WRITE_ONCE(y, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("a section sees the end of a grace period, but not what came before", r0 == 1 && r1 == 0);
  });
}

LITMUS(srcu_other_domain, reachable("the loads are out of order")) {
  shared<int> x, y;
  srcu_struct s, t;
  value<int> r0, r1;
  thread("P0", [&] {
    const value<int> index = srcu_read_lock(&s);
    r0 = READ_ONCE(y);
    r1 = READ_ONCE(x);
    srcu_read_unlock(&s, index);
  });
  thread("P1", [&] {
    WRITE_ONCE(x, 1);
    synchronize_srcu(&t);
    WRITE_ONCE(y, 1);
  });
  finally([&] {
    observe("0:r0", r0);
    observe("0:r1", r1);
    exists("the loads are out of order", r0 == 1 && r1 == 0);
  });
}
