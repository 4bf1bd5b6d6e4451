// SPDX-License-Identifier: Apache-2.0
// Waiting: for a value, for a sequence counter, for a wake-up, for a completion.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

LITMUS(rcuwait_is_woken) {
  auto& w = make<rcuwait>();
  shared<int> ready;
  thread("waiter", [&] { rcuwait_wait_event(&w, READ_ONCE(ready) == 1, TASK_UNINTERRUPTIBLE); });
  thread("waker", [&] {
    WRITE_ONCE(ready, 1);
    rcuwait_wake_up(&w);
  });
}
// The same by hand, with the barriers of the waiter (A) and of the waker (B), or without.
void by_hand(bool barrier_a, bool barrier_b) {
  auto& w = make<rcuwait>();
  shared<int> ready;
  thread("waiter", [&] {
    prepare_to_rcuwait(&w);
    __set_current_state(TASK_UNINTERRUPTIBLE);
    if (barrier_a) smp_mb();
    IF (READ_ONCE(ready) == 0) schedule();
    finish_rcuwait(&w);
  });
  thread("waker", [&] {
    WRITE_ONCE(ready, 1);
    if (barrier_b) smp_mb();
    const value<task_struct*> task = rcu_dereference(w.task);
    IF (task != nullptr) (void)wake_up_process(task);
  });
}
LITMUS(rcuwait_by_hand) { by_hand(true, true); }
LITMUS(rcuwait_without_a) { by_hand(false, true); }
LITMUS(rcuwait_without_b) { by_hand(true, false); }
LITMUS(rcuwait_nobody_wakes) {
  auto& w = make<rcuwait>();
  shared<int> ready;
  thread("waiter", [&] { rcuwait_wait_event(&w, READ_ONCE(ready) == 1, TASK_UNINTERRUPTIBLE); });
  thread("waker", [&] { WRITE_ONCE(ready, 1); });
}

TEST_CASE("rcuwait loses no wake-up (include/linux/rcuwait.h)") {
  const Outcome o = run("rcuwait_is_woken");
  CHECK(o.executions > 0);
  CHECK(o.deadlocks == 0);
  CHECK(o.failures.empty());
  CHECK(run("rcuwait_by_hand").deadlocks == 0);
}
TEST_CASE("rcuwait without either of its barriers loses a wake-up (memory-barriers.txt, \"Sleep and wake-up functions\")") {
  CHECK(run("rcuwait_without_a").deadlocks > 0);
  CHECK(run("rcuwait_without_b").deadlocks > 0);
  CHECK(run("rcuwait_nobody_wakes").deadlocks > 0);
}

LITMUS(completion_publishes) {
  auto& c = make<completion>();
  shared<int> x;
  thread("worker", [&] {
    x = 1;
    complete(&c);
  });
  thread("waiter", [&] {
    wait_for_completion(&c);
    CHECK_INVARIANT(x == 1, "the work is done");
  });
}
LITMUS(completion_for_one) {
  auto& c = make<completion>();
  thread("worker", [&] { complete(&c); });
  thread("a", [&] { wait_for_completion(&c); });
  thread("b", [&] { wait_for_completion(&c); });
}
LITMUS(completion_for_all) {
  auto& c = make<completion>();
  thread("worker", [&] { complete_all(&c); });
  thread("a", [&] { wait_for_completion(&c); });
  thread("b", [&] { wait_for_completion(&c); });
}

// Made new by the waiter: what was completed before is lost.
LITMUS(completion_reinitialised_too_late) {
  auto& c = make<completion>();
  thread("worker", [&] { complete(&c); });
  thread("waiter", [&] {
    reinit_completion(&c);
    wait_for_completion(&c);
  });
}

TEST_CASE("a completion that is made new while it may be completed loses the wake-up (Documentation/scheduler/completion.rst)") {
  const Outcome o = run("completion_reinitialised_too_late");
  CHECK(o.executions > 0);
  CHECK(o.all_blocked == std::set<std::string>{"waiter waits for a completion"});
}
TEST_CASE("a completion publishes, and lets as many go on as were completed (Documentation/scheduler/completion.rst)") {
  const Outcome o = run("completion_publishes");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.flags.empty());
  const Outcome one = run("completion_for_one");
  CHECK(one.executions == 0);
  CHECK(one.deadlocks > 0);
  const Outcome all = run("completion_for_all");
  CHECK(all.executions > 0);
  CHECK(all.deadlocks == 0);
}

