// SPDX-License-Identifier: Apache-2.0
// A check does not change what its thread, and what the others, do: wherever it stands, the test has the same executions as
// without it, and a failure of it is found if some execution has one, whatever becomes of the threads afterwards.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct pair_of {
  shared<int> x, y, z;
};

// Load buffering: y = 1 may be seen before x is read. `check` stands between the two.
template <class F>
void load_buffering(F check) {
  auto& m = make<pair_of>();
  value<int> r0, r1;
  thread("P0", [&] {
    r0 = READ_ONCE(m.x);
    check(r0);
    WRITE_ONCE(m.y, 1);
  });
  thread("P1", [&] {
    r1 = READ_ONCE(m.y);
    WRITE_ONCE(m.x, r1);
  });
  finally([] {});  // so that what the threads have read is part of the end
}
void in_a_helper(const value<int>& r) { CHECK_INVARIANT(r == 0, "zero"); }

LITMUS(check_none) {
  load_buffering([](const value<int>&) {});
}
LITMUS(check_invariant) {
  load_buffering([](const value<int>& r) { CHECK_INVARIANT(r == 0, "zero"); });
}
LITMUS(check_warn_on) {
  load_buffering([](const value<int>& r) { WARN_ON(r != 0); });
}
LITMUS(check_helper) {
  load_buffering([](const value<int>& r) { in_a_helper(r); });
}
LITMUS(check_in_if) {
  load_buffering([](const value<int>& r) {
    IF (r != 0) CHECK_INVARIANT(false, "zero");
  });
}
LITMUS(check_in_loop) {
  load_buffering([](const value<int>& r) {
    for (int i = 0; i < 3; ++i) CHECK_INVARIANT(r == 0, "zero");
  });
}
LITMUS(check_with_and) {
  load_buffering([](const value<int>& r) { CHECK_INVARIANT(r == 0 && r != 2, "zero"); });
}
LITMUS(check_with_or) {
  load_buffering([](const value<int>& r) { WARN_ON(r == 1 || r == 2); });
}
LITMUS(check_twice) {
  load_buffering([](const value<int>& r) {
    WARN_ON(r != 0);
    CHECK_INVARIANT(r == 0, "zero");
  });
}

TEST_CASE("no placement of a check hides an execution") {
  const Outcome without = run("check_none");
  CHECK(without.executions == 4);
  for (const char* test : {"check_invariant", "check_warn_on", "check_helper", "check_in_if", "check_in_loop", "check_with_and",
                           "check_with_or", "check_twice"}) {
    CAPTURE(test);
    const Outcome with = run(test);
    CHECK(with.executions == without.executions);
    CHECK(with.ends == without.ends);
    CHECK(!with.failures.empty());
  }
  CHECK(run("check_twice").failures.size() == 2);
}

LITMUS(check_on_both_sides) {
  auto& m = make<pair_of>();
  thread("P0", [&] {
    value<int> r = READ_ONCE(m.x);
    WARN_ON(r != 0);
    WRITE_ONCE(m.y, 1);
  });
  thread("P1", [&] {
    value<int> r = READ_ONCE(m.y);
    CHECK_INVARIANT(r == 0, "P1 sees nothing");
    WRITE_ONCE(m.x, r);
  });
}

TEST_CASE("checks of several threads may fail in one execution") {
  const Outcome o = run("check_on_both_sides");
  CHECK(o.executions == 4);
  CHECK(o.failures == std::set<std::string>{"WARN_ON(r != 0)", "P1 sees nothing"});
}

LITMUS(bug_on_is_true) {
  load_buffering([](const value<int>& r) { BUG_ON(r != 0); });
}
LITMUS(bug_on_is_false) {
  load_buffering([](const value<int>& r) { BUG_ON(r == 2); });
}

TEST_CASE("behind a BUG_ON() stores are seen as early as without it") {
  const Outcome without = run("check_none");
  const Outcome never = run("bug_on_is_false");
  CHECK(never.ends == without.ends);
  CHECK(never.failures.empty());
  const Outcome o = run("bug_on_is_true");
  CHECK(o.failures == std::set<std::string>{"BUG_ON(r != 0)"});
  CHECK(o.executions == 3);  // who stops has no end
}

