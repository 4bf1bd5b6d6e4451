// rcuwait, step by step, as a writer waits for readers by it since v6.15 (include/linux/rcuwait.h, kernel/exit.c). The other versions
// have it in short.
#pragma once

#include "v2.h"

namespace vma {

// The task that waits and the one that wakes it each write first and look then: barriers A and B keep that order, so one of
// them sees the other. There is one waiter, of one mm.
template <class Self>
struct rcuwait_in_full : wakes<repaired<v2_series<Self>>> {
  using typename v2_series<Self>::mm_struct;
  using typename v2_series<Self>::vma_pointer;
  static inline thread_local rcuwait *writer_wait = nullptr;  // of the mm; set by the test

  static void wait_for_readers(mm_struct *, const vma_pointer &vma, int target) {
    prepare_to_rcuwait(writer_wait);
    for (int looks = 0;; ++looks) {
      if (looks == 3) kernel::Run::current("rcuwait").thread("rcuwait").stop_at_bound({});
      Self::announce_sleep();
      if (smp_load_acquire(&vma->vm_refcnt.refs) == target) break;
      schedule();
    }
    finish_rcuwait(writer_wait);
  }
  static void announce_sleep() { set_current_state(TASK_UNINTERRUPTIBLE); }  // barrier A
  static void wake_up(const value<mm_struct *> &) {
    KERNEL_FUNCTION;
    rcu_read_lock();
    Self::barrier_before_wake_up();
    const value<task_struct *> task = rcu_dereference(writer_wait->task);
    IF (task != nullptr) (void)wake_up_process(task);
    rcu_read_unlock();
  }
  static void barrier_before_wake_up() { smp_mb(); }  // barrier B
};
struct v2_rcuwait : rcuwait_in_full<v2_rcuwait> {};
// The writer may look before it has said that it sleeps.
struct v2_without_barrier_a : rcuwait_in_full<v2_without_barrier_a> {
  static void announce_sleep() { __set_current_state(TASK_UNINTERRUPTIBLE); }
};
// The reader may look who sleeps before it has dropped its reference.
struct v2_without_barrier_b : rcuwait_in_full<v2_without_barrier_b> {
  static void barrier_before_wake_up() {}
};

}  // namespace vma
