// SPDX-License-Identifier: Apache-2.0
// Wait queues (Documentation/memory-barriers.txt, "Sleep and wake-up functions"; include/linux/wait.h), and loops that sleep.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct device {
  wait_queue_head_t wq;
  rcuwait rcu_wait;
  shared<int> ready;
  shared<int> data;
};

enum class Waker { kWakeUp, kOnlyIfActive, kBarrierThenActive, kHasSleeper, kNone, kTooEarly };

void wake(device& d, Waker waker) {
  switch (waker) {
    case Waker::kWakeUp:
      WRITE_ONCE(d.ready, 1);
      wake_up(&d.wq);
      break;
    case Waker::kOnlyIfActive:
      WRITE_ONCE(d.ready, 1);
      IF (waitqueue_active(&d.wq)) wake_up(&d.wq);
      break;
    case Waker::kBarrierThenActive:
      WRITE_ONCE(d.ready, 1);
      smp_mb();
      IF (waitqueue_active(&d.wq)) wake_up(&d.wq);
      break;
    case Waker::kHasSleeper:
      WRITE_ONCE(d.ready, 1);
      IF (wq_has_sleeper(&d.wq)) wake_up(&d.wq);
      break;
    case Waker::kNone:
      WRITE_ONCE(d.ready, 1);
      break;
    case Waker::kTooEarly:
      wake_up(&d.wq);
      WRITE_ONCE(d.ready, 1);
      break;
  }
}
void one_waiter(Waker waker) {
  auto& d = make<device>();
  thread("waiter", [&] { wait_event(d.wq, READ_ONCE(d.ready) == 1); });
  thread("waker", [&, waker] { wake(d, waker); });
}
LITMUS(wq_wake_up) { one_waiter(Waker::kWakeUp); }
LITMUS(wq_only_if_active) { one_waiter(Waker::kOnlyIfActive); }
LITMUS(wq_barrier_then_active) { one_waiter(Waker::kBarrierThenActive); }
LITMUS(wq_has_sleeper_then) { one_waiter(Waker::kHasSleeper); }
LITMUS(wq_nobody_wakes) { one_waiter(Waker::kNone); }
LITMUS(wq_too_early) { one_waiter(Waker::kTooEarly); }

TEST_CASE("wake_up() behind the condition loses no wake-up (memory-barriers.txt, \"Sleep and wake-up functions\")") {
  for (const char* test : {"wq_wake_up", "wq_barrier_then_active", "wq_has_sleeper_then"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions > 0);
    CHECK(o.deadlocks == 0);
    CHECK_FALSE(o.bound_hit);
  }
}
TEST_CASE("a wake-up is lost where waitqueue_active() has no barrier (include/linux/wait.h, waitqueue_active())") {
  const Outcome o = run("wq_only_if_active");
  CHECK(o.executions > 0);
  CHECK(o.deadlocks > 0);
  CHECK(o.all_blocked == std::set<std::string>{"waiter waits for a wake-up"});
}
TEST_CASE("a wake-up is lost that comes before the condition, or never (memory-barriers.txt)") {
  CHECK(run("wq_nobody_wakes").deadlocks > 0);
  CHECK(run("wq_too_early").deadlocks > 0);
}

// The steps by hand.
enum class Waiter { kRight, kNoBarrier, kLooksFirst };
void by_hand(Waiter how, Waker waker) {
  auto& d = make<device>();
  thread("waiter", [&, how] {
    DEFINE_WAIT(wait);
    if (how == Waiter::kLooksFirst) {
      IF (READ_ONCE(d.ready) == 0) {
        prepare_to_wait(&d.wq, &wait, TASK_INTERRUPTIBLE);
        schedule();
        finish_wait(&d.wq, &wait);
      }
      return;
    }
    if (how == Waiter::kRight) {
      prepare_to_wait(&d.wq, &wait, TASK_INTERRUPTIBLE);
    } else {
      add_wait_queue(&d.wq, &wait);
      __set_current_state(TASK_INTERRUPTIBLE);
    }
    IF (READ_ONCE(d.ready) == 0) schedule();
    finish_wait(&d.wq, &wait);
    exists("woken", READ_ONCE(d.ready) == 1);
  });
  thread("waker", [&, waker] { wake(d, waker); });
}
LITMUS(wq_by_hand) { by_hand(Waiter::kRight, Waker::kWakeUp); }
LITMUS(wq_by_hand_active) { by_hand(Waiter::kRight, Waker::kHasSleeper); }
LITMUS(wq_by_hand_no_barrier) { by_hand(Waiter::kNoBarrier, Waker::kHasSleeper); }
LITMUS(wq_by_hand_looks_first) { by_hand(Waiter::kLooksFirst, Waker::kWakeUp); }

