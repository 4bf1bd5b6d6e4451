// The per-VMA lock of Linux v6.19: a fatal signal may end the writer's wait (2197bb60f890, "mm: add vma_start_write_killable()", and
// faf3c923523e, "mm: fix vma_start_write_killable() signal handling"). The writer then lets readers in again, and has not locked the vma;
// fork() was the first to wait so (7370f8e1b3a8, "mm: use vma_start_write_killable() in dup_mmap()").
#pragma once

#include "v3b.h"

namespace vma {

inline constexpr int kInterrupted = -4;  // -EINTR

template <class Self>
struct v3c_series : v3b_series<Self> {
  using v3b_series<Self>::VMA_LOCK_OFFSET;
  using typename v3b_series<Self>::mm_struct;
  using typename v3b_series<Self>::vma_pointer;
  // 0, or kInterrupted. `killed` says that the task has a fatal signal. Nobody locks a vma without looking at what this returns.
  [[nodiscard]] static int vma_start_write_killable(mm_struct *mm, const vma_pointer &vma, const shared<bool> &killed) {
    mmap_assert_write_locked(mm);
    const value<unsigned> mm_lock_seq = mm->mm_lock_seq;
    if (vma->vm_lock_seq == mm_lock_seq) return 0;
    KERNEL_FUNCTION;  // __vma_start_write()
    value<int> old;
    const bool locked{Self::add_to_count(vma, VMA_LOCK_OFFSET, REFCOUNT_MAX, Tag::kOnce, &old)};
    if (!locked) {
      CHECK_INVARIANT(old == 0, kNoSaturation);
      Self::found_detached(vma);
    } else if (!Self::wait_for_readers_or_signal(mm, vma, VMA_LOCK_OFFSET + 1, killed)) {
      Self::give_up(vma);
      return kInterrupted;
    }
    Self::set_vm_lock_seq(vma, mm_lock_seq);
    if (locked) Self::let_readers_in(vma);
    return 0;
  }
  // rcuwait_wait_event() looks at the count first, and then for a signal.
  static bool wait_for_readers_or_signal(mm_struct *mm, const vma_pointer &vma, int target, const shared<bool> &killed) {
    if (!READ_ONCE(killed)) {
      Self::wait_for_readers(mm, vma, target);
      return true;
    }
    smp_mb();  // barrier A
    return static_cast<bool>(Self::look_at_count(vma) == target);
  }
  static void give_up(const vma_pointer &vma) { Self::let_readers_in(vma); }
};
template <class V>
inline constexpr bool kIsKillable = requires { &V::vma_start_write_killable; };

struct v3c : v3c_series<v3c> {
  template <class Self>
  using series = v3c_series<Self>;
};

}  // namespace vma
