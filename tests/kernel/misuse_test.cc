// Mistakes with locks and memory, in the words of lockdep and the kernel (Documentation/locking/lockdep-design.rst).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct guarded {
  spinlock_t lock;
  rw_semaphore sem;
  mutex m;
  rwlock_t rw;
  shared<unsigned long> flags;
  shared<int> x;
};

// --- locks that are held for too long, or in a circle ------------------------------------------------------------------------

template <class Take>
void take_twice(const Take& take) {
  auto& g = make<guarded>();
  thread("a", [&] {
    take(g);
    take(g);
  });
}
LITMUS(spinlock_twice) { take_twice([](guarded& g) { spin_lock(&g.lock); }); }
LITMUS(mutex_twice) { take_twice([](guarded& g) { mutex_lock(&g.m); }); }
LITMUS(rwsem_write_twice) { take_twice([](guarded& g) { down_write(&g.sem); }); }
LITMUS(rwlock_write_twice) { take_twice([](guarded& g) { write_lock(&g.rw); }); }
LITMUS(bit_twice) { take_twice([](guarded& g) { bit_spin_lock(0, &g.flags); }); }

TEST_CASE("who takes a lock twice waits for itself") {
  for (const char* test : {"spinlock_twice", "mutex_twice", "rwsem_write_twice", "rwlock_write_twice", "bit_twice"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 0);
    CHECK(o.deadlocks == 1);
    CHECK(o.blocked == std::vector<std::string>{"a waits for a lock held by a"});
  }
}

LITMUS(mutex_abba) {
  auto& g = make<guarded>();
  thread("ab", [&] {
    mutex_lock(&g.m);
    down_write(&g.sem);
    up_write(&g.sem);
    mutex_unlock(&g.m);
  });
  thread("ba", [&] {
    down_read(&g.sem);
    mutex_lock(&g.m);
    mutex_unlock(&g.m);
    up_read(&g.sem);
  });
}
LITMUS(three_in_a_circle) {
  auto& a = make<mutex>();
  auto& b = make<mutex>();
  auto& c = make<mutex>();
  const auto nest = [](const char* name, mutex& first, mutex& second) {
    thread(name, [&] {
      mutex_lock(&first);
      mutex_lock(&second);
      mutex_unlock(&second);
      mutex_unlock(&first);
    });
  };
  nest("ab", a, b);
  nest("bc", b, c);
  nest("ca", c, a);
}

TEST_CASE("locks taken in two orders are a deadlock that says who waits for whom") {
  CHECK(run("mutex_abba").blocked == std::vector<std::string>{"ab waits for a lock held by ba", "ba waits for a lock held by ab"});
  CHECK(run("three_in_a_circle").blocked == std::vector<std::string>{"ab waits for a lock held by bc", "bc waits for a lock held by ca",
                                                                     "ca waits for a lock held by ab"});
}

template <class Take>
void never_give_back(const Take& take) {
  auto& g = make<guarded>();
  thread("a", [&] { take(g); });
}
LITMUS(spinlock_kept) { never_give_back([](guarded& g) { spin_lock(&g.lock); }); }
LITMUS(mutex_kept) { never_give_back([](guarded& g) { mutex_lock(&g.m); }); }
LITMUS(rwsem_kept) { never_give_back([](guarded& g) { down_read(&g.sem); }); }
LITMUS(rwlock_kept) { never_give_back([](guarded& g) { write_lock(&g.rw); }); }
LITMUS(downgraded_kept) {
  never_give_back([](guarded& g) {
    down_write(&g.sem);
    downgrade_write(&g.sem);
  });
}
LITMUS(trylock_kept) {
  never_give_back([](guarded& g) {
    const bool taken = mutex_trylock(&g.m);
    CHECK_INVARIANT(value<bool>(taken), "it is free");
  });
}

TEST_CASE("a thread does not return with a lock held") {
  for (const auto& [test, function] : {std::pair{"spinlock_kept", "spin_lock()"}, {"mutex_kept", "mutex_lock()"}, {"rwsem_kept", "down_read()"},
                                       {"rwlock_kept", "write_lock()"}, {"downgraded_kept", "downgrade_write()"}, {"trylock_kept", "mutex_trylock()"}}) {
    CAPTURE(test);
    CHECK(run(test).fails_with(std::string("lock held when the thread returns: what it took with ") + function));
  }
}

// --- what code asserts about its locks --------------------------------------------------------------------------------------

