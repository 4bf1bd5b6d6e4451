// lock_next_vma(): how /proc/PID/maps and PROCMAP_QUERY go through the vmas of an mm without mmap_lock, since v6.17 (mm/mmap_lock.c).
//
// The next vma at or behind an address is found in the tree, and locked then. If it begins behind the address there is a gap in between,
// or it has been shrunk since it was found and another vma stands there. Speculation on mm_lock_seq, which begins before the tree is read,
// says whether anything can have changed; if so, the tree is read again.
#pragma once

#include "common.h"

namespace vma {

// The tree: the vma of each of two pages, at kAddress and behind it.
template <class V>
struct page_tree {
  shared<typename V::vm_area_struct *> first, second;
};
template <class V>
typename V::vma_pointer vma_next(const page_tree<V> &tree) {
  const typename V::vma_pointer vma = rcu_dereference(tree.first);
  return vma != nullptr ? vma : rcu_dereference(tree.second);
}

struct speculates {
  template <class V>
  static typename V::vma_pointer begin_and_find(typename V::mm_struct *mm, const page_tree<V> &tree, value<unsigned> &sequence,
                                                value<bool> &begun) {
    begun = mmap_lock_speculate_try_begin(mm, sequence);
    return vma_next<V>(tree);
  }
  template <class mm_struct>
  static bool may_have_changed(mm_struct *mm, const value<unsigned> &sequence, const value<bool> &begun) {
    return !begun || mmap_lock_speculate_retry(mm, sequence);
  }
};

template <class V>
typename V::vma_pointer lock_next_vma_under_mmap_lock(typename V::mm_struct *mm, const page_tree<V> &tree) {
  KERNEL_FUNCTION;
  V::mmap_read_lock(mm);
  const typename V::vma_pointer vma = vma_next<V>(tree);
  if (vma != nullptr) (void)V::vma_start_read_locked(vma);
  V::mmap_read_unlock(mm);
  return vma;
}

// From kAddress on, in an RCU read-side critical section. Other errors of vma_start_read() than that somebody writes make the kernel begin
// again: that is a lookup like the first.
template <class V, class Check = speculates>
typename V::vma_pointer lock_next_vma(typename V::mm_struct *mm, const page_tree<V> &tree) {
  KERNEL_FUNCTION;
  value<unsigned> sequence = 0u;
  value<bool> begun = false;
  const typename V::vma_pointer vma = Check::template begin_and_find<V>(mm, tree, sequence, begun);
  if (vma == nullptr) return nullptr;
  if (V::vma_start_read(mm, vma)) {
    const bool is_behind{kAddress >= vma->vm_end};
    if (!is_behind && kAddress >= vma->vm_start) return vma;
    if (!is_behind && (!Check::may_have_changed(mm, sequence, begun) || vma == vma_next<V>(tree))) return vma;
    rcu_read_unlock();
    V::vma_end_read(vma);
  } else if (!V::kFailsOutsideOfRcu) {
    rcu_read_unlock();
  }
  const typename V::vma_pointer found = lock_next_vma_under_mmap_lock<V>(mm, tree);
  rcu_read_lock();
  return found;
}

// --- what does not do
// Nobody looks whether anything has changed.
struct does_not_check : speculates {
  template <class mm_struct>
  static bool may_have_changed(mm_struct *, const value<unsigned> &, const value<bool> &) {
    return false;
  }
};
// Speculation begins when the vma has been found.
struct speculates_late : speculates {
  template <class V>
  static typename V::vma_pointer begin_and_find(typename V::mm_struct *mm, const page_tree<V> &tree, value<unsigned> &sequence,
                                                value<bool> &begun) {
    const typename V::vma_pointer vma = vma_next<V>(tree);
    begun = mmap_lock_speculate_try_begin(mm, sequence);
    return vma;
  }
};

}  // namespace vma
