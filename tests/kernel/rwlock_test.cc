// SPDX-License-Identifier: Apache-2.0
// rwlock_t (Documentation/locking/spinlocks.rst), and what rw_semaphores have besides (Documentation/locking/locktypes.rst).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct guarded {
  rwlock_t lock;
  rwlock_t other;
  rw_semaphore sem;
  shared<int> x;
  shared<int> y;
};

LITMUS(rwlock_writers_exclude) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      write_lock(&g.lock);
      g.x = g.x + 1;
      write_unlock(&g.lock);
    });
  }
  finally([&] { CHECK_INVARIANT(g.x == 2, "both counted"); });
}
LITMUS(rwlock_readers_share) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      read_lock(&g.lock);
      const bool second = write_trylock(&g.lock);
      CHECK_INVARIANT(value<bool>(!second), "no writer beside a reader");
      read_unlock(&g.lock);
    });
  }
}
LITMUS(rwlock_reader_and_writer) {
  auto& g = make<guarded>();
  thread("reader", [&] {
    read_lock(&g.lock);
    const value<int> a = g.x;
    const value<int> b = g.y;
    read_unlock(&g.lock);
    exists("torn", a != b);
    exists("new", a == 1 && b == 1);
  });
  thread("writer", [&] {
    write_lock(&g.lock);
    g.x = 1;
    g.y = 1;
    write_unlock(&g.lock);
  });
}
LITMUS(rwlock_read_trylock) {
  auto& g = make<guarded>();
  thread("reader", [&] {
    const bool got = read_trylock(&g.lock);
    exists("missed", value<bool>(!got));
    if (!got) return;
    const value<int> r = g.x;
    exists("new", r == 1);
    read_unlock(&g.lock);
  });
  thread("writer", [&] {
    write_lock(&g.lock);
    g.x = 1;
    write_unlock(&g.lock);
  });
}
// Two critical sections are no full barrier: store buffering across them.
LITMUS(rwlock_is_no_full_barrier) {
  auto& g = make<guarded>();
  value<int> r0, r1;
  thread("a", [&] {
    WRITE_ONCE(g.x, 1);
    read_lock(&g.lock);
    r0 = READ_ONCE(g.y);
    read_unlock(&g.lock);
  });
  thread("b", [&] {
    WRITE_ONCE(g.y, 1);
    smp_mb();
    r1 = READ_ONCE(g.x);
  });
  finally([&] { CHECK_INVARIANT(r0 == 1 || r1 == 1, "store buffering"); });
}

TEST_CASE("an rwlock_t keeps writers apart from all others, and lets readers in together (spinlocks.rst, lesson 2)") {
  const Outcome writers = run("rwlock_writers_exclude");
  CHECK(writers.executions == 2);
  CHECK(writers.final_failures.empty());
  CHECK(writers.flags.empty());
  CHECK(run("rwlock_readers_share").failures.empty());
  const Outcome mixed = run("rwlock_reader_and_writer");
  CHECK_FALSE(mixed.reaches("torn"));
  CHECK(mixed.reaches("new"));
  CHECK(mixed.flags.empty());
  const Outcome tried = run("rwlock_read_trylock");
  CHECK(tried.reaches("missed"));
  CHECK(tried.reaches("new"));
  CHECK(tried.flags.empty());
}
TEST_CASE("an rwlock_t is an acquire and a release, no full barrier (memory-barriers.txt, lock acquisition functions)") {
  CHECK(run("rwlock_is_no_full_barrier").final_failures.size() == 1);
}

LITMUS(rwlock_two_orders) {
  auto& g = make<guarded>();
  thread("ab", [&] {
    read_lock(&g.lock);
    write_lock(&g.other);
    write_unlock(&g.other);
    read_unlock(&g.lock);
  });
  thread("ba", [&] {
    read_lock(&g.other);
    write_lock(&g.lock);
    write_unlock(&g.lock);
    read_unlock(&g.other);
  });
}
LITMUS(rwlock_read_twice) {
  auto& g = make<guarded>();
  thread("a", [&] {
    read_lock(&g.lock);
    read_lock(&g.lock);
  });
}
LITMUS(rwlock_upgrade) {
  auto& g = make<guarded>();
  thread("a", [&] {
    read_lock(&g.lock);
    write_lock(&g.lock);
  });
}
LITMUS(rwlock_wrong_unlock) {
  auto& g = make<guarded>();
  thread("a", [&] {
    read_lock(&g.lock);
    write_unlock(&g.lock);
  });
}
LITMUS(rwlock_and_sleep) {
  auto& g = make<guarded>();
  thread("a", [&] {
    read_lock(&g.lock);
    down_read(&g.sem);
  });
}

TEST_CASE("deadlocks on an rwlock_t name the locks and who holds them (lockdep-design.rst)") {
  const Outcome two_orders = run("rwlock_two_orders");
  CHECK(two_orders.executions > 0);
  CHECK(two_orders.deadlocks == 1);
  CHECK(two_orders.blocked == std::vector<std::string>{"ab waits for a lock held by ba", "ba waits for a lock held by ab"});
  CHECK(run("rwlock_upgrade").blocked == std::vector<std::string>{"a waits for a lock held by a"});
}
TEST_CASE("misuse of an rwlock_t is explained (lockdep-design.rst, recursive read locks)") {
  CHECK(run("rwlock_read_twice")
            .fails_with("possible recursive locking detected: read_lock() of a lock that this thread took with read_lock()"));
  CHECK(run("rwlock_wrong_unlock").fails_with("write_unlock() of a lock that this thread holds for reading"));
  CHECK(run("rwlock_and_sleep").fails_with("down_read() inside a section that holds an rwlock_t"));
}