LITMUS(asserts_that_hold) {
  auto& g = make<guarded>();
  thread("a", [&] {
    lockdep_assert_not_held(&g.sem);
    down_write(&g.sem);
    lockdep_assert_held(&g.sem);
    lockdep_assert_held_write(&g.sem);
    downgrade_write(&g.sem);
    lockdep_assert_held(&g.sem);
    lockdep_assert_held_read(&g.sem);
    up_read(&g.sem);
    lockdep_assert_not_held(&g.sem);
    might_sleep();
    spin_lock(&g.lock);
    lockdep_assert_held(&g.lock);
    CHECK_INVARIANT(value<bool>(lockdep_is_held(&g.lock) && !lockdep_is_held(&g.m)), "what is held");
    spin_unlock(&g.lock);
  });
}
LITMUS(assert_held) { never_give_back([](guarded& g) { lockdep_assert_held(&g.m); }); }
LITMUS(assert_held_write) {
  never_give_back([](guarded& g) {
    down_read(&g.sem);
    lockdep_assert_held_write(&g.sem);
  });
}
LITMUS(assert_held_read) {
  never_give_back([](guarded& g) {
    down_write(&g.sem);
    lockdep_assert_held_read(&g.sem);
  });
}
LITMUS(assert_not_held) {
  never_give_back([](guarded& g) {
    spin_lock(&g.lock);
    lockdep_assert_not_held(&g.lock);
  });
}
LITMUS(assert_can_sleep) {
  never_give_back([](guarded& g) {
    spin_lock(&g.lock);
    might_sleep();
  });
}
LITMUS(dereference_unprotected) {
  auto& g = make<guarded>();
  shared<int*> p;
  thread("a", [&] { (void)rcu_dereference_protected(p, lockdep_is_held(&g.m)); });
}

TEST_CASE("lockdep_assert_held() and its family look at what the thread holds (include/linux/lockdep.h)") {
  const Outcome o = run("asserts_that_hold");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(run("assert_held").fails_with("lockdep_assert_held(): this thread does not hold the lock"));
  CHECK(run("assert_held_write").fails_with("does not hold the lock for writing"));
  CHECK(run("assert_held_read").fails_with("does not hold the lock for reading"));
  CHECK(run("assert_not_held").fails_with("lockdep_assert_not_held(): this thread holds the lock"));
  CHECK(run("assert_can_sleep").fails_with("sleeping function called from invalid context: might_sleep()"));
  CHECK(run("dereference_unprotected").fails_with("suspicious rcu_dereference_protected() usage"));
}

// --- pointers ------------------------------------------------------------------------------------------------------------------

struct node {
  shared<int> x;
};
void follow(long word) {
  shared<node*> p;
  p = reinterpret_cast<node*>(word);
  (void)make<node>();
  thread("a", [&] { (void)READ_ONCE(READ_ONCE(p)->x); });
}
LITMUS(null_pointer) { follow(0); }
LITMUS(wild_pointer) { follow(0x1234); }
LITMUS(pointer_below_all) { follow(-4); }
LITMUS(poisoned_pointer) { follow(0x100); }

TEST_CASE("a pointer that leads nowhere is explained") {
  CHECK(run("null_pointer").fails_with("null pointer dereference"));
  CHECK(run("wild_pointer").fails_with("points to no object of the test"));
  CHECK(run("pointer_below_all").fails_with("points to no object of the test"));
  CHECK(run("poisoned_pointer").fails_with("LIST_POISON1"));
}

// --- atomics and reference counts that other tests do not name ------------------------------------------------------------------

LITMUS(conditional_atomics) {
  auto& a = make<atomic_t>();
  auto& r = make<refcount_t>();
  refcount_set(&r, 2);
  thread("a", [&] {
    CHECK_INVARIANT(atomic_add_negative(-1, &a), "becomes negative");
    CHECK_INVARIANT(!atomic_add_negative_relaxed(1, &a), "becomes zero");
    CHECK_INVARIANT(atomic_fetch_add_unless(&a, 3, 0) == 0, "is zero");
    CHECK_INVARIANT(atomic_fetch_add_unless(&a, 3, 1) == 0, "was zero");
    CHECK_INVARIANT(!atomic_dec_unless_positive(&a), "3 is positive");
    CHECK_INVARIANT(atomic_inc_unless_negative(&a), "3 is not negative");
    CHECK_INVARIANT(atomic_dec_if_positive(&a) == 3, "4 - 1");
    CHECK_INVARIANT(atomic_read(&a) == 3, "the last one");
    CHECK_INVARIANT(!refcount_dec_if_one(&r), "two");
    CHECK_INVARIANT(refcount_dec_not_one(&r), "one less");
    CHECK_INVARIANT(!refcount_dec_not_one(&r), "one");
    CHECK_INVARIANT(refcount_dec_if_one(&r), "none");
  });
  finally([&] { CHECK_INVARIANT(refcount_read(&r) == 0u, "none is left"); });
}
LITMUS(refcount_dec_of_zero) {
  auto& r = make<refcount_t>();
  thread("a", [&] { (void)refcount_dec_not_one(&r); });
}
TEST_CASE("conditional atomics and counts do what they say where they may (atomic_t.txt, refcount-vs-atomic.rst)") {
  const Outcome o = run("conditional_atomics");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.final_failures.empty());
  CHECK(run("refcount_dec_of_zero").fails_with("underflow; use-after-free"));
}

}  // namespace
}  // namespace lkmc
