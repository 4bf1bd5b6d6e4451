// The per-VMA lock of Linux v7.0: the writer's part is written anew (Lorenzo Stoakes's series of January 2026). What is done to vm_refcnt
// stays: VMA_LOCK_OFFSET is VM_REFCNT_EXCLUDE_READERS_FLAG now, and one structure carries what a writer wants, and what it has come to,
// from the function that keeps readers out to the one that lets them in again.
#pragma once

#include "v3c.h"

namespace vma {

template <class Self>
struct v4_series : v3c_series<Self> {
  static constexpr int VM_REFCNT_EXCLUDE_READERS_FLAG = v3c_series<Self>::VMA_LOCK_OFFSET;
  using typename v3c_series<Self>::mm_struct;
  using typename v3c_series<Self>::vma_pointer;

  struct vma_exclude_readers_state {
    const shared<bool> *killed = nullptr;  // nothing: the wait is not killable
    bool detaching = false;
    bool detached = false;
    bool exclusive = false;
  };
  static void __vma_end_exclude_readers(const vma_pointer &vma, vma_exclude_readers_state &state) {
    CHECK_INVARIANT(!state.detached, kDetachWaits);
    state.detached = Self::take_from_count_and_test(vma, VM_REFCNT_EXCLUDE_READERS_FLAG);
  }
  static int __vma_start_exclude_readers(mm_struct *mm, const vma_pointer &vma, vma_exclude_readers_state &state) {
    mmap_assert_write_locked(mm);
    value<int> old;
    if (!Self::add_to_count(vma, VM_REFCNT_EXCLUDE_READERS_FLAG, REFCOUNT_MAX, Tag::kOnce, &old)) {
      CHECK_INVARIANT(old == 0, kNoSaturation);
      Self::found_detached(vma);
      state.detached = true;
      return 0;
    }
    const int target = VM_REFCNT_EXCLUDE_READERS_FLAG + (state.detaching ? 0 : 1);
    if (state.killed == nullptr) {
      Self::wait_for_readers(mm, vma, target);
    } else if (!Self::wait_for_readers_or_signal(mm, vma, target, *state.killed)) {
      Self::__vma_end_exclude_readers(vma, state);
      return kInterrupted;
    }
    state.exclusive = true;
    return 0;
  }
  static int __vma_start_write(mm_struct *mm, const vma_pointer &vma, const shared<bool> *killed) {
    mmap_assert_write_locked(mm);
    const value<unsigned> mm_lock_seq = mm->mm_lock_seq;
    if (vma->vm_lock_seq == mm_lock_seq) return 0;
    KERNEL_FUNCTION;
    vma_exclude_readers_state state{.killed = killed};
    const int error = Self::__vma_start_exclude_readers(mm, vma, state);
    if (error != 0) {
      CHECK_INVARIANT(!state.detached, kWriterKeepsAttached);
      return error;
    }
    Self::set_vm_lock_seq(vma, mm_lock_seq);
    if (!state.exclusive) return 0;
    Self::__vma_end_exclude_readers(vma, state);
    CHECK_INVARIANT(!state.detached, kWriterKeepsAttached);
    return 0;
  }
  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) { (void)Self::__vma_start_write(mm, vma, nullptr); }
  [[nodiscard]] static int vma_start_write_killable(mm_struct *mm, const vma_pointer &vma, const shared<bool> &killed) {
    return Self::__vma_start_write(mm, vma, &killed);
  }
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    if (!Self::take_from_count_and_test(vma, 1)) {
      vma_exclude_readers_state state{.detaching = true};
      (void)Self::__vma_start_exclude_readers(mm, vma, state);
      if (state.exclusive) Self::__vma_end_exclude_readers(vma, state);
      CHECK_INVARIANT(state.detached, kDetachWaits);
    }
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
  }
};
struct v4 : v4_series<v4> {
  template <class Self>
  using series = v4_series<Self>;
};
struct v4_repaired : repaired<v4_series<v4_repaired>> {
  template <class Self>
  using series = repaired<v4_series<Self>>;
};

}  // namespace vma
