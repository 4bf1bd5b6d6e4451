// SPDX-License-Identifier: Apache-2.0
// Wait queues: any number of threads that sleep until a condition holds (include/linux/wait.h, kernel/sched/wait.c;
// Documentation/memory-barriers.txt, "Sleep and wake-up functions").
//
// As in the kernel, a spinlock guards who is in the queue, and that is all the ordering there is between joining the queue
// and a wake-up that looks into it: one of the two comes first. Who joins first is seen and woken; who joins behind the
// wake-up takes the lock after it, and so sees what the waker did before. A waker that asks waitqueue_active() instead has
// to have a full barrier before, or the wake-up is lost.
//
// The queue is a word: a bit for each thread, and above them exclusive waiters in line. A wake-up wakes all that are in it but
// for exclusive waiters, of whom it wakes the first that sleeps and takes it out. Other waiters leave the queue themselves; that
// their waker takes them out makes no difference but to waitqueue_active().
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

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

inline constexpr int kMostWaiters = 32;
inline constexpr int kWakesAll = 0;

// A queue with its exclusive waiters in the order in which they came: a byte for each, the first one lowest. The path goes on
// with each queue that there may be.
class Line {
 public:
  Line(wait_queue_head_t* wq, const Site& site) : wq_(wq), site_(site) {
    const auto word = static_cast<std::uint64_t>(raw(wq->waiters.read(Tag::kOnce, site), site));
    others_ = word & 0xffffffff;
    for (std::uint64_t line = word >> 32; line != 0; line >>= 8) waiters_.push_back(static_cast<ThreadId>(line & 0xff) - 1);
  }
  [[nodiscard]] const std::vector<ThreadId>& exclusive() const { return waiters_; }
  [[nodiscard]] bool has_other(ThreadId thread) const { return (others_ >> thread & 1) != 0; }
  // Who is there already stays where it is.
  void add(ThreadId thread) {
    if (std::find(waiters_.begin(), waiters_.end(), thread) != waiters_.end()) return;
    if (waiters_.size() >= 4) Run::current("a wait queue").fail(site_, "a wait queue has room for 4 exclusive waiters");
    waiters_.push_back(thread);
  }
  void remove(ThreadId thread) {
    std::erase(waiters_, thread);
    others_ &= ~(std::uint64_t{1} << thread);
  }
  void store() const {
    std::uint64_t line = 0;
    for (auto w = waiters_.rbegin(); w != waiters_.rend(); ++w) line = line << 8 | static_cast<std::uint64_t>(*w + 1);
    wq_->waiters.write(Run::current("a wait queue").constant(static_cast<Word>(line << 32 | others_)), Tag::kOnce, site_);
  }

 private:
  wait_queue_head_t* wq_;
  const Site site_;
  std::uint64_t others_;
  std::vector<ThreadId> waiters_;
};

// Under the lock: the present thread joins or leaves.
inline void set_waiting(wait_queue_head_t* wq, bool waits, const char* function, const Site& site) {
  Run& run = Run::current(function);
  if (run.thread_id() >= kMostWaiters) run.fail(site, "wait queues have room for the first 32 threads of a test");
  if (!waits && run.has_exclusive_waiters()) {
    Line line(wq, site);
    line.remove(run.thread_id());
    line.store();
    return;
  }
  const value<long> me = 1L << run.thread_id();
  const value<long> old = wq->waiters.read(Tag::kOnce, site);
  wq->waiters.write((waits ? old | me : old & ~me).symbolic(), Tag::kOnce, site);
}
inline void wait_exclusively(wait_queue_head_t* wq, const char* function, const Site& site) {
  Run& run = Run::current(function);
  run.waits_exclusively(site);
  Line line(wq, site);
  line.add(run.thread_id());
  line.store();
}

