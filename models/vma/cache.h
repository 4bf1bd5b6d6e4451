// The slab cache of vmas, for scenarios with one vma that is recycled: what one thread frees, another gets, with what it
// contains, and sees all that came before the free (SLAB_TYPESAFE_BY_RCU; include/linux/refcount.h says that the allocator
// orders the two). kmem_cache of the checker would also hand out fresh vmas, and give pages back: that costs a great many
// executions, and nothing in them concerns the lock.
#pragma once

#include "lkmc/litmus.h"

namespace vma {

template <class vm_area_struct>
struct vma_cache {
  lkmc::shared<bool> has_free;
  vm_area_struct *vma = nullptr;  // the one that there is; set in the set-up
};

// Waits until there is a free vma: allocating a fresh one instead is no reuse.
template <class vm_area_struct>
lkmc::value<vm_area_struct *> allocate(vma_cache<vm_area_struct> *cache) {
  (void)smp_cond_load_acquire(&cache->has_free, VAL);
  return cache->vma;
}
template <class vm_area_struct>
void release(vma_cache<vm_area_struct> *cache) {
  smp_store_release(&cache->has_free, true);
}

}  // namespace vma
