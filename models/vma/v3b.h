// The per-VMA lock of Linux v6.18 (0b16f8bed19c, "mm: change vma_start_read() to drop RCU lock on failure"; cc483b328881, "mm: limit the
// scope of vma_start_read()"): who does not get the vma has left the RCU read-side critical section when vma_start_read() returns, and
// who gets it leaves the section before he looks at the range. The reference is what keeps the vma then.
#pragma once

#include "v3a.h"

namespace vma {

template <class Self>
struct v3b_series : v3a_series<Self> {
  static constexpr bool kFailsOutsideOfRcu = true;
  using typename v3a_series<Self>::mm_struct;
  using typename v3a_series<Self>::mm_pointer;
  using typename v3a_series<Self>::vma_pointer;
  static bool vma_start_read(mm_struct *mm, const vma_pointer &vma) {
    if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq) || !Self::get_reference(vma)) {
      rcu_read_unlock();
      return false;
    }
    if (!Self::is_of_mm_or_put(mm, vma)) return false;
    if (Self::is_write_locked(mm, vma)) {
      Self::vma_refcount_put(vma);
      rcu_read_unlock();
      return false;
    }
    return true;
  }
  static bool is_of_mm_or_put(mm_struct *mm, const vma_pointer &vma) {
    const mm_pointer other = vma->vm_mm;
    if (other == mm) return true;
    rcu_read_unlock();
    Self::mmgrab(other);
    Self::vma_refcount_put(vma);
    Self::mmdrop(Self::mm_to_drop(other, vma));
    return false;
  }
  static vma_pointer lock_vma_under_rcu(mm_struct *mm, unsigned long address) {
    KERNEL_FUNCTION;
    rcu_read_lock();
    const vma_pointer vma = rcu_dereference(mm->mm_mt);
    if (vma == nullptr) {
      rcu_read_unlock();
      return nullptr;
    }
    if (!Self::vma_start_read(mm, vma)) return nullptr;
    rcu_read_unlock();
    if (!Self::is_at(mm, vma, address)) {
      Self::vma_end_read(vma);
      return nullptr;
    }
    return vma;
  }
};
struct v3b : v3b_series<v3b> {
  template <class Self>
  using series = v3b_series<Self>;
};

}  // namespace vma
