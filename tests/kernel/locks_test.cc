// SPDX-License-Identifier: Apache-2.0
// Spinlocks, rw_semaphores and mutexes: what they exclude, what they allow, and the mistakes that are explained.
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
  shared<int> x;
};

LITMUS(spin_excludes) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      spin_lock(&g.lock);
      g.x = g.x + 1;
      spin_unlock(&g.lock);
    });
  }
  finally([&] { CHECK_INVARIANT(g.x == 2, "both counted"); });
}
LITMUS(spin_does_not_order_outside) {
  auto& g = make<guarded>();
  shared<int> y;
  value<int> r0, r1;
  thread("a", [&] {
    WRITE_ONCE(g.x, 1);
    spin_lock(&g.lock);
    r0 = READ_ONCE(y);
    spin_unlock(&g.lock);
    exists("a late", r0 == 0);
  });
  thread("b", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    r1 = READ_ONCE(g.x);
  });
  finally([&] { CHECK_INVARIANT(r0 == 1 || r1 == 1, "store buffering"); });
}
LITMUS(spin_with_mb_orders) {
  auto& g = make<guarded>();
  shared<int> y;
  value<int> r0, r1;
  thread("a", [&] {
    WRITE_ONCE(g.x, 1);
    spin_lock(&g.lock);
    smp_mb__after_spinlock();
    r0 = READ_ONCE(y);
    spin_unlock(&g.lock);
  });
  thread("b", [&] {
    WRITE_ONCE(y, 1);
    smp_mb();
    r1 = READ_ONCE(g.x);
  });
  finally([&] { CHECK_INVARIANT(r0 == 1 || r1 == 1, "store buffering"); });
}
LITMUS(spin_twice) {
  auto& g = make<guarded>();
  thread("a", [&] {
    spin_lock(&g.lock);
    spin_lock(&g.lock);
  });
}
LITMUS(spin_unlock_by_another) {
  auto& g = make<guarded>();
  thread("a", [&] { spin_unlock(&g.lock); });
}
LITMUS(spin_trylock_both_ways) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      const value<bool> got = spin_trylock(&g.lock);
      exists("got", got);
      exists("missed", !got);
      IF (got) {
        g.x = g.x + 1;
        spin_unlock(&g.lock);
      }
    });
  }
}
LITMUS(sleep_under_spinlock) {
  auto& g = make<guarded>();
  thread("a", [&] {
    spin_lock(&g.lock);
    mutex_lock(&g.m);
  });
}

TEST_CASE(
    "a spinlock excludes, and orders what is outside only with smp_mb__after_spinlock() "
    "(tools/memory-model/Documentation/locking.txt)") {
  const Outcome excludes = run("spin_excludes");
  CHECK(excludes.executions == 2);
  CHECK(excludes.final_failures.empty());
  CHECK(excludes.flags.empty());
  CHECK(run("spin_does_not_order_outside").final_failures.size() == 1);
  CHECK(run("spin_with_mb_orders").final_failures.empty());
}
TEST_CASE(
    "a spinlock that is never given back is a deadlock, one that is not held cannot be given back "
    "(lockdep-design.rst)") {
  CHECK(run("spin_twice").deadlocks == 1);
  CHECK(run("spin_unlock_by_another").fails_with("bad unlock balance"));
}
TEST_CASE(
    "spin_trylock() may fail only while another holds the lock, and excludes when it does not "
    "(include/linux/spinlock.h)") {
  const Outcome o = run("spin_trylock_both_ways");
  CHECK(o.reaches("got"));
  CHECK(o.reaches("missed"));
  CHECK(o.flags.empty());
}
TEST_CASE("nobody sleeps under a spinlock (Documentation/locking/locktypes.rst)") {
  CHECK(run("sleep_under_spinlock").fails_with("sleeping function called from invalid context: mutex_lock()"));
}

LITMUS(rwsem_excludes_writers) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      down_write(&g.sem);
      g.x = g.x + 1;
      up_write(&g.sem);
    });
  }
  finally([&] { CHECK_INVARIANT(g.x == 2, "both counted"); });
}
LITMUS(rwsem_readers_share) {
  auto& g = make<guarded>();
  shared<int> inside;
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      down_read(&g.sem);
      WRITE_ONCE(inside, 1);
      const bool second = down_write_trylock(&g.sem);
      CHECK_INVARIANT(value<int>(second ? 1 : 0) == 0, "no writer beside a reader");
      up_read(&g.sem);
    });
  }
}
LITMUS(rwsem_reader_excludes_writer) {
  auto& g = make<guarded>();
  value<int> r;
  thread("reader", [&] {
    if (!down_read_trylock(&g.sem)) return;
    r = g.x;
    exists("before", r == 0);
    exists("after", r == 1);
    up_read(&g.sem);
  });
  thread("writer", [&] {
    down_write(&g.sem);
    g.x = 1;
    up_write(&g.sem);
  });
}
LITMUS(rwsem_downgrade) {
  auto& g = make<guarded>();
  thread("writer", [&] {
    down_write(&g.sem);
    g.x = 1;
    downgrade_write(&g.sem);
    const value<int> r = g.x;
    CHECK_INVARIANT(r == 1, "no writer in between");
    up_read(&g.sem);
  });
  thread("reader", [&] {
    down_read(&g.sem);
    const value<int> r = g.x;
    exists("new", r == 1);
    up_read(&g.sem);
  });
  thread("other writer", [&] {
    down_write(&g.sem);
    g.x = 2;
    up_write(&g.sem);
  });
}
LITMUS(rwsem_read_then_write) {
  auto& g = make<guarded>();
  thread("a", [&] {
    down_read(&g.sem);
    down_write(&g.sem);
  });
}
LITMUS(rwsem_wrong_unlock) {
  auto& g = make<guarded>();
  thread("a", [&] {
    down_read(&g.sem);
    up_write(&g.sem);
  });
}