LITMUS(rwsem_abba) {
  auto& a = make<rw_semaphore>();
  auto& b = make<rw_semaphore>();
  thread("ab", [&] {
    down_write(&a);
    down_read(&b);
    up_read(&b);
    up_write(&a);
  });
  thread("ba", [&] {
    down_write(&b);
    down_read(&a);
    up_read(&a);
    up_write(&b);
  });
}
LITMUS(rwsem_writer_waits_for_two_readers) {
  auto& g = make<guarded>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      down_read(&g.sem);
      smp_cond_load_relaxed(&g.x, VAL == 1);
      up_read(&g.sem);
    });
  }
  thread("writer", [&] {
    down_write(&g.sem);
    WRITE_ONCE(g.x, 1);
    up_write(&g.sem);
  });
}
LITMUS(rwsem_read_twice) {
  auto& g = make<guarded>();
  thread("a", [&] {
    down_read(&g.sem);
    down_read(&g.sem);
  });
}
LITMUS(rwsem_not_the_owner) {
  auto& g = make<guarded>();
  thread("a", [&] {
    down_read_non_owner(&g.sem);
    smp_store_release(&g.x, 1);
  });
  thread("b", [&] {
    smp_cond_load_acquire(&g.x, VAL == 1);
    CHECK_INVARIANT(rwsem_is_locked(&g.sem), "still held");
    up_read_non_owner(&g.sem);
    CHECK_INVARIANT(!rwsem_is_locked(&g.sem), "given back");
  });
}

// A reader who holds the lock waits for another, who wants to read as well: that is well unless a writer queues in between.
enum class Queue { kReaders, kReadersAndWriter, kReadersAndTrylock };
void rwsem_queue(Queue queue) {
  auto& g = make<guarded>();
  auto& m = make<mutex>();
  thread("holder", [&] {
    down_read(&g.sem);
    mutex_lock(&m);
    mutex_unlock(&m);
    up_read(&g.sem);
  });
  thread("late", [&] {
    mutex_lock(&m);
    down_read(&g.sem);
    up_read(&g.sem);
    mutex_unlock(&m);
  });
  if (queue == Queue::kReaders) return;
  thread("writer", [&, queue] {
    if (queue == Queue::kReadersAndTrylock) {
      if (down_write_trylock(&g.sem)) up_write(&g.sem);
      return;
    }
    down_write(&g.sem);
    up_write(&g.sem);
  });
}
LITMUS(rwsem_two_readers) { rwsem_queue(Queue::kReaders); }
LITMUS(rwsem_writer_between_readers) { rwsem_queue(Queue::kReadersAndWriter); }
LITMUS(rwsem_trylock_between_readers) { rwsem_queue(Queue::kReadersAndTrylock); }
LITMUS(rwlock_writer_between_readers) {
  auto& g = make<guarded>();
  auto& l = make<spinlock_t>();
  thread("holder", [&] {
    read_lock(&g.lock);
    spin_lock(&l);
    spin_unlock(&l);
    read_unlock(&g.lock);
  });
  thread("late", [&] {
    spin_lock(&l);
    read_lock(&g.lock);
    read_unlock(&g.lock);
    spin_unlock(&l);
  });
  thread("writer", [&] {
    write_lock(&g.lock);
    write_unlock(&g.lock);
  });
}

TEST_CASE(
    "no reader gets past a writer who waits (kernel/locking/rwsem.c; kernel/locking/qrwlock.c; lockdep-design.rst, "
    "\"Recursive read locks\")") {
  CHECK(run("rwsem_two_readers").deadlocks == 0);
  CHECK(run("rwsem_trylock_between_readers").deadlocks == 0);
  for (const char* test : {"rwsem_writer_between_readers", "rwlock_writer_between_readers"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions > 0);
    CHECK(o.deadlocks == 1);
    CHECK(o.all_blocked == std::set<std::string>{"holder waits for a lock held by late",
                                                 "late waits for a lock behind writer, held by holder",
                                                 "writer waits for a lock held by holder"});
  }
}
TEST_CASE("deadlocks on rw_semaphores name the holders, all readers of them (lockdep-design.rst)") {
  CHECK(run("rwsem_abba").blocked == std::vector<std::string>{"ab waits for a lock held by ba", "ba waits for a lock held by ab"});
  const Outcome o = run("rwsem_writer_waits_for_two_readers");
  CHECK(o.deadlocks > 0);
  CHECK(o.all_blocked.contains("writer waits for a lock held by a and b"));
  CHECK(o.all_blocked.contains("a waits for a value"));
}
TEST_CASE(
    "taking an rw_semaphore twice for reading is explained; readers may pass it on if they say so "
    "(lockdep-design.rst; include/linux/rwsem.h)") {
  CHECK(run("rwsem_read_twice").fails_with("possible recursive locking detected: down_read()"));
  const Outcome o = run("rwsem_not_the_owner");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
}

}  // namespace
}  // namespace lkmc
