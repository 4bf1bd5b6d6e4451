// Where vmas come from: vm_area_cachep, as a scenario needs it.
//
// Most scenarios have one vma that is recycled: what one thread frees, another gets, with what it contains, and sees all that
// came before the free (SLAB_TYPESAFE_BY_RCU; include/linux/refcount.h says that the allocator orders the two). The checker's own
// kmem_cache, for scenarios about the allocator, also hands out fresh vmas and gives pages back, which costs executions.
#pragma once

#include "lkmc/litmus.h"

namespace vma {

template <class vm_area_struct>
struct vma_cache {
  vm_area_struct *vma = nullptr;  // the one that there is; set in the set-up
  lkmc::shared<bool> has_free;
  lkmc::kmem_cache<vm_area_struct> *slab = nullptr;  // in its place
};

// Without a slab, waits until the vma is free: allocating a fresh one instead is no reuse.
template <class vm_area_struct>
lkmc::value<vm_area_struct *> kmem_cache_alloc(vma_cache<vm_area_struct> *cache) {
  if (cache->slab != nullptr) return kmem_cache_alloc(cache->slab);
  (void)smp_cond_load_acquire(&cache->has_free, VAL);
  return cache->vma;
}
template <class vm_area_struct>
void kmem_cache_free(vma_cache<vm_area_struct> *cache, const lkmc::value<vm_area_struct *> &vma) {
  if (cache->slab != nullptr) return kmem_cache_free(cache->slab, vma);
  smp_store_release(&cache->has_free, true);
}

}  // namespace vma
