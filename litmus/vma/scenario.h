// What the scenarios of the per-VMA lock have in common: mms with a cache of vmas, and what a page fault checks of the vma
// that it has locked. V is a version of the lock, see models/vma/common.h.
#pragma once

#include "../../models/vma/mistakes.h"
#include "../../models/vma/versions.h"

namespace vma {

// In the set-up: the vma is attached to the mm.
template <class V>
void map(typename V::vm_area_struct &vma, typename V::mm_struct &to) {
  vma.vm_mm = &to;
  vma.vm_start = kAddress;
  vma.vm_end = kAddress + kPage;
  V::begin_attached(&vma);
  vma.ghost.life = attached_to(to.number);
}

// With one vma, which is recycled.
template <class V>
struct machine {
  using mm_struct = typename V::mm_struct;
  using vm_area_struct = typename V::vm_area_struct;
  vm_area_struct vma;
  vma_cache<vm_area_struct> vm_area_cachep{.vma = &vma};
  mm_struct mm{1, &vm_area_cachep};
  mm_struct other_mm{2, &vm_area_cachep};

  // In the set-up: the vma is attached to one of them.
  void map(mm_struct &to) { vma::map<V>(vma, to); }
  // In the set-up: a lookup in the mm finds the vma, for it belongs to the mm or did so when the lookup began.
  void let_be_found_in(mm_struct &in) { in.mm_mt = &vma; }
};

// With the slab allocator of the checker.
template <class V>
struct slab_machine {
  using mm_struct = typename V::mm_struct;
  using vm_area_struct = typename V::vm_area_struct;
  static constexpr unsigned kFlags = V::kReusesAtOnce ? SLAB_TYPESAFE_BY_RCU : 0;
  explicit slab_machine(unsigned flags) : slab("vm_area_struct", flags) {}
  kmem_cache<vm_area_struct> slab;
  vma_cache<vm_area_struct> vm_area_cachep{.slab = &slab};
  mm_struct mm{1, &vm_area_cachep};

  // In the set-up: a vma that is attached to the mm and found there.
  typename V::vma_pointer map_new_vma() {
    const typename V::vma_pointer vma = kmem_cache_zalloc(&slab);
    vma->vm_lock_seq = ~0u;
    vma::map<V>(*raw(vma), mm);
    mm.mm_mt = vma;
    return vma;
  }
};

// A new vma with its fields, not attached yet.
template <class V>
typename V::vma_pointer new_vma(typename V::mm_struct *mm, unsigned long start) {
  const auto vma = V::vm_area_alloc(mm);
  vma->vm_start = start;
  vma->vm_end = start + kPage;
  vma->vm_flags = 1;
  return vma;
}

// --- what a fault may rely on while it has the vma locked
template <class V>
void check_life(int mm_number, const typename V::vma_pointer &vma) {
  const value<int> life = READ_ONCE(vma->ghost.life);
  const value<bool> unfinished = life == being_built_for(mm_number);
  const value<bool> detached = life == detached_from(mm_number);
  CHECK_INVARIANT(!unfinished, kUnfinished);
  CHECK_INVARIANT(!detached, kDetached);
  CHECK_INVARIANT((life == attached_to(mm_number)) | unfinished | detached, kLookup);
}

// Two looks, for under sequential consistency a mistake may show for a moment only.
template <class V>
void fault(typename V::mm_struct *mm) {
  KERNEL_FUNCTION;
  const auto vma = V::lock_vma_under_rcu(mm, kAddress);
  if (vma == nullptr) return;
  exists("the fault has the vma", true);
  check_life<V>(mm->number, vma);
  check_life<V>(mm->number, vma);
  V::vma_end_read(vma);
}

// The same where only the allocator is to judge.
template <class V>
void fault_without_checks(typename V::mm_struct *mm) {
  KERNEL_FUNCTION;
  const auto vma = V::lock_vma_under_rcu(mm, kAddress);
  if (vma == nullptr) return;
  exists("the fault has the vma", true);
  V::vma_end_read(vma);
}

// The same where somebody may write to the vma: the writer's ghost is looked at as well, and fields that the lock guards.
template <class V>
void fault_that_reads(typename V::mm_struct *mm) {
  KERNEL_FUNCTION;
  const auto vma = V::lock_vma_under_rcu(mm, kAddress);
  if (vma == nullptr) return;
  exists("the fault has the vma", true);
  CHECK_INVARIANT(!READ_ONCE(vma->ghost.writer), kExclusion);
  const value<int> flags = READ_ONCE(vma->vm_flags);
  CHECK_INVARIANT(READ_ONCE(vma->vm_flags) == flags, kConstant);
  CHECK_INVARIANT(!READ_ONCE(vma->ghost.writer), kExclusion);
  V::vma_end_read(vma);
}

// In the set-up: what the reference count of an attached vma is when all have ended.
template <class V>
void expect_no_reader(machine<V> &m) {
  if constexpr (requires { m.vma.vm_refcnt; }) {
    finally([&] { CHECK_INVARIANT(m.vma.vm_refcnt.refs == 1, kPairs); });
  }
}

// With the vma write-locked.
template <class V>
void write_to(typename V::mm_struct *mm, const typename V::vma_pointer &vma) {
  CHECK_INVARIANT(READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq), kSequence);
  WRITE_ONCE(vma->ghost.writer, true);
  WRITE_ONCE(vma->vm_flags, 1);
  WRITE_ONCE(vma->ghost.writer, false);
}

// Takes the vma out of the tree; with the mmap lock held for writing.
template <class V>
void unmap(typename V::mm_struct *mm, const typename V::vma_pointer &vma) {
  KERNEL_FUNCTION;
  V::vma_start_write(mm, vma);
  rcu_assign_pointer(mm->mm_mt, nullptr);
  V::vma_mark_detached(mm, vma);
  V::vm_area_free(mm, vma);
}

}  // namespace vma