void cond_load(bool acquire, bool set) {
  shared<int> flag;
  shared<int> x;
  thread("writer", [&] {
    WRITE_ONCE(x, 1);
    if (set) smp_store_release(&flag, 1);
  });
  thread("waiter", [&] {
    const value<int> seen = acquire ? smp_cond_load_acquire(&flag, VAL != 0) : smp_cond_load_relaxed(&flag, VAL != 0);
    CHECK_INVARIANT(seen == 1, "what was waited for");
    const value<int> r = READ_ONCE(x);
    exists("stale", r == 0);
  });
}
LITMUS(cond_load_acquire_orders) { cond_load(true, true); }
LITMUS(cond_load_relaxed_does_not) { cond_load(false, true); }
LITMUS(cond_load_for_ever) { cond_load(true, false); }
LITMUS(cond_load_and_barrier) {
  shared<int> flag;
  shared<int> x;
  thread("writer", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&flag, 1);
  });
  thread("waiter", [&] {
    (void)smp_cond_load_relaxed(&flag, VAL != 0);
    smp_acquire__after_ctrl_dep();
    const value<int> r = READ_ONCE(x);
    exists("stale", r == 0);
  });
}

LITMUS(load_branch_and_barrier) {
  shared<int> flag;
  shared<int> x;
  shared<int> y;
  thread("writer", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&flag, 1);
    exists("seen early", READ_ONCE(y) == 1);
  });
  thread("waiter", [&] {
    IF (READ_ONCE(flag) == 1) {
      smp_acquire__after_ctrl_dep();
      exists("stale", READ_ONCE(x) == 0);
      WRITE_ONCE(y, 1);
    }
  });
}
LITMUS(load_branch_alone) {
  shared<int> flag;
  shared<int> x;
  thread("writer", [&] {
    WRITE_ONCE(x, 1);
    smp_store_release(&flag, 1);
  });
  thread("waiter", [&] {
    IF (READ_ONCE(flag) == 1) exists("stale", READ_ONCE(x) == 0);
  });
}

TEST_CASE(
    "smp_acquire__after_ctrl_dep() makes a load behind which a branch stands an acquire (include/asm-generic/barrier.h; "
    "memory-barriers.txt, \"Control dependencies\")") {
  const Outcome o = run("load_branch_and_barrier");
  CHECK_FALSE(o.reaches("stale"));
  CHECK(o.reaches("seen early"));
  CHECK(run("load_branch_alone").reaches("stale"));
}
TEST_CASE("smp_cond_load waits, and orders as its name says (include/asm-generic/barrier.h)") {
  CHECK_FALSE(run("cond_load_acquire_orders").reaches("stale"));
  CHECK(run("cond_load_relaxed_does_not").reaches("stale"));
  CHECK_FALSE(run("cond_load_and_barrier").reaches("stale"));
  const Outcome o = run("cond_load_for_ever");
  CHECK(o.executions == 0);
  CHECK(o.deadlocks > 0);
}

struct pair_of_ints {
  seqcount_t seq;
  shared<int> a;
  shared<int> b;
};
void seqcount(bool check) {
  auto& p = make<pair_of_ints>();
  thread("writer", [&] {
    write_seqcount_begin(&p.seq);
    WRITE_ONCE(p.a, 1);
    WRITE_ONCE(p.b, 1);
    write_seqcount_end(&p.seq);
  });
  thread("reader", [&] {
    const value<unsigned> seq = read_seqcount_begin(&p.seq);
    const value<int> a = READ_ONCE(p.a);
    const value<int> b = READ_ONCE(p.b);
    if (check && read_seqcount_retry(&p.seq, seq)) return;
    exists("torn", a != b);
    exists("old", a == 0 && b == 0);
    exists("new", a == 1 && b == 1);
  });
}
LITMUS(seqcount_with_retry) { seqcount(true); }
LITMUS(seqcount_without_retry) { seqcount(false); }
LITMUS(seqcount_writer_never_ends) {
  auto& p = make<pair_of_ints>();
  thread("writer", [&] { write_seqcount_begin(&p.seq); });
  thread("reader", [&] {
    const value<unsigned> before = raw_read_seqcount(&p.seq);
    IF (before == 1) (void)read_seqcount_begin(&p.seq);
  });
}

