// RCU and SRCU.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

void grace_period(bool waits) {
  shared<int> x;
  shared<int> y;
  thread("reader", [&] {
    rcu_read_lock();
    const value<int> r0 = READ_ONCE(x);
    const value<int> r1 = READ_ONCE(y);
    rcu_read_unlock();
    exists("split", r0 == 1 && r1 == 0);
  });
  thread("updater", [&] {
    WRITE_ONCE(y, 1);
    if (waits) synchronize_rcu();
    WRITE_ONCE(x, 1);
  });
}
LITMUS(rcu_grace_period) { grace_period(true); }
LITMUS(rcu_no_grace_period) { grace_period(false); }
LITMUS(srcu_grace_period) {
  auto& s = make<srcu_struct>();
  shared<int> x;
  shared<int> y;
  thread("reader", [&] {
    const value<int> index = srcu_read_lock(&s);
    const value<int> r0 = READ_ONCE(x);
    const value<int> r1 = READ_ONCE(y);
    srcu_read_unlock(&s, index);
    exists("split", r0 == 1 && r1 == 0);
  });
  thread("updater", [&] {
    WRITE_ONCE(y, 1);
    synchronize_srcu(&s);
    WRITE_ONCE(x, 1);
  });
}
struct node {
  shared<int> x;
};
LITMUS(rcu_publishes) {
  auto& n = make<node>();
  shared<node*> head;
  thread("writer", [&] {
    n.x = 1;
    rcu_assign_pointer(head, &n);
  });
  thread("reader", [&] {
    rcu_read_lock();
    const value<node*> p = rcu_dereference(head);
    IF (p != nullptr) CHECK_INVARIANT(READ_ONCE(p->x) == 1, "initialised");
    rcu_read_unlock();
  });
}
LITMUS(rcu_sleeps) {
  thread("a", [&] {
    rcu_read_lock();
    synchronize_rcu();
    rcu_read_unlock();
  });
}
LITMUS(rcu_never_unlocks) {
  thread("a", [&] { rcu_read_lock(); });
}
LITMUS(rcu_unlocks_twice) {
  thread("a", [&] {
    rcu_read_lock();
    rcu_read_lock();
    rcu_read_unlock();
    rcu_read_unlock();
    rcu_read_unlock();
  });
}

TEST_CASE("a grace period waits for the readers before it") {
  CHECK_FALSE(run("rcu_grace_period").reaches("split"));
  CHECK(run("rcu_no_grace_period").reaches("split"));
  CHECK_FALSE(run("srcu_grace_period").reaches("split"));
}
TEST_CASE("rcu_assign_pointer() and rcu_dereference() publish an object") {
  const Outcome o = run("rcu_publishes");
  CHECK(o.executions == 2);
  CHECK(o.failures.empty());
}
TEST_CASE("mistakes with read-side critical sections are explained") {
  CHECK(run("rcu_sleeps").fails_with("synchronize_rcu() inside an RCU read-side critical section"));
  CHECK(run("rcu_never_unlocks").fails_with("the thread ends inside an RCU read-side critical section"));
  CHECK(run("rcu_unlocks_twice").fails_with("rcu_read_unlock() without rcu_read_lock()"));
}

}  // namespace
}  // namespace lkmc
