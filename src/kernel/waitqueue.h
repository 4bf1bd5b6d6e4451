// Wait queues: any number of threads that sleep until a condition holds (include/linux/wait.h, kernel/sched/wait.c;
// Documentation/memory-barriers.txt, "Sleep and wake-up functions").
//
// As in the kernel, a spinlock guards who is in the queue, and that is all the ordering there is between joining the queue
// and a wake-up that looks into it: one of the two comes first. Who joins first is seen and woken; who joins behind the
// wake-up takes the lock after it, and so sees what the waker did before. A waker that asks waitqueue_active() instead has
// to have a full barrier before, or the wake-up is lost.
//
// The queue is a word with one bit for each thread. A wake-up wakes all that are in it: there are no exclusive waiters. A
// waiter leaves the queue itself; that its waker takes it out makes no difference but to waitqueue_active().
#pragma once

#include "src/kernel/spinlock.h"
#include "src/kernel/wait.h"

namespace lkmc {

struct wait_queue_head_t {
  kernel::NeedsTasks tasks;
  spinlock_t lock;
  shared<long> waiters;
};

// A thread's place in a queue. Which queue it is in is known to the queue.
struct wait_queue_entry {};
#define DEFINE_WAIT(name) ::lkmc::wait_queue_entry name

namespace kernel {

inline constexpr int kMostWaiters = 63;

// Under the lock: the present thread joins or leaves.
inline void set_waiting(wait_queue_head_t* wq, bool waits, const char* function, const Site& site) {
  Run& run = Run::current(function);
  if (run.thread_id() >= kMostWaiters) run.fail(site, "wait queues have room for the first 63 threads of a test");
  const value<long> me = 1L << run.thread_id();
  const value<long> old = wq->waiters.read(Tag::kOnce, site);
  wq->waiters.write((waits ? old | me : old & ~me).symbolic(), Tag::kOnce, site);
}

inline void wake_up(wait_queue_head_t* wq, long states, const char* function, const Site& site) {
  Run& run = Run::current(function);
  spin_lock(&wq->lock, site);
  const value<long> waiters = wq->waiters.read(Tag::kOnce, site);
  if (run.branch(waiters.symbolic())) {
    for (ThreadId t = 0; t < run.thread_count() && t < kMostWaiters; ++t) {
      if (t == run.thread_id()) continue;
      IF ((waiters & 1L << t) != 0L) (void)try_to_wake_up(run.task_of(t, function, site), states, function, site);
    }
  }
  spin_unlock(&wq->lock, site);
}

}  // namespace kernel

// Joins the queue under its lock. No ordering but the lock's.
inline void add_wait_queue(wait_queue_head_t* wq, wait_queue_entry*, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::set_waiting(wq, true, "add_wait_queue()", site);
  spin_unlock(&wq->lock, site);
}
inline void remove_wait_queue(wait_queue_head_t* wq, wait_queue_entry*, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::set_waiting(wq, false, "remove_wait_queue()", site);
  spin_unlock(&wq->lock, site);
}
// Joins the queue, and set_current_state() under its lock: a full barrier before what follows.
inline void prepare_to_wait(wait_queue_head_t* wq, wait_queue_entry*, long state,
                            const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::set_waiting(wq, true, "prepare_to_wait()", site);
  set_current_state(state, site);
  spin_unlock(&wq->lock, site);
}
// The task is running; leaves the queue under its lock.
inline void finish_wait(wait_queue_head_t* wq, wait_queue_entry* entry, const kernel::Site& site = kernel::Site::current()) {
  __set_current_state(TASK_RUNNING, site);
  remove_wait_queue(wq, entry, site);
}

// Whether anybody is in the queue: READ_ONCE(), unordered.
[[nodiscard]] inline value<bool> waitqueue_active(const wait_queue_head_t* wq,
                                                  const kernel::Site& site = kernel::Site::current()) {
  return wq->waiters.read(Tag::kOnce, site) != 0L;
}
// The same behind a full barrier.
[[nodiscard]] inline value<bool> wq_has_sleeper(const wait_queue_head_t* wq,
                                                const kernel::Site& site = kernel::Site::current()) {
  smp_mb(site);
  return waitqueue_active(wq, site);
}

// Under the lock of the queue wakes all in it. A full barrier before the state of each that is there, none if nobody is.
inline void wake_up(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_NORMAL, "wake_up()", site);
}
inline void wake_up_all(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_NORMAL, "wake_up_all()", site);
}
// The same for those who sleep in TASK_INTERRUPTIBLE.
inline void wake_up_interruptible(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_INTERRUPTIBLE, "wake_up_interruptible()", site);
}

namespace kernel {
// A condition that holds at the first look is all there is to it.
template <class Condition>
void wait_event(wait_queue_head_t* wq, const Condition& condition, const Site& site) {
  sleep_until(condition, [&] { prepare_to_wait(wq, nullptr, TASK_UNINTERRUPTIBLE, site); }, false, "wait_event()", site);
}
}  // namespace kernel

// Sleeps until the condition holds. The first look comes before anything else, so there is no ordering but the control
// dependency of what follows on the look that finds it true: a condition that publishes something needs an acquire.
#define wait_event(wq, condition) \
  ::lkmc::kernel::wait_event(&(wq), [&] { return (condition); }, std::source_location::current())

}  // namespace lkmc