TEST_CASE(
    "an rw_semaphore keeps writers apart from all others, and lets readers in together "
    "(locktypes.rst, \"rw_semaphore\")") {
  const Outcome writers = run("rwsem_excludes_writers");
  CHECK(writers.executions == 2);
  CHECK(writers.final_failures.empty());
  CHECK(writers.flags.empty());
  const Outcome readers = run("rwsem_readers_share");
  CHECK(readers.executions > 2);
  CHECK(readers.failures.empty());
  const Outcome mixed = run("rwsem_reader_excludes_writer");
  CHECK(mixed.reaches("before"));
  CHECK(mixed.reaches("after"));
  CHECK(mixed.flags.empty());
}
TEST_CASE("downgrade_write() lets readers in but no writer (include/linux/rwsem.h)") {
  const Outcome o = run("rwsem_downgrade");
  CHECK(o.failures.empty());
  CHECK(o.reaches("new"));
  CHECK(o.flags.empty());
}
TEST_CASE(
    "waiting for an rw_semaphore that one holds is a deadlock; giving it back the wrong way is explained "
    "(locktypes.rst)") {
  CHECK(run("rwsem_read_then_write").deadlocks == 1);
  CHECK(run("rwsem_wrong_unlock").fails_with("up_write() of a lock that this thread holds for reading"));
}

struct with_sem {
  rw_semaphore sem;
};
LITMUS(rwsem_in_new_memory) {
  thread("a", [&] {
    const value<with_sem*> p = kmalloc<with_sem>();
    init_rwsem(&p->sem);
    down_write(&p->sem);
    exists("locked", rwsem_is_locked(&p->sem));
    up_write(&p->sem);
  });
}
TEST_CASE("an rw_semaphore in new memory is free once it is initialised (include/linux/rwsem.h, init_rwsem())") {
  const Outcome o = run("rwsem_in_new_memory");
  CHECK(o.reaches("locked"));
  CHECK(o.failures.empty());
}

LITMUS(rwsem_reader_fails_while_a_writer_waits) {
  auto& g = make<guarded>();
  thread("reader", [&] {
    down_read(&g.sem);
    CHECK_INVARIANT(READ_ONCE(g.x) != 1, "between the two writes");
    up_read(&g.sem);
  });
  thread("writer", [&] {
    WRITE_ONCE(g.x, 1);
    down_write(&g.sem);
    WRITE_ONCE(g.x, 2);
    up_write(&g.sem);
  });
}
LITMUS(spin_holder_fails_while_another_waits) {
  auto& g = make<guarded>();
  thread("holder", [&] {
    spin_lock(&g.lock);
    CHECK_INVARIANT(READ_ONCE(g.x) != 1, "between the two writes");
    spin_unlock(&g.lock);
  });
  thread("other", [&] {
    WRITE_ONCE(g.x, 1);
    spin_lock(&g.lock);
    WRITE_ONCE(g.x, 2);
    spin_unlock(&g.lock);
  });
}
TEST_CASE("a thread that fails keeps its locks: what fails only while others wait for them is found") {
  for (const char* test : {"rwsem_reader_fails_while_a_writer_waits", "spin_holder_fails_while_another_waits"}) {
    const Outcome o = run(test);
    CHECK(o.fails_with("between the two writes"));
    CHECK(o.deadlocks == 0);
  }
}

LITMUS(mutex_excludes) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      mutex_lock(&g.m);
      g.x = g.x + 1;
      mutex_unlock(&g.m);
    });
  }
  finally([&] { CHECK_INVARIANT(g.x == 2, "both counted"); });
}
LITMUS(mutex_trylock_both_ways) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      const bool got = mutex_trylock(&g.m);
      exists("missed", value<int>(got ? 0 : 1));
      if (!got) return;
      g.x = g.x + 1;
      mutex_unlock(&g.m);
    });
  }
}
LITMUS(mutexes_in_two_orders) {
  auto& a = make<mutex>();
  auto& b = make<mutex>();
  thread("ab", [&] {
    mutex_lock(&a);
    mutex_lock(&b);
    mutex_unlock(&b);
    mutex_unlock(&a);
  });
  thread("ba", [&] {
    mutex_lock(&b);
    mutex_lock(&a);
    mutex_unlock(&a);
    mutex_unlock(&b);
  });
}
LITMUS(mutex_unlock_by_another) {
  auto& m = make<mutex>();
  thread("a", [&] { mutex_unlock(&m); });
}

TEST_CASE("a mutex excludes, may be tried, and belongs to its owner (Documentation/locking/mutex-design.rst)") {
  const Outcome o = run("mutex_excludes");
  CHECK(o.executions == 2);
  CHECK(o.final_failures.empty());
  CHECK(o.flags.empty());
  const Outcome tried = run("mutex_trylock_both_ways");
  CHECK(tried.reaches("missed"));
  CHECK(tried.flags.empty());
  CHECK(run("mutex_unlock_by_another").fails_with("does not hold"));
}
TEST_CASE("two mutexes taken in two orders are a deadlock (lockdep-design.rst)") {
  const Outcome o = run("mutexes_in_two_orders");
  CHECK(o.deadlocks >= 1);
  CHECK(o.executions == 2);
}

}  // namespace
}  // namespace lkmc
