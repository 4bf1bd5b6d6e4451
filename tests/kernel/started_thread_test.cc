// SPDX-License-Identifier: Apache-2.0
// Threads that threads start and join: what they see, when there are any, and what they may use.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct data {
  shared<int> x, y, z;
  spinlock_t lock;
};

LITMUS(started_sees) {
  auto& m = make<data>();
  thread("outer", [&] {
    m.x = 1;
    thread("inner", [&] {
      CHECK_INVARIANT(m.x == 1, "the start is a release");
      WRITE_ONCE(m.y, 1);
    });
  });
  finally([&] { exists("done", m.y == 1); });
}
LITMUS(started_by_once) {  // without the start, for comparison
  auto& m = make<data>();
  thread("outer", [&] {
    WRITE_ONCE(m.x, 1);
    WRITE_ONCE(m.y, 1);
  });
  thread("inner", [&] {
    IF (READ_ONCE(m.y) == 1) CHECK_INVARIANT(READ_ONCE(m.x) == 1, "no release");
  });
}

TEST_CASE("a started thread sees what its starter has done before, and runs") {
  const Outcome o = run("started_sees");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.flags.empty());
  CHECK(o.reaches("done"));
  CHECK(run("started_by_once").failures == std::set<std::string>{"no release"});
}

LITMUS(started_in_a_branch) {
  auto& m = make<data>();
  thread("P0", [&] { WRITE_ONCE(m.x, 1); });
  thread("outer", [&] {
    IF (READ_ONCE(m.x) == 1) {
      thread("inner", [&] { WRITE_ONCE(m.y, 1); });
    }
    ELSE { WRITE_ONCE(m.z, 1); }
  });
  finally([&] {
    CHECK_INVARIANT((m.y == 1) != (m.z == 1), "only one of the two ways");
    exists("started", m.y == 1);
  });
}

TEST_CASE("a thread is there only on the way on which it is started") {
  const Outcome o = run("started_in_a_branch");
  CHECK(o.executions == 2);
  CHECK(o.final_failures.empty());
  CHECK(o.reaches("started"));
}

LITMUS(started_with_a_value) {
  auto& m = make<data>();
  thread("P0", [&] { WRITE_ONCE(m.x, 7); });
  thread("outer", [&] {
    value<int> r = READ_ONCE(m.x);
    value<int> s = r + 1;
    thread("inner", [&] { WRITE_ONCE(m.y, s); });
    observe("r", r);
  });
  finally([&] {
    observe("y", m.y);
    exists("8", m.y == 8);
    exists("1", m.y == 1);
    exists("other", m.y != 1 && m.y != 8);
  });
}

TEST_CASE("a started thread may use what its starter has read") {
  const Outcome o = run("started_with_a_value");
  CHECK(o.executions == 2);
  CHECK(o.reaches("8"));
  CHECK(o.reaches("1"));
  CHECK(!o.reaches("other"));
}

LITMUS(joined) {
  auto& m = make<data>();
  thread("outer", [&] {
    auto t = thread("inner", [&] { m.x = 1; });
    t.join();
    CHECK_INVARIANT(m.x == 1, "joined");
  });
}
LITMUS(not_joined) {
  auto& m = make<data>();
  thread("outer", [&] {
    thread("inner", [&] { WRITE_ONCE(m.x, 1); });
    CHECK_INVARIANT(READ_ONCE(m.x) == 1, "not joined");
  });
}
LITMUS(joins_one_of_the_set_up) {
  auto& m = make<data>();
  auto t = thread("P0", [&] { m.x = 1; });
  thread("P1", [&] {
    t.join();
    CHECK_INVARIANT(m.x == 1, "joined");
  });
}

TEST_CASE("who joins a thread sees what it has done") {
  for (const char* test : {"joined", "joins_one_of_the_set_up"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.failures.empty());
    CHECK(o.flags.empty());
  }
  CHECK(run("not_joined").failures == std::set<std::string>{"not joined"});
}

LITMUS(started_by_a_started_one) {
  auto& m = make<data>();
  thread("P0", [&] { WRITE_ONCE(m.x, 1); });
  thread("outer", [&] {
    value<int> r = READ_ONCE(m.x);
    auto t = thread("middle", [&] {
      value<int> s = READ_ONCE(m.x);
      auto u = thread("inner", [&] { WRITE_ONCE(m.y, r * 10 + s); });
      u.join();
      WRITE_ONCE(m.z, READ_ONCE(m.y));
    });
    t.join();
    const value<int> z = READ_ONCE(m.z);
    CHECK_INVARIANT(z != 10, "reads of one variable go forward");
    exists("0", z == 0);
    exists("1", z == 1);
    exists("11", z == 11);
  });
}