// `exclusive` is how many exclusive waiters are woken at most, or kWakesAll.
inline void wake_line(wait_queue_head_t* wq, long states, int exclusive, const char* function, const Site& site) {
  Run& run = Run::current(function);
  const auto wakes = [&](ThreadId t) { return try_to_wake_up(run.task_of(t, function, site), states, function, site); };
  Line line(wq, site);
  for (ThreadId t = 0; t < run.thread_count() && t < kMostWaiters; ++t) {
    if (line.has_other(t)) (void)wakes(t);
  }
  int woken = 0;
  for (const ThreadId t : std::vector<ThreadId>(line.exclusive())) {
    if (!wakes(t)) continue;
    line.remove(t);
    if (++woken == exclusive) break;
  }
  if (woken > 0) line.store();
}
inline void wake_up(wait_queue_head_t* wq, long states, int exclusive, const char* function, const Site& site) {
  Run& run = Run::current(function);
  spin_lock(&wq->lock, site);
  if (run.has_exclusive_waiters()) {
    wake_line(wq, states, exclusive, function, site);
    return spin_unlock(&wq->lock, site);
  }
  const value<long> waiters = wq->waiters.read(Tag::kOnce, site);
  if (run.branch(waiters.symbolic())) {
    for (ThreadId t = 0; t < run.thread_count() && t < kMostWaiters; ++t) {
      if (t == run.thread_id()) continue;
      if_true((waiters & 1L << t) != 0L, [&] { (void)try_to_wake_up(run.task_of(t, function, site), states, function, site); });
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
inline void prepare_to_wait(wait_queue_head_t* wq, wait_queue_entry*, long state, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::set_waiting(wq, true, "prepare_to_wait()", site);
  set_current_state(state, site);
  spin_unlock(&wq->lock, site);
}
// The same as exclusive waiters, who stand in line and of whom a wake-up wakes one. Each turn of the loop that sleeps matters
// then, since a wake-up may be spent on who finds nothing to do: write it with WHILE and schedule().
inline void add_wait_queue_exclusive(wait_queue_head_t* wq, wait_queue_entry*, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::wait_exclusively(wq, "add_wait_queue_exclusive()", site);
  spin_unlock(&wq->lock, site);
}
inline void prepare_to_wait_exclusive(wait_queue_head_t* wq, wait_queue_entry*, long state,
                                      const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&wq->lock, site);
  kernel::wait_exclusively(wq, "prepare_to_wait_exclusive()", site);
  set_current_state(state, site);
  spin_unlock(&wq->lock, site);
}
// The task is running; leaves the queue under its lock.
inline void finish_wait(wait_queue_head_t* wq, wait_queue_entry* entry, const kernel::Site& site = kernel::Site::current()) {
  __set_current_state(TASK_RUNNING, site);
  remove_wait_queue(wq, entry, site);
}

// Whether anybody is in the queue: READ_ONCE(), unordered.
[[nodiscard]] inline value<bool> waitqueue_active(const wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  return wq->waiters.read(Tag::kOnce, site) != 0L;
}
// The same behind a full barrier.
[[nodiscard]] inline value<bool> wq_has_sleeper(const wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  smp_mb(site);
  return waitqueue_active(wq, site);
}

// Under the lock of the queue wakes all in it but for exclusive waiters, of whom it wakes one, `nr`, or all. A full barrier
// before the state of each that is there, none if nobody is.
inline void wake_up(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_NORMAL, 1, "wake_up()", site);
}
inline void wake_up_nr(wait_queue_head_t* wq, int nr, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_NORMAL, nr, "wake_up_nr()", site);
}
inline void wake_up_all(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_NORMAL, kernel::kWakesAll, "wake_up_all()", site);
}
// The same for those who sleep in TASK_INTERRUPTIBLE.
inline void wake_up_interruptible(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_INTERRUPTIBLE, 1, "wake_up_interruptible()", site);
}
inline void wake_up_interruptible_all(wait_queue_head_t* wq, const kernel::Site& site = kernel::Site::current()) {
  kernel::wake_up(wq, TASK_INTERRUPTIBLE, kernel::kWakesAll, "wake_up_interruptible_all()", site);
}

namespace kernel {
// A condition that holds at the first look is all there is to it.
template <class Condition>
void wait_event(wait_queue_head_t* wq, const Condition& condition, const Site& site) {
  sleep_until(
      condition, [&] { prepare_to_wait(wq, nullptr, TASK_UNINTERRUPTIBLE, site); }, false, "wait_event()", site);
}
// The same for one that a signal ends.
template <class Condition>
int wait_event_or_signal(wait_queue_head_t* wq, const Condition& condition, long state, const char* function, const Site& site) {
  const auto prepare = [&] { prepare_to_wait(wq, nullptr, state, site); };
  if (!Run::current(function).signal_pending(function, site)) {
    sleep_until(condition, prepare, false, function, site);
    return 0;
  }
  const bool holds = look_once_more(condition, prepare, function, site);
  finish_wait(wq, nullptr, site);
  return holds ? 0 : -ERESTARTSYS;
}
}  // namespace kernel

// Sleeps until the condition holds. The first look comes before anything else, so there is no ordering but the control
// dependency of what follows on the look that finds it true: a condition that publishes something needs an acquire.
#define wait_event(wq, condition) \
  ::lkmc::kernel::wait_event(     \
      &(wq), [&] { return (condition); }, std::source_location::current())

// The same, and returns 0; or -ERESTARTSYS if a signal comes and the condition does not hold (see allow_signals()).
#define wait_event_interruptible(wq, condition) \
  ::lkmc::kernel::wait_event_or_signal(         \
      &(wq), [&] { return (condition); }, ::lkmc::TASK_INTERRUPTIBLE, "wait_event_interruptible()", std::source_location::current())
#define wait_event_killable(wq, condition) \
  ::lkmc::kernel::wait_event_or_signal(    \
      &(wq), [&] { return (condition); }, ::lkmc::TASK_KILLABLE, "wait_event_killable()", std::source_location::current())

}  // namespace lkmc