TEST_CASE("a seqcount shows readers no torn data if they check it (Documentation/locking/seqlock.rst)") {
  const Outcome o = run("seqcount_with_retry");
  CHECK_FALSE(o.reaches("torn"));
  CHECK(o.reaches("old"));
  CHECK(o.reaches("new"));
  CHECK(run("seqcount_without_retry").reaches("torn"));
  CHECK(run("seqcount_writer_never_ends").deadlocks > 0);
}

struct guarded_pair {
  seqlock_t lock;
  shared<int> a;
  shared<int> b;
};
enum class Readers { kChecked, kUnchecked, kOfPlainData };
void seqlock(Readers readers) {
  auto& p = make<guarded_pair>();
  for (const int i : {1, 2}) {
    thread(i == 1 ? "writer" : "other writer", [&, i, readers] {
      write_seqlock(&p.lock);
      if (readers == Readers::kOfPlainData) {
        p.a = i;
      } else {
        WRITE_ONCE(p.a, i);
        WRITE_ONCE(p.b, i);
      }
      write_sequnlock(&p.lock);
    });
  }
  thread("reader", [&, readers] {
    const value<unsigned> seq = read_seqbegin(&p.lock);
    const value<int> a = readers == Readers::kOfPlainData ? value<int>(p.a) : READ_ONCE(p.a);
    const value<int> b = READ_ONCE(p.b);
    if (readers != Readers::kUnchecked && read_seqretry(&p.lock, seq)) return;
    exists("torn", a != b);
    exists("old", a == 0 && b == 0);
    exists("new", a == 2 && b == 2);
  });
  finally([&] { CHECK_INVARIANT(p.a == p.b || readers == Readers::kOfPlainData, "one writer after the other"); });
}
LITMUS(seqlock_checked) { seqlock(Readers::kChecked); }
LITMUS(seqlock_unchecked) { seqlock(Readers::kUnchecked); }
LITMUS(seqlock_of_plain_data) { seqlock(Readers::kOfPlainData); }
LITMUS(seqlock_write_twice) {
  auto& p = make<guarded_pair>();
  thread("a", [&] {
    write_seqlock(&p.lock);
    write_seqlock(&p.lock);
  });
}
LITMUS(seqlock_read_while_writing) {
  auto& p = make<guarded_pair>();
  thread("a", [&] {
    write_seqlock(&p.lock);
    (void)read_seqbegin(&p.lock);
    write_sequnlock(&p.lock);
  });
}
TEST_CASE("a seqlock_t keeps writers apart and shows readers that retry no torn data (seqlock.rst, \"Sequential locks\")") {
  const Outcome o = run("seqlock_checked");
  CHECK_FALSE(o.reaches("torn"));
  CHECK(o.reaches("old"));
  CHECK(o.reaches("new"));
  CHECK(o.final_failures.empty());
  CHECK(o.flags.empty());
  CHECK(o.deadlocks == 0);
  CHECK(run("seqlock_unchecked").reaches("torn"));
}
TEST_CASE("what a seqcount protects is a data race to LKMM unless it is marked (tools/memory-model/Documentation/access-marking.txt)") {
  CHECK(run("seqlock_of_plain_data").flags == std::set<std::string>{"data-race"});
}
TEST_CASE("a writer that waits for its own seqlock_t, as a writer or as a reader, waits for ever (seqlock.rst)") {
  CHECK(run("seqlock_write_twice").blocked == std::vector<std::string>{"a waits for a lock held by a"});
  CHECK(run("seqlock_read_while_writing").blocked == std::vector<std::string>{"a waits for the end of a write section"});
}

void excused(bool marked_writer) {
  shared<int> x;
  thread("writer", [&, marked_writer] {
    if (marked_writer) {
      WRITE_ONCE(x, 1);
    } else {
      x = 1;
    }
  });
  thread("reader", [&] {
    const value<int> r = data_race(x);
    exists("old", r == 0);
    exists("new", r == 1);
  });
}
LITMUS(data_race_with_plain) { excused(false); }
LITMUS(data_race_with_marked) { excused(true); }
TEST_CASE(
    "data_race() is a plain read: it sees any value, and LKMM still flags it (access-marking.txt, \"Use of the data_race() "
    "macro\")") {
  for (const char* test : {"data_race_with_plain", "data_race_with_marked"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.reaches("old"));
    CHECK(o.reaches("new"));
    CHECK(o.flags == std::set<std::string>{"data-race"});
  }
}

}  // namespace
}  // namespace lkmc