TEST_CASE("a started thread starts another one") {
  const Outcome o = run("started_by_a_started_one");
  CHECK(o.executions == 3);
  CHECK(o.failures.empty());
  for (const char* condition : {"0", "1", "11"}) CHECK(o.reaches(condition));
}

LITMUS(started_in_a_loop) {
  auto& m = make<data>();
  thread("outer", [&] {
    thread_handle all[2];
    for (auto& t : all) {
      t = thread("adder", [&] {
        spin_lock(&m.lock);
        m.x += 1;
        spin_unlock(&m.lock);
      });
    }
    for (auto& t : all) t.join();
    CHECK_INVARIANT(m.x == 2, "both have added");
  });
}

TEST_CASE("threads are started in a loop") {
  const Outcome o = run("started_in_a_loop");
  CHECK(o.executions == 2);
  CHECK(o.failures.empty());
  CHECK(o.flags.empty());
}

// What the starter does before must not happen twice, and what it decides there is the same in both.
struct counters {
  shared<int> n, seen;
  spinlock_t lock;
  mutex m;
  atomic_t a;
  shared<data*> p;
};
LITMUS(starter_has_done_much) {
  auto& c = make<counters>();
  thread("P0", [&] {
    (void)atomic_inc_return(&c.a);
    spin_lock(&c.lock);
    spin_unlock(&c.lock);
  });
  thread("outer", [&] {
    (void)atomic_inc_return(&c.a);
    mutex_lock(&c.m);
    c.n += 1;
    mutex_unlock(&c.m);
    int taken = 0;
    IF (spin_trylock(&c.lock)) {
      taken = 1;
      spin_unlock(&c.lock);
    }
    value<data*> p = kzalloc<data>();
    WRITE_ONCE(c.p, p);
    auto t = thread("inner", [&] {
      WRITE_ONCE(p->x, taken + 1);
      WRITE_ONCE(c.seen, c.n);
    });
    t.join();
    CHECK_INVARIANT(READ_ONCE(p->x) == taken + 1, "the same way");
    CHECK_INVARIANT(READ_ONCE(c.seen) == 1, "once");
  });
  finally([&] { CHECK_INVARIANT(c.a.counter == 2 && c.n == 1, "nothing twice"); });
}

TEST_CASE("what the starter does is done once") {
  const Outcome o = run("starter_has_done_much");
  CHECK(o.executions > 0);
  CHECK(o.failures.empty());
  CHECK(o.final_failures.empty());
  CHECK(!o.bound_hit);
}

LITMUS(inner_waits_for_ever) {
  auto& m = make<data>();
  thread("outer", [&] {
    auto t = thread("inner", [&] { smp_cond_load_relaxed(&m.x, VAL == 1); });
    t.join();
    WRITE_ONCE(m.x, 1);
  });
}
LITMUS(inner_fails) {
  auto& m = make<data>();
  thread("outer", [&] {
    WRITE_ONCE(m.x, 1);
    CHECK_INVARIANT(false, "outer");
    thread("inner", [&] { CHECK_INVARIANT(READ_ONCE(m.x) == 0, "inner"); });
  });
}
LITMUS(stopped) {
  auto& m = make<data>();
  thread("outer", [&] {
    auto t = thread("inner", [&] {
      WHILE (!kthread_should_stop()) cpu_relax();
      m.x = 1;
    });
    kthread_stop(t);
    CHECK_INVARIANT(m.x == 1, "stopped");
  });
}

TEST_CASE("what a started thread does is told like that of others") {
  const Outcome waits = run("inner_waits_for_ever");
  CHECK(waits.executions == 0);
  CHECK(waits.blocked.size() == 2);
  CHECK(run("inner_fails").failures == std::set<std::string>{"outer", "inner"});
  const Outcome stopped = run("stopped");
  CHECK(stopped.failures.empty());
  CHECK(stopped.executions > 0);
  CHECK(stopped.flags.empty());
}

LITMUS(assigns_to_its_starter) {
  auto& m = make<data>();
  thread("outer", [&] {
    value<int> r = 0;
    auto t = thread("inner", [&] { r = READ_ONCE(m.x); });
    t.join();
    CHECK_INVARIANT(r == 0, "r");
  });
}
LITMUS(joins_nothing) {
  thread("outer", [&] {
    thread_handle t;
    t.join();
  });
}
LITMUS(started_in_finally) {
  auto& m = make<data>();
  finally([&] { thread("late", [&] { WRITE_ONCE(m.x, 1); }); });
}

TEST_CASE("mistakes with threads") {
  CHECK(run("assigns_to_its_starter").fails_with("a thread assigns to a variable of the thread that has started it"));
  CHECK(run("joins_nothing").fails_with("join() of a thread that was never started"));
  CHECK(!run("started_in_finally").final_failures.empty());
}

}  // namespace
}  // namespace lkmc