LITMUS(bug_on_on_both_sides) {
  auto& m = make<pair_of>();
  thread("P0", [&] {
    value<int> r = READ_ONCE(m.x);
    BUG_ON(r == 1);
    WRITE_ONCE(m.y, 1);
  });
  thread("P1", [&] {
    value<int> r = READ_ONCE(m.y);
    BUG_ON(r == 1 && r != 2);
    WRITE_ONCE(m.x, 1);
  });
}

TEST_CASE("two threads may stop at what they have seen early of each other") {
  CHECK(run("bug_on_on_both_sides").failures == std::set<std::string>{"BUG_ON(r == 1)", "BUG_ON(r == 1 && r != 2)"});
}

struct object {
  shared<int> v;
};
struct guarded {
  shared<object*> p;
  shared<int> x, y, seen;
  spinlock_t lock;
};
LITMUS(behind_bug_on) {
  auto& m = make<guarded>();
  thread("P0", [&] { WRITE_ONCE(m.x, 1); });
  thread("P1", [&] {
    value<int> r = READ_ONCE(m.x);
    BUG_ON(r == 1);
    WARN_ON(r == 1);
    CHECK_INVARIANT(r == 0, "behind");
    BUG_ON(r != 0);
    IF (r == 1) (void)READ_ONCE(m.p->v);  // null
  });
  finally([&] { CHECK_INVARIANT(m.x == 0, "x is set"); });
}
LITMUS(seen_behind_bug_on) {
  auto& m = make<guarded>();
  thread("P0", [&] {
    value<int> r = READ_ONCE(m.x);
    WRITE_ONCE(m.seen, r);
    BUG_ON(r == 1);
    smp_store_release(&m.y, 1);
  });
  thread("P1", [&] {
    WRITE_ONCE(m.x, 1);
    IF (smp_load_acquire(&m.y) == 1) WARN_ON(READ_ONCE(m.seen) == 1);
  });
}
LITMUS(waits_behind_bug_on) {
  auto& m = make<guarded>();
  thread("P0", [&] {
    value<int> r = READ_ONCE(m.x);
    BUG_ON(r == 1);
    IF (r == 1) smp_cond_load_relaxed(&m.y, VAL == 1);
  });
  thread("P1", [&] { WRITE_ONCE(m.x, 1); });
}
LITMUS(loops_behind_bug_on) {
  auto& m = make<guarded>();
  thread("P0", [&] {
    value<int> r = READ_ONCE(m.x);
    BUG_ON(r == 1);
    WHILE (r == 1) WRITE_ONCE(m.y, 1);
  });
  thread("P1", [&] { WRITE_ONCE(m.x, 1); });
}
LITMUS(frees_behind_bug_on) {
  thread("P0", [&] {
    value<object*> p = kzalloc<object>();
    value<int> r = READ_ONCE(p->v);
    BUG_ON(r == 0);
    kfree(p);
    (void)READ_ONCE(p->v);
  });
}
LITMUS(bug_on_a_constant) {
  auto& m = make<guarded>();
  thread("P0", [&] {
    IF (READ_ONCE(m.x) == 1) {
      BUG_ON(true);
      WARN_ON(true);
    }
  });
  thread("P1", [&] { WRITE_ONCE(m.x, 1); });
}

TEST_CASE("what comes behind a failed BUG_ON() does not happen") {
  const Outcome behind = run("behind_bug_on");
  CHECK(behind.failures == std::set<std::string>{"BUG_ON(r == 1)"});
  CHECK(behind.executions == 1);
  CHECK(behind.final_failures == std::set<std::string>{"x is set"});  // where P1 has read before
  CHECK(run("seen_behind_bug_on").failures == std::set<std::string>{"BUG_ON(r == 1)"});
  const Outcome waits = run("waits_behind_bug_on");
  CHECK(waits.failures == std::set<std::string>{"BUG_ON(r == 1)"});
  CHECK(waits.blocked.empty());
  const Outcome loops = run("loops_behind_bug_on", 2);
  CHECK(loops.failures == std::set<std::string>{"BUG_ON(r == 1)"});
  CHECK(!loops.bound_hit);
  CHECK(run("frees_behind_bug_on").failures == std::set<std::string>{"BUG_ON(r == 0)"});
  CHECK(run("bug_on_a_constant").failures == std::set<std::string>{"BUG_ON(true)"});
}