TEST_CASE(
    "prepare_to_wait(), a look and schedule() lose no wake-up; without the barrier or the second look they do "
    "(memory-barriers.txt)") {
  const Outcome o = run("wq_by_hand");
  CHECK(o.deadlocks == 0);
  CHECK(o.reaches("woken"));
  CHECK(run("wq_by_hand_active").deadlocks == 0);
  CHECK(run("wq_by_hand_no_barrier").deadlocks > 0);
  CHECK(run("wq_by_hand_looks_first").deadlocks > 0);
}

void two_waiters(bool wakes_one_state) {
  auto& d = make<device>();
  for (const char* name : {"a", "b"}) thread(name, [&] { wait_event(d.wq, READ_ONCE(d.ready) == 1); });
  thread("waker", [&, wakes_one_state] {
    WRITE_ONCE(d.ready, 1);
    if (wakes_one_state) {
      wake_up_interruptible(&d.wq);
    } else {
      wake_up_all(&d.wq);
    }
  });
}
LITMUS(wq_two_waiters) { two_waiters(false); }
LITMUS(wq_two_uninterruptible_waiters) { two_waiters(true); }

TEST_CASE("a wake-up reaches all waiters that sleep in a state that it is for (include/linux/wait.h)") {
  const Outcome o = run("wq_two_waiters");
  CHECK(o.executions == 1);
  CHECK(o.deadlocks == 0);
  CHECK(run("wq_two_uninterruptible_waiters").deadlocks > 0);
}

// What wait_event() orders: nothing but the control dependency (memory-barriers.txt: if nobody was woken, no barrier).
void publishes(bool acquire) {
  auto& d = make<device>();
  thread("waiter", [&, acquire] {
    if (acquire) {
      wait_event(d.wq, smp_load_acquire(&d.ready) == 1);
    } else {
      wait_event(d.wq, READ_ONCE(d.ready) == 1);
    }
    exists("stale", READ_ONCE(d.data) == 0);
  });
  thread("waker", [&] {
    WRITE_ONCE(d.data, 1);
    smp_store_release(&d.ready, 1);
    wake_up(&d.wq);
  });
}
LITMUS(wq_publishes_with_acquire) { publishes(true); }
LITMUS(wq_publishes_without) { publishes(false); }

TEST_CASE("wait_event() is no acquire by itself (memory-barriers.txt: general barriers only if there is a wake-up)") {
  CHECK_FALSE(run("wq_publishes_with_acquire").reaches("stale"));
  CHECK(run("wq_publishes_without").reaches("stale"));
}

// A waiter that is woken while its condition does not hold goes back to sleep, however often. The same loop with WHILE
// and schedule(), which is followed round by round, has the same outcomes.
enum class Loop { kEvent, kRounds };
void woken_in_vain(Loop loop, int wakers) {
  auto& d = make<device>();
  thread("waiter", [&, loop] {
    if (loop == Loop::kEvent) {
      rcuwait_wait_event(&d.rcu_wait, READ_ONCE(d.ready) == 2, TASK_UNINTERRUPTIBLE);
    } else {
      prepare_to_rcuwait(&d.rcu_wait);
      WHILE (true) {
        set_current_state(TASK_UNINTERRUPTIBLE);
        IF (READ_ONCE(d.ready) == 2) break;
        schedule();
      }
      finish_rcuwait(&d.rcu_wait);
    }
    const value<int> data = READ_ONCE(d.data);
    exists("early", data == 0);
    exists("late", data == 1);
  });
  thread("waker", [&, wakers] {
    for (int i = 1; i <= wakers; ++i) {
      WRITE_ONCE(d.ready, i);
      rcuwait_wake_up(&d.rcu_wait);
    }
    WRITE_ONCE(d.data, 1);
  });
}
LITMUS(woken_in_vain_event) { woken_in_vain(Loop::kEvent, 2); }
LITMUS(woken_in_vain_rounds) { woken_in_vain(Loop::kRounds, 2); }
LITMUS(woken_too_little_event) { woken_in_vain(Loop::kEvent, 1); }
LITMUS(woken_too_little_rounds) { woken_in_vain(Loop::kRounds, 1); }

