// SPDX-License-Identifier: Apache-2.0
// Mistakes with locks, sleep and memory, in the words of lockdep and the kernel (Documentation/locking/lockdep-design.rst).
#include <doctest/doctest.h>

#include <vector>

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
  seqlock_t seq;
  srcu_struct srcu;
  rcuwait rcu_wait;
  wait_queue_head_t wq;
  completion done;
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
LITMUS(spinlock_twice) {
  take_twice([](guarded& g) { spin_lock(&g.lock); });
}
LITMUS(mutex_twice) {
  take_twice([](guarded& g) { mutex_lock(&g.m); });
}
LITMUS(rwsem_write_twice) {
  take_twice([](guarded& g) { down_write(&g.sem); });
}
LITMUS(rwlock_write_twice) {
  take_twice([](guarded& g) { write_lock(&g.rw); });
}
LITMUS(bit_twice) {
  take_twice([](guarded& g) { bit_spin_lock(0, &g.flags); });
}

TEST_CASE("who takes a lock twice waits for itself (Documentation/locking/lockdep-design.rst)") {
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

TEST_CASE("locks taken in two orders are a deadlock that says who waits for whom (lockdep-design.rst)") {
  CHECK(run("mutex_abba").blocked == std::vector<std::string>{"ab waits for a lock held by ba", "ba waits for a lock held by ab"});
  CHECK(run("three_in_a_circle").blocked ==
        std::vector<std::string>{"ab waits for a lock held by bc", "bc waits for a lock held by ca", "ca waits for a lock held by ab"});
}

template <class Take>
void never_give_back(const Take& take) {
  auto& g = make<guarded>();
  thread("a", [&] { take(g); });
}
LITMUS(spinlock_kept) {
  never_give_back([](guarded& g) { spin_lock(&g.lock); });
}
LITMUS(mutex_kept) {
  never_give_back([](guarded& g) { mutex_lock(&g.m); });
}
LITMUS(rwsem_kept) {
  never_give_back([](guarded& g) { down_read(&g.sem); });
}
LITMUS(rwlock_kept) {
  never_give_back([](guarded& g) { write_lock(&g.rw); });
}
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

TEST_CASE("a thread does not return with a lock held (kernel/locking/lockdep.c)") {
  for (const auto& [test, function] : {std::pair{"spinlock_kept", "spin_lock()"},
                                       {"mutex_kept", "mutex_lock()"},
                                       {"rwsem_kept", "down_read()"},
                                       {"rwlock_kept", "write_lock()"},
                                       {"downgraded_kept", "downgrade_write()"},
                                       {"trylock_kept", "mutex_trylock()"}}) {
    CAPTURE(test);
    CHECK(run(test).fails_with(std::string("lock held when the thread returns: what it took with ") + function));
  }
}

// What a thread does with the locks of all others; a test that runs it is told by a variable.
struct Step {
  const char* name;
  void (*code)(guarded&);
};
void (*before_step)(guarded&);
void (*step)(guarded&);
void (*after_step)(guarded&);

LITMUS(one_step) {
  auto& g = make<guarded>();
  thread("a", [&] {
    before_step(g);
    step(g);
  });
}
LITMUS(step_beside_the_holder) {
  auto& g = make<guarded>();
  thread("holder", [&] {
    before_step(g);
    smp_store_release(&g.x, 1);
    after_step(g);
  });
  thread("other", [&] {
    (void)smp_cond_load_acquire(&g.x, VAL == 1);
    step(g);
  });
}

struct Lock {
  Step take;
  std::vector<Step> give_back;   // in this way
  std::vector<Step> wrong_ways;  // in which it is not held
};
#define STEP(...)                                                   \
  Step {                                                            \
#__VA_ARGS__, []([[maybe_unused]] guarded & g) { __VA_ARGS__; } \
  }
const std::vector<Lock> kLocks = {
    {STEP(spin_lock(&g.lock)),
     {STEP(spin_unlock(&g.lock)), STEP(spin_unlock_irq(&g.lock)), STEP(spin_unlock_bh(&g.lock)), STEP(spin_unlock_irqrestore(&g.lock, 0))},
     {}},
    {STEP(mutex_lock(&g.m)), {STEP(mutex_unlock(&g.m))}, {}},
    {STEP(down_read(&g.sem)), {STEP(up_read(&g.sem))}, {STEP(up_write(&g.sem)), STEP(downgrade_write(&g.sem))}},
    {STEP(down_write(&g.sem)), {STEP(up_write(&g.sem)), STEP(downgrade_write(&g.sem))}, {STEP(up_read(&g.sem))}},
    {STEP(read_lock(&g.rw)), {STEP(read_unlock(&g.rw))}, {STEP(write_unlock(&g.rw))}},
    {STEP(write_lock(&g.rw)), {STEP(write_unlock(&g.rw))}, {STEP(read_unlock(&g.rw))}},
    {STEP(bit_spin_lock(0, &g.flags)), {STEP(bit_spin_unlock(0, &g.flags)), STEP(__bit_spin_unlock(0, &g.flags))}, {}},
    {STEP(write_seqlock(&g.seq)), {STEP(write_sequnlock(&g.seq))}, {}},
    {STEP(rcu_read_lock()), {STEP(rcu_read_unlock())}, {}},
};

TEST_CASE("who gives back what it does not hold is told so, whoever holds it and in whichever way (lockdep-design.rst)") {
  for (const Lock& lock : kLocks) {
    CAPTURE(lock.take.name);
    after_step = lock.give_back.front().code;
    for (const Step& give_back : lock.give_back) {
      CAPTURE(give_back.name);
      step = give_back.code;
      before_step = [](guarded&) {};
      CHECK(run("one_step").fails_with("bad unlock balance: "));
      before_step = lock.take.code;
      CHECK(run("step_beside_the_holder").fails_with("bad unlock balance: "));
    }
    for (const Step& wrong : lock.wrong_ways) {
      CAPTURE(wrong.name);
      step = wrong.code;
      before_step = lock.take.code;
      CHECK(run("one_step").fails_with(" of a lock that this thread holds for "));
      CHECK(run("step_beside_the_holder").fails_with("of a lock that this thread does not hold"));
    }
  }
}

const std::vector<Step> kSleeping = {STEP(mutex_lock(&g.m)),
                                     STEP(down_read(&g.sem)),
                                     STEP(down_write(&g.sem)),
                                     STEP(down_read_non_owner(&g.sem)),
                                     STEP(wait_event(g.wq, READ_ONCE(g.x) == 1)),
                                     STEP(rcuwait_wait_event(&g.rcu_wait, READ_ONCE(g.x) == 1, TASK_UNINTERRUPTIBLE)),
                                     STEP(schedule()),
                                     STEP(wait_for_completion(&g.done)),
                                     STEP(synchronize_rcu()),
                                     STEP(synchronize_rcu_expedited()),
                                     STEP(synchronize_srcu(&g.srcu)),
                                     STEP(synchronize_srcu_expedited(&g.srcu)),
                                     STEP(rcu_barrier()),
                                     STEP(might_sleep())};
const std::vector<std::pair<Step, const char*>> kAtomic = {{STEP(rcu_read_lock()), "an RCU read-side critical section"},
                                                           {STEP(spin_lock(&g.lock)), "a section that holds a spinlock"},
                                                           {STEP((void)raw(spin_trylock(&g.lock))), "a section that holds a spinlock"},
                                                           {STEP(read_lock(&g.rw)), "a section that holds an rwlock_t"},
                                                           {STEP(write_lock(&g.rw)), "a section that holds an rwlock_t"},
                                                           {STEP(bit_spin_lock(0, &g.flags)), "a section that holds a bit spinlock"},
                                                           {STEP(write_seqlock(&g.seq)), "a section that holds a spinlock"}};

TEST_CASE(
    "who sleeps where that is not allowed is told so (Documentation/locking/locktypes.rst; might_sleep() in "
    "include/linux/kernel.h)") {
  for (const auto& [atomic, section] : kAtomic) {
    CAPTURE(atomic.name);
    before_step = atomic.code;
    for (const Step& sleeping : kSleeping) {
      CAPTURE(sleeping.name);
      step = sleeping.code;
      const Outcome o = run("one_step");
      CHECK(o.fails_with("sleeping function called from invalid context: "));
      CHECK(o.fails_with(std::string(" inside ") + section + " that began in line "));
    }
  }
}
LITMUS(callback_sleeps) {
  static mutex* m;  // a callback captures nothing
  m = &make<mutex>();
  thread("a", [&] {
    const value<rcu_head*> head = kzalloc<rcu_head>();
    call_rcu(head, [](value<rcu_head*>) { mutex_lock(m); });
  });
}
TEST_CASE("an RCU callback must not sleep (Documentation/RCU/checklist.rst)") {
  CHECK(run("callback_sleeps").fails_with("sleeping function called from invalid context: mutex_lock() inside an RCU callback"));
}
// A trylock does not sleep, and readers of SRCU may.
LITMUS(where_that_is_allowed) {
  auto& g = make<guarded>();
  thread("a", [&] {
    rcu_read_lock();
    if (mutex_trylock(&g.m)) mutex_unlock(&g.m);
    if (down_read_trylock(&g.sem)) up_read(&g.sem);
    if (down_write_trylock(&g.sem)) up_write(&g.sem);
    spin_lock(&g.lock);
    spin_unlock(&g.lock);
    complete(&g.done);
    wake_up(&g.wq);
    rcuwait_wake_up(&g.rcu_wait);
    rcu_read_unlock();
    const value<int> index = srcu_read_lock(&g.srcu);
    mutex_lock(&g.m);
    synchronize_rcu();
    mutex_unlock(&g.m);
    wait_for_completion(&g.done);
    srcu_read_unlock(&g.srcu, index);
  });
}
TEST_CASE("trylocks and wake-ups do not sleep, and readers of SRCU may (Documentation/RCU/whatisRCU.rst)") {
  const Outcome o = run("where_that_is_allowed");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
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
LITMUS(assert_held) {
  never_give_back([](guarded& g) { lockdep_assert_held(&g.m); });
}
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

// To a variable that is no object: it is elsewhere in the next run of the thread.
LITMUS(pointer_to_a_local) {
  shared<int> local;
  shared<shared<int>*> p{&local};
  thread("a", [&] { (void)READ_ONCE(*READ_ONCE(p)); });
}
LITMUS(variable_of_a_thread) {
  thread("a", [&] {
    shared<int> mine;
    (void)READ_ONCE(mine);
  });
}

TEST_CASE("shared variables belong to the set-up") {
  CHECK(run("variable_of_a_thread").fails_with("shared variables are made in the set-up of a test, not by its threads"));
}
TEST_CASE("a pointer that leads nowhere is explained") {
  CHECK(run("pointer_to_a_local").fails_with("points to no object of the test"));
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