LITMUS(bug_on_stops) {
  auto& m = make<pair_of>();
  thread("P0", [&] { WRITE_ONCE(m.x, 1); });
  thread("P1", [&] {
    BUG_ON(READ_ONCE(m.x) == 1);
    WRITE_ONCE(m.y, 1);
  });
  thread("P2", [&] {
    value<int> r = READ_ONCE(m.y);
    value<int> s = READ_ONCE(m.x);
    WARN_ON(r == 0 && s == 1);
  });
}

TEST_CASE("a check of another thread is judged also where a thread stops") {
  const Outcome o = run("bug_on_stops");
  CHECK(o.failures == std::set<std::string>{"BUG_ON(READ_ONCE(m.x) == 1)", "WARN_ON(r == 0 && s == 1)"});
}

LITMUS(check_before_a_failure) {
  auto& m = make<pair_of>();
  thread("P0", [&] { BUG_ON(READ_ONCE(m.z) == 0); });
  thread("P1", [&] { WRITE_ONCE(m.x, 1); });
  thread("P2", [&] { WARN_ON(READ_ONCE(m.x) == 1); });
}

TEST_CASE("a check is judged in all executions in which another thread fails") {
  CHECK(run("check_before_a_failure").failures == std::set<std::string>{"BUG_ON(READ_ONCE(m.z) == 0)", "WARN_ON(READ_ONCE(m.x) == 1)"});
}

struct locks {
  spinlock_t a, b;
  shared<int> x;
};
LITMUS(check_before_a_deadlock) {
  auto& m = make<locks>();
  thread("P0", [&] {
    WRITE_ONCE(m.x, 1);
    smp_cond_load_relaxed(&m.x, VAL == 2);
  });
  thread("P1", [&] { WARN_ON(READ_ONCE(m.x) == 1); });
}
LITMUS(check_before_a_bound) {
  auto& m = make<pair_of>();
  thread("P0", [&] {
    WRITE_ONCE(m.x, 1);
    while (READ_ONCE(m.x) == 1) WRITE_ONCE(m.z, 1);
  });
  thread("P1", [&] { WARN_ON(READ_ONCE(m.x) == 1); });
}

TEST_CASE("a check is judged where threads never end") {
  const Outcome waits = run("check_before_a_deadlock");
  CHECK(waits.executions == 0);
  CHECK(waits.failures == std::set<std::string>{"WARN_ON(READ_ONCE(m.x) == 1)"});
  const Outcome bound = run("check_before_a_bound", 2);
  CHECK(bound.bound_hit);
  CHECK(bound.failures == std::set<std::string>{"WARN_ON(READ_ONCE(m.x) == 1)"});
}

LITMUS(check_in_finally) {
  auto& m = make<pair_of>();
  thread("P0", [&] { WRITE_ONCE(m.x, 1); });
  finally([&] {
    CHECK_INVARIANT(m.x == 0, "first");
    WARN_ON(m.x == 1);
    exists("behind", m.x == 1);
  });
}

TEST_CASE("finally() goes on behind a check") {
  const Outcome o = run("check_in_finally");
  CHECK(o.final_failures == std::set<std::string>{"first", "WARN_ON(m.x == 1)"});
  CHECK(o.reaches("behind"));
}

// --- the order of the set-up ---------------------------------------------------------------------------------------------

struct node {
  shared<int> v;
};
struct head {
  shared<node*> p, q;
};
LITMUS(made_behind_its_reader) {
  auto& h = make<head>();
  thread("reader", [&] {
    value<node*> p = READ_ONCE(h.p);
    IF (p != nullptr) exists("seen", READ_ONCE(p->v) == 7);
  });
  for (int i = 0; i < 2; ++i) {
    auto& n = make<node>();
    thread("writer", [&n, &h] {
      WRITE_ONCE(n.v, 7);
      smp_store_release(&h.p, &n);
    });
  }
}

TEST_CASE("objects and threads are made in any order") {
  const Outcome o = run("made_behind_its_reader");
  CHECK(o.failures.empty());
  CHECK(o.reaches("seen"));
}

LITMUS(finally_in_a_thread) {
  auto& m = make<pair_of>();
  thread("outer", [&] { finally([&] { CHECK_INVARIANT(m.x == 1, "never"); }); });
}

TEST_CASE("finally() inside a thread is a mistake") {
  CHECK(run("finally_in_a_thread").fails_with("finally() belongs into the set-up of a test"));
}

}  // namespace
}  // namespace lkmc