TEST_CASE("a loop that sleeps has the outcomes of its last round alone") {
  const Outcome event = run("woken_in_vain_event");
  const Outcome rounds = run("woken_in_vain_rounds", 3);
  for (const Outcome& o : {event, rounds}) {
    CHECK(o.reaches("early"));
    CHECK(o.reaches("late"));
    CHECK(o.deadlocks == 0);
  }
  CHECK(event.executions < rounds.executions);
  CHECK_FALSE(event.bound_hit);
  CHECK(run("woken_too_little_event").deadlocks > 0);
  CHECK(run("woken_too_little_rounds", 3).deadlocks > 0);
}

LITMUS(wq_condition_writes) {
  auto& d = make<device>();
  auto& count = make<atomic_t>();
  thread("waiter", [&] { wait_event(d.wq, atomic_inc_return(&count) == 2); });
}
LITMUS(wq_condition_takes) {
  auto& d = make<device>();
  auto& count = make<atomic_t>();
  thread("waiter", [&] { wait_event(d.wq, atomic_add_unless(&count, -1, 0)); });
  thread("waker", [&] {
    atomic_inc(&count);
    wake_up(&d.wq);
  });
  finally([&] { CHECK_INVARIANT(atomic_read(&count) == 0, "taken"); });
}
LITMUS(wq_sleeps_in_rcu) {
  auto& d = make<device>();
  thread("waiter", [&] {
    rcu_read_lock();
    wait_event(d.wq, READ_ONCE(d.ready) == 1);
    rcu_read_unlock();
  });
}
LITMUS(schedule_without_queue) {
  thread("a", [&] { schedule(); });
}

TEST_CASE("a condition may change what it finds true, and nothing else") {
  CHECK(run("wq_condition_writes").fails_with("the condition of wait_event() writes to memory where it is false"));
  const Outcome o = run("wq_condition_takes");
  CHECK(o.executions == 1);
  CHECK(o.deadlocks == 0);
  CHECK(o.final_failures.empty());
}
TEST_CASE("sleeping where that is not allowed is explained (locktypes.rst)") {
  CHECK(run("wq_sleeps_in_rcu").fails_with("wait_event() inside an RCU read-side critical section"));
  CHECK(run("schedule_without_queue").fails_with("nothing to wait on"));
}

// Conditions of several parts, by && and ||, branch; a wait that never ends has seen the last value all the same.
LITMUS(cond_load_of_two_values) {
  auto& d = make<device>();
  thread("waiter", [&] { (void)smp_cond_load_relaxed(&d.ready, VAL == 1 || VAL == 2); });
  thread("waker", [&] { WRITE_ONCE(d.ready, 2); });
}
LITMUS(cond_load_of_neither_value) {
  auto& d = make<device>();
  thread("waiter", [&] { (void)smp_cond_load_relaxed(&d.ready, VAL == 1 || VAL == 2); });
  thread("waker", [&] { WRITE_ONCE(d.ready, 3); });
}
// What was read before the wait began is not looked at again.
LITMUS(cond_load_of_old_value) {
  auto& d = make<device>();
  thread("waiter", [&] {
    const value<int> wanted = READ_ONCE(d.data);
    (void)smp_cond_load_relaxed(&d.ready, VAL != wanted);
  });
  thread("waker", [&] { WRITE_ONCE(d.data, 1); });
}

TEST_CASE("who waits for ever for a value has seen the last one (include/asm-generic/barrier.h)") {
  const Outcome two = run("cond_load_of_two_values");
  CHECK(two.executions == 1);
  CHECK(two.deadlocks == 0);
  CHECK(run("cond_load_of_neither_value").deadlocks == 1);
  const Outcome old = run("cond_load_of_old_value");
  CHECK(old.executions == 1);
  CHECK(old.deadlocks == 1);
}

LITMUS(while_counts) {
  auto& d = make<device>();
  thread("a", [&] {
    WHILE (READ_ONCE(d.data) < 3) WRITE_ONCE(d.data, READ_ONCE(d.data) + 1);
  });
  finally([&] { CHECK_INVARIANT(d.data == 3, "three rounds"); });
}
// The store in the body comes behind the load, that behind the loop need not.
void while_control(bool inside) {
  auto& d = make<device>();
  value<int> r0, r1;
  thread("a", [&, inside] {
    WHILE (true) {
      r0 = READ_ONCE(d.ready);
      WHILE (r0 == 1) {
        if (inside) WRITE_ONCE(d.data, 1);
        break;
      }
      break;
    }
    if (!inside) WRITE_ONCE(d.data, 1);
  });
  thread("b", [&] {
    r1 = READ_ONCE(d.data);
    IF (r1 == 1) WRITE_ONCE(d.ready, 1);
  });
  finally([&] { CHECK_INVARIANT(r0 == 0 || r1 == 0, "load buffering"); });
}
LITMUS(while_control_inside) { while_control(true); }
LITMUS(while_control_behind) { while_control(false); }

