// Sleeping and waking up: the state of a task, rcuwait, and completions (Documentation/memory-barriers.txt, "Sleep and
// wake-up functions"; include/linux/rcuwait.h; kernel/sched/completion.c).
//
// Who waits says that it will sleep, looks at the condition once more, and sleeps; who wakes makes the condition true and
// then looks for somebody to wake. A full barrier on each side makes sure that one of them sees the other. The steps can
// be called one by one, so a test may leave one out: the wake-up that is then lost is reported as a deadlock.
#pragma once

#include <limits>

#include "src/kernel/control.h"
#include "src/kernel/rcu.h"

namespace lkmc {

inline constexpr long TASK_RUNNING = 0;
inline constexpr long TASK_INTERRUPTIBLE = 1;
inline constexpr long TASK_UNINTERRUPTIBLE = 2;

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
// A full barrier, then sleeps until the task is running. What comes before the wake-up is seen by what follows.
inline void schedule(const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("schedule()");
  run.might_sleep("schedule()", site);
  Thread& thread = run.thread("schedule()", site);
  const Value task = run.current_task("schedule()", site);
  thread.fence(Tag::kMb, kernel::position(site));
  const Value state = thread.read(task, Tag::kAcquire, kernel::position(site));
  thread.await(run.binary(BinaryOp::kEqual, state, run.constant(TASK_RUNNING)), kernel::position(site));
}
// A full barrier before the state of the task is looked at (kernel/sched/core.c). Returns whether it slept.
inline bool wake_up_process(const value<task_struct*>& task, const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("wake_up_process()");
  Thread& thread = run.thread("wake_up_process()", site);
  thread.fence(Tag::kMb, kernel::position(site));
  const Value running = run.constant(TASK_RUNNING);
  return thread
      .try_rmw(
          task.symbolic(), [&](const Value& state) { return run.binary(BinaryOp::kNotEqual, state, running); },
          [&](const Value&) { return running; }, Tag::kMb, kernel::position(site))
      .second;
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
  IF (task != nullptr) (void)wake_up_process(task, site);
  rcu_read_unlock(site);
}

namespace kernel {

// How often a waiter looks at its condition: one that is woken more often while it does not hold is not followed further,
// which counts as hitting the loop bound.
inline constexpr int kMaxLooks = 3;

template <class Condition>
void rcuwait_wait_event(rcuwait* w, const Condition& condition, long state, const Site& site) {
  Run& run = Run::current("rcuwait_wait_event()");
  run.might_sleep("rcuwait_wait_event()", site);
  prepare_to_rcuwait(w, site);
  for (int looks = 0;; ++looks) {
    if (looks == kMaxLooks) run.thread("rcuwait_wait_event()", site).stop_at_bound(position(site));
    set_current_state(state, site);  // barrier (A)
    const Value holds = get(condition());
    if (run.branch(holds)) {
      run.control_from_here(holds);
      break;
    }
    schedule(site);
  }
  finish_rcuwait(w, site);
}
}  // namespace kernel

// Waits until the condition holds. Full barrier (A) between the announcement that the task sleeps and each look at the
// condition; no ordering behind the last look but its control dependency.
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
      .await_rmw(x->done.address(), kernel::is_done, kernel::one_taken, Tag::kAcquire, kernel::position(site));
}
// Acquire if it returns true, else unordered.
[[nodiscard]] inline bool try_wait_for_completion(completion* x, const kernel::Site& site = kernel::Site::current()) {
  return kernel::thread_for("try_wait_for_completion()", site)
      .try_rmw(x->done.address(), kernel::is_done, kernel::one_taken, Tag::kAcquire, kernel::position(site))
      .second;
}

}  // namespace lkmc
