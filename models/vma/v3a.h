// The per-VMA lock of Linux v6.17 (9bbffee67ffd, "mm: fix a UAF when vma->mm is freed after vma->vm_refcnt got dropped"): the mm of a
// vma that turns out to be another mm's is kept until the reader has dropped its reference and woken the writer.
#pragma once

#include "v2.h"

namespace vma {

template <class Self>
struct v3a_series : v2_series<Self> {
  static constexpr bool kFailsOutsideOfRcu = false;  // see v3b
  using typename v2_series<Self>::mm_struct;
  using typename v2_series<Self>::mm_pointer;
  using typename v2_series<Self>::vma_pointer;
  static bool is_of_mm_or_put(mm_struct *mm, const vma_pointer &vma) {
    const mm_pointer other = vma->vm_mm;
    if (other == mm) return true;
    rcu_read_unlock();
    Self::mmgrab(other);
    Self::vma_refcount_put(vma);
    Self::mmdrop(Self::mm_to_drop(other, vma));
    rcu_read_lock();
    return false;
  }
  static mm_pointer mm_to_drop(const mm_pointer &other, const vma_pointer &) { return other; }
  static bool is_at(mm_struct *, const vma_pointer &vma, unsigned long address) { return Self::has(vma, address); }
};
struct v3a : v3a_series<v3a> {
  template <class Self>
  using series = v3a_series<Self>;
};
struct v3a_repaired : repaired<v3a_series<v3a_repaired>> {
  template <class Self>
  using series = repaired<v3a_series<Self>>;
};

}  // namespace vma