TEST_CASE("WHILE runs to the bound, and a control dependency ends with it (control-dependencies.txt)") {
  const Outcome o = run("while_counts", 3);
  CHECK(o.executions == 1);
  CHECK(o.final_failures.empty());
  CHECK_FALSE(o.bound_hit);
  const Outcome cut = run("while_counts", 2);
  CHECK(cut.executions == 0);
  CHECK(cut.bound_hit);
  CHECK(run("while_control_inside").final_failures.empty());
  CHECK(run("while_control_behind").final_failures.size() == 1);
}

LITMUS(completion_never_comes) {
  auto& c = make<completion>();
  thread("waiter", [&] { wait_for_completion(&c); });
}
LITMUS(completion_again) {
  auto& c = make<completion>();
  thread("a", [&] {
    CHECK_INVARIANT(!completion_done(&c), "new");
    complete_all(&c);
    CHECK_INVARIANT(completion_done(&c), "completed");
    wait_for_completion(&c);
    reinit_completion(&c);
    const bool taken = try_wait_for_completion(&c);
    CHECK_INVARIANT(value<bool>(!taken), "new again");
  });
}
TEST_CASE("completions are completed, awaited and made new again (Documentation/scheduler/completion.rst)") {
  CHECK(run("completion_never_comes").blocked == std::vector<std::string>{"waiter waits for a completion"});
  const Outcome o = run("completion_again");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
}

// Two exclusive waiters, one after the other, and who wakes them. (By hand each turn of a loop is followed, so that tests of
// more of them take long.)
enum class Wakes { kOne, kTwo, kAll };
void exclusive_waiters(Wakes wakes) {
  auto& d = make<device>();
  thread("first", [&] {
    DEFINE_WAIT(wait);
    prepare_to_wait_exclusive(&d.wq, &wait, TASK_UNINTERRUPTIBLE);
    smp_store_release(&d.ready, 1);
    schedule();
  });
  thread("second", [&] {
    (void)smp_cond_load_acquire(&d.ready, VAL == 1);
    DEFINE_WAIT(wait);
    prepare_to_wait_exclusive(&d.wq, &wait, TASK_UNINTERRUPTIBLE);
    smp_store_release(&d.data, 1);
    schedule();
  });
  thread("waker", [&, wakes] {
    (void)smp_cond_load_acquire(&d.data, VAL == 1);
    if (wakes == Wakes::kTwo) {
      wake_up_nr(&d.wq, 2);
    } else if (wakes == Wakes::kAll) {
      wake_up_all(&d.wq);
    } else {
      wake_up(&d.wq);
    }
  });
}
LITMUS(wq_exclusive_wakes_one) { exclusive_waiters(Wakes::kOne); }
LITMUS(wq_exclusive_wakes_two) { exclusive_waiters(Wakes::kTwo); }
LITMUS(wq_exclusive_wakes_all) { exclusive_waiters(Wakes::kAll); }

TEST_CASE(
    "wake_up() wakes the first exclusive waiter, wake_up_all() all (include/linux/wait.h; kernel/sched/wait.c, "
    "__wake_up_common())") {
  const Outcome one = run("wq_exclusive_wakes_one");
  CHECK(one.executions == 0);
  CHECK(one.all_blocked == std::set<std::string>{"second waits for a wake-up"});
  for (const char* test : {"wq_exclusive_wakes_two", "wq_exclusive_wakes_all"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.deadlocks == 0);
  }
}

