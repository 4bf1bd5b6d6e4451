// SPDX-License-Identifier: Apache-2.0
// Sleeping and waking up: the state of a task, rcuwait, and completions (Documentation/memory-barriers.txt, "Sleep and
// wake-up functions"; include/linux/rcuwait.h; kernel/sched/completion.c).
//
// Who waits says that it will sleep, looks at the condition once more, and sleeps; who wakes makes the condition true and
// then looks for somebody to wake. A full barrier on each side makes sure that one of them sees the other. The steps can
// be called one by one, so a test may leave one out: the wake-up that is then lost is reported as a deadlock. Nobody is
// woken without a reason, and there are no timeouts; there are signals where a test says allow_signals(), and then what they
// can end goes on both ways. Wait queues are in waitqueue.h.
#pragma once

#include <cerrno>
#include <limits>

#include "src/kernel/control.h"
#include "src/kernel/rcu.h"

namespace lkmc {

inline constexpr long TASK_RUNNING = 0;
inline constexpr long TASK_INTERRUPTIBLE = 1;
inline constexpr long TASK_UNINTERRUPTIBLE = 2;
inline constexpr long TASK_NORMAL = TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE;
inline constexpr long TASK_WAKEKILL = 0x100;
inline constexpr long TASK_KILLABLE = TASK_WAKEKILL | TASK_UNINTERRUPTIBLE;
inline constexpr int ERESTARTSYS = 512;

// In the set-up: a signal may come to any thread at any time.
inline void allow_signals() { kernel::Run::current("allow_signals()").allow_signals(); }
// Whether the present task has one. It stays there.
[[nodiscard]] inline bool signal_pending(const kernel::Site& site = kernel::Site::current()) {
  return kernel::Run::current("signal_pending()").signal_pending("signal_pending()", site);
}

struct task_struct;  // a thread of the test; only its address is used

namespace kernel {
// Makes the tasks of a test have states.
struct NeedsTasks {
  NeedsTasks() { Run::current("something to wait on").need_tasks(); }
};
}  // namespace kernel

// Of one waiter at a time.
struct rcuwait {
  kernel::NeedsTasks tasks;
  shared<task_struct*> task;
};

// WRITE_ONCE() of the state of the present task.
inline void __set_current_state(long state, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("__set_current_state()");
  const Value task = run.current_task("__set_current_state()", site);
  run.thread("__set_current_state()", site).write(task, run.constant(state), Tag::kOnce, kernel::position(site));
}
// smp_store_mb(): a full barrier behind the store.
inline void set_current_state(long state, const kernel::Site& site = kernel::Site::current()) {
  __set_current_state(state, site);
  kernel::thread_for("set_current_state()", site).fence(Tag::kMb, kernel::position(site));
}
namespace kernel {

inline constexpr const char* kWakeUp = "a wake-up";
// What a signal ends.
inline constexpr long kSignalled = TASK_INTERRUPTIBLE | TASK_WAKEKILL;

// A full barrier, and the state as the scheduler finds it.
inline Value look_at_own_state(const char* function, const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  const Value task = run.current_task(function, site);
  thread.fence(Tag::kMb, position(site));
  return thread.read(task, Tag::kAcquire, position(site));
}
inline Value is_running(const Value& state) {
  Run& run = Run::current("schedule()");
  return run.binary(BinaryOp::kEqual, state, run.constant(TASK_RUNNING));
}
// A full barrier before the state of the task is looked at (kernel/sched/core.c, try_to_wake_up()). Wakes it if it sleeps
// in one of the states, and returns whether it did.
inline bool try_to_wake_up(const Value& task, long states, const char* function, const Site& site) {
  Run& run = Run::current(function);
  Thread& thread = run.thread(function, site);
  thread.fence(Tag::kMb, position(site));
  return thread
      .try_rmw(
          task, [&](const Value& state) { return run.binary(BinaryOp::kBitAnd, state, run.constant(states)); },
          [&](const Value&) { return run.constant(TASK_RUNNING); }, Tag::kMb, position(site))
      .second;
}

}  // namespace kernel

// A full barrier, then sleeps until the task is running. What comes before the wake-up is seen by what follows. Does not sleep
// where a signal is pending and the state is one that it ends (kernel/sched/core.c, __schedule()).
inline void schedule(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("schedule()");
  run.might_sleep("schedule()", site);
  const Value state = kernel::look_at_own_state("schedule()", site);
  if (run.signal_pending("schedule()", site) && run.branch(run.binary(BinaryOp::kBitAnd, state, run.constant(kernel::kSignalled)))) {
    __set_current_state(TASK_RUNNING, site);
    return;
  }
  run.thread("schedule()", site).await(kernel::is_running(state), kernel::position(site), {.what = kernel::kWakeUp, .looks = state.reads});
}
// A full barrier before the state of the task is looked at. Returns whether it slept.
inline bool wake_up_process(const value<task_struct*>& task, const kernel::Site& site = kernel::Site::current()) {
  return kernel::try_to_wake_up(task.symbolic(), TASK_NORMAL, "wake_up_process()", site);
}
// The task of the present thread.
[[nodiscard]] inline value<task_struct*> get_current(const kernel::Site& site = kernel::Site::current()) {
  return value<task_struct*>::from(kernel::Run::current("current").current_task("current", site));
}

// Release: the task that will wait.
inline void prepare_to_rcuwait(rcuwait* w, const kernel::Site& site = kernel::Site::current()) {
  w->task.write(kernel::Run::current("prepare_to_rcuwait()").current_task("prepare_to_rcuwait()", site), Tag::kRelease, site);
}
// WRITE_ONCE()s: nobody waits, and the task is running.
inline void finish_rcuwait(rcuwait* w, const kernel::Site& site = kernel::Site::current()) {
  rcu_assign_pointer(w->task, nullptr, site);
  __set_current_state(TASK_RUNNING, site);
}
// Full barrier (B), then wakes who waits, if anybody does.
inline void rcuwait_wake_up(rcuwait* w, const kernel::Site& site = kernel::Site::current()) {
  rcu_read_lock(site);
  kernel::thread_for("rcuwait_wake_up()", site).fence(Tag::kMb, kernel::position(site));
  const value<task_struct*> task = rcu_dereference(w->task, site);
  kernel::if_true(task != nullptr, [&] { (void)wake_up_process(task, site); });
  rcu_read_unlock(site);
}

namespace kernel {

// The last round of a loop that sleeps until a condition holds:
//
//     for (;;) { prepare(); if (condition()) break; schedule(); }
//
// The rounds before need not be followed. A thread that was woken although the condition did not hold is where it was, and
// an execution stays one if these rounds are left out, with those who woke it finding it awake: they touch nothing but the
// task and its queue, and leaving out events orders nothing more. So either the first look finds the condition true, or
// the thread sleeps for ever behind a look that finds it false, as the deadlock search asks. What is not seen is a data
// race of a look that is repeated, on a variable that no last look reads. A condition that writes even where it is false
// cannot be treated so; the mistake is explained.
template <class Condition, class Prepare>
void sleep_until(const Condition& condition, const Prepare& prepare, bool prepares_first_look, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.might_sleep(function, site);
  Thread& thread = run.thread(function, site);
  const bool sleeps = thread.chooses_to_wait(position(site));
  if (sleeps || prepares_first_look) prepare();
  const EventIndex first = thread.event_count();
  const Value holds = get(condition());
  const Value always = run.unary(UnaryOp::kLogicalNot, run.constant(0));
  if (thread.wrote_since(first) && holds.expr != always.expr) {
    run.fail(site,
             std::string("the condition of ") + function + " writes to memory where it is false: write the loop with WHILE and schedule()");
  }
  if (!sleeps) {
    thread.require(holds, position(site));
    run.control_from_here(holds);
    return;
  }
  thread.require(run.unary(UnaryOp::kLogicalNot, holds), position(site));
  const Value state = look_at_own_state(function, site);
  thread.wait_for_ever(is_running(state), position(site), {.what = kWakeUp, .looks = state.reads});
}

// The same where a signal has come: it sleeps no more, but looks once more. Whether the condition holds.
template <class Condition, class Prepare>
bool look_once_more(const Condition& condition, const Prepare& prepare, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.might_sleep(function, site);
  prepare();
  const Value holds = get(condition());
  run.control_from_here(holds);
  return run.branch(holds);
}

template <class Condition>
int rcuwait_wait_event(rcuwait* w, const Condition& condition, long state, const Site& site) {
  const char* const function = "rcuwait_wait_event()";
  prepare_to_rcuwait(w, site);
  const auto prepare = [&] { set_current_state(state, site); };
  int result = 0;
  if ((state & kSignalled) != 0 && Run::current(function).signal_pending(function, site)) {
    if (!look_once_more(condition, prepare, function, site)) result = -EINTR;
  } else {
    sleep_until(condition, prepare, true, function, site);
  }
  finish_rcuwait(w, site);
  return result;
}
}  // namespace kernel

// Waits until the condition holds, and returns 0; or -EINTR if a signal ends the state before. Full barrier (A) between the
// announcement that the task sleeps and each look at the condition; no ordering behind the last look but its control dependency.
#define rcuwait_wait_event(w, condition, state) \
  ::lkmc::kernel::rcuwait_wait_event((w), [&] { return (condition); }, (state), std::source_location::current())

struct completion {
  shared<unsigned> done;
};
inline constexpr unsigned kCompletedForAll = std::numeric_limits<unsigned>::max();

namespace kernel {
inline Value is_done(const Value& done) {
  Run& run = Run::current("a completion");
  return run.binary(BinaryOp::kNotEqual, done, run.constant(0));
}
// One waiter less, unless it is completed for all.
inline Value one_taken(const Value& done) {
  Run& run = Run::current("a completion");
  return run.binary(BinaryOp::kSubtract, done, run.binary(BinaryOp::kNotEqual, done, run.constant(kCompletedForAll)));
}
}  // namespace kernel

// Release: what comes before is seen behind the wait that it ends.
inline void complete(completion* x, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("complete()");
  (void)run.thread("complete()", site)
      .rmw(
          x->done.address(),
          [&](const Value& done) {
            const Value more = run.binary(BinaryOp::kNotEqual, done, run.constant(kCompletedForAll));
            return run.binary(BinaryOp::kAdd, done, more);
          },
          Tag::kRelease, kernel::position(site));
}
inline void complete_all(completion* x, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("complete_all()");
  (void)run.thread("complete_all()", site)
      .exchange(x->done.address(), run.constant(kCompletedForAll), Tag::kRelease, kernel::position(site));
}
// Acquire. Sleeps until it is completed.
inline void wait_for_completion(completion* x, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("wait_for_completion()");
  run.might_sleep("wait_for_completion()", site);
  (void)run.thread("wait_for_completion()", site)
      .await_rmw(x->done.address(), kernel::is_done, kernel::one_taken, Tag::kAcquire, kernel::position(site), {.what = "a completion"});
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool try_wait_for_completion(completion* x, const kernel::Site& site = kernel::Site::current()) {
  return kernel::thread_for("try_wait_for_completion()", site)
      .try_rmw(x->done.address(), kernel::is_done, kernel::one_taken, Tag::kAcquire, kernel::position(site))
      .second;
}
// The same, and returns 0; or -ERESTARTSYS, unordered, if a signal comes before it is completed.
inline int wait_for_completion_interruptible(completion* x, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("wait_for_completion_interruptible()");
  run.might_sleep("wait_for_completion_interruptible()", site);
  if (run.signal_pending("wait_for_completion_interruptible()", site)) return try_wait_for_completion(x, site) ? 0 : -ERESTARTSYS;
  wait_for_completion(x, site);
  return 0;
}
inline int wait_for_completion_killable(completion* x, const kernel::Site& site = kernel::Site::current()) {
  return wait_for_completion_interruptible(x, site);
}
// READ_ONCE(): whether it is completed for somebody who does not wait yet.
[[nodiscard]] inline value<bool> completion_done(const completion* x, const kernel::Site& site = kernel::Site::current()) {
  return x->done.read(Tag::kOnce, site) != 0u;
}
// Plain: makes it new. Nobody must use it at the time.
inline void reinit_completion(completion* x, const kernel::Site& site = kernel::Site::current()) {
  x->done.write(kernel::Run::current("reinit_completion()").constant(0), Tag::kPlain, site);
}

}  // namespace lkmc