// Waits that a signal may end.
enum class Signals { kNone, kAllowed };
void interruptible(Signals signals) {
  auto& d = make<device>();
  if (signals == Signals::kAllowed) allow_signals();
  thread("waiter", [&] {
    const value<int> result = wait_event_interruptible(d.wq, READ_ONCE(d.ready) == 1);
    exists("interrupted", result == -ERESTARTSYS);
    exists("done", result == 0);
  });
}
LITMUS(wq_interruptible) { interruptible(Signals::kNone); }
LITMUS(wq_interruptible_by_signal) { interruptible(Signals::kAllowed); }
LITMUS(wq_interruptible_but_ready) {
  auto& d = make<device>();
  allow_signals();
  WRITE_ONCE(d.ready, 1);
  thread("waiter", [&] {
    const value<int> killed = wait_event_killable(d.wq, READ_ONCE(d.ready) == 1);
    const value<int> woken = rcuwait_wait_event(&d.rcu_wait, READ_ONCE(d.ready) == 1, TASK_INTERRUPTIBLE);
    CHECK_INVARIANT(killed == 0 && woken == 0, "it need not wait");
  });
}
LITMUS(wq_uninterruptible) {
  auto& d = make<device>();
  allow_signals();
  thread("waiter", [&] { (void)rcuwait_wait_event(&d.rcu_wait, READ_ONCE(d.ready) == 1, TASK_UNINTERRUPTIBLE); });
}
LITMUS(rcuwait_by_signal) {
  auto& d = make<device>();
  allow_signals();
  thread("waiter", [&] {
    const value<int> result = rcuwait_wait_event(&d.rcu_wait, READ_ONCE(d.ready) == 1, TASK_INTERRUPTIBLE);
    exists("interrupted", result == -EINTR);
  });
}
LITMUS(schedule_by_signal) {
  auto& d = make<device>();
  allow_signals();
  thread("waiter", [&] {
    DEFINE_WAIT(wait);
    prepare_to_wait(&d.wq, &wait, TASK_INTERRUPTIBLE);
    schedule();
    finish_wait(&d.wq, &wait);
    CHECK_INVARIANT(value<bool>(signal_pending()), "nothing else has ended it");
  });
}

TEST_CASE("a signal ends a wait that it may end, if there is something to wait for (include/linux/wait.h, include/linux/rcuwait.h)") {
  const Outcome none = run("wq_interruptible");
  CHECK(none.executions == 0);
  CHECK(none.deadlocks == 1);
  const Outcome signal = run("wq_interruptible_by_signal");
  CHECK(signal.executions == 1);
  CHECK(signal.reaches("interrupted"));
  CHECK_FALSE(signal.reaches("done"));
  CHECK(signal.deadlocks == 1);  // if it does not come
  CHECK(run("wq_interruptible_but_ready").failures.empty());
  CHECK(run("wq_uninterruptible").executions == 0);
  const Outcome rcu = run("rcuwait_by_signal");
  CHECK(rcu.executions == 1);
  CHECK(rcu.reaches("interrupted"));
  const Outcome by_hand = run("schedule_by_signal");
  CHECK(by_hand.executions == 1);
  CHECK(by_hand.failures.empty());
}

LITMUS(locks_by_signal) {
  auto& sem = make<rw_semaphore>();
  auto& m = make<mutex>();
  auto& c = make<completion>();
  shared<int> x;
  allow_signals();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      if (down_write_killable(&sem) != 0) {
        exists("rwsem", true);
        return;
      }
      x = x + 1;
      up_write(&sem);
      if (down_read_killable(&sem) == 0) up_read(&sem);
      if (mutex_lock_interruptible(&m) != 0) {
        exists("mutex", true);
        return;
      }
      x = x + 1;
      mutex_unlock(&m);
    });
  }
  thread("c", [&] { exists("completion", value<bool>(wait_for_completion_interruptible(&c) == -ERESTARTSYS)); });
}
LITMUS(free_locks_by_signal) {
  auto& sem = make<rw_semaphore>();
  auto& m = make<mutex>();
  allow_signals();
  thread("a", [&] {
    CHECK_INVARIANT(value<bool>(down_read_interruptible(&sem) == 0), "free");
    up_read(&sem);
    CHECK_INVARIANT(value<bool>(mutex_lock_killable(&m) == 0), "free");
    mutex_unlock(&m);
  });
}
TEST_CASE(
    "a signal ends the wait for a lock or a completion, not where there is none to wait (kernel/locking/rwsem.c, mutex.c; "
    "kernel/sched/completion.c)") {
  const Outcome o = run("locks_by_signal");
  CHECK(o.reaches("rwsem"));
  CHECK(o.reaches("mutex"));
  CHECK(o.reaches("completion"));
  CHECK(o.failures.empty());
  const Outcome free = run("free_locks_by_signal");
  CHECK(free.executions > 0);
  CHECK(free.failures.empty());
}

}  // namespace
}  // namespace lkmc
