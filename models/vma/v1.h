// The series "move per-vma lock into vm_area_struct" as of December 2024 (v5), which was not merged, and the repairs that were
// discussed for it.
//
// The rwsem moves into the vma, and vmas come from a cache that is SLAB_TYPESAFE_BY_RCU: a freed vma may be handed out again
// while a lookup is at it. A flag says whether the vma is attached; barriers order it against the fields that a lookup
// checks. ("[PATCH v5 4/6] mm: make vma cache SLAB_TYPESAFE_BY_RCU", 6 December 2024, and the answers to it)
#pragma once

#include "cache.h"
#include "common.h"

namespace vma {

template <class Self>
struct v1_series {
  static constexpr bool kReusesAtOnce = true;  // a freed vma, which a lookup may be at

  struct vm_area_struct;
  using cache = vma_cache<vm_area_struct>;
  using vma_pointer = value<vm_area_struct *>;

  struct mm_struct {
    mm_struct(int number, cache *vm_area_cachep) : number(number), vm_area_cachep(vm_area_cachep) {}
    const int number;
    cache *const vm_area_cachep;
    rw_semaphore mmap_lock;
    shared<unsigned> mm_lock_seq;
    shared<vm_area_struct *> mm_mt;
  };
  // The initial values are what the slab's constructor leaves.
  struct vm_area_struct {
    shared<unsigned long> vm_start;
    shared<unsigned long> vm_end;
    shared<mm_struct *> vm_mm;
    shared<int> vm_flags;
    shared<unsigned> vm_lock_seq{~0u};
    shared<bool> detached{true};
    rw_semaphore vm_lock;
    ghosts_of_vma ghost;
  };

  // --- readers
  // vma->vm_mm may be another mm by now, so the mm is handed in.
  static bool vma_start_read(mm_struct *mm, const vma_pointer &vma) {
    if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq)) return false;
    if (!down_read_trylock(&vma->vm_lock)) return false;
    if (vma->vm_lock_seq == smp_load_acquire(&mm->mm_lock_seq)) {
      up_read(&vma->vm_lock);
      return false;
    }
    return true;
  }
  static void vma_end_read(const vma_pointer &vma) {
    rcu_read_lock();  // keeps the vma until up_read() is through with it
    up_read(&vma->vm_lock);
    rcu_read_unlock();
  }
  // With mmap_lock held for reading.
  static bool vma_start_read_locked(const vma_pointer &vma) {
    down_read(&vma->vm_lock);
    return true;
  }
  static value<bool> is_vma_detached(const vma_pointer &vma) {
    const value<bool> detached = READ_ONCE(vma->detached);
    smp_rmb();  // pairs with vma_mark_attached()
    return detached;
  }
  static vma_pointer lock_vma_under_rcu(mm_struct *mm, unsigned long address) {
    KERNEL_FUNCTION;
    rcu_read_lock();
    const vma_pointer vma = rcu_dereference(mm->mm_mt);
    if (vma == nullptr || !Self::vma_start_read(mm, vma)) {
      rcu_read_unlock();
      return nullptr;
    }
    // The kernel looks the address up again if the vma is detached; a second lookup is a lookup like the first.
    if (Self::is_vma_detached(vma) || vma->vm_mm != mm || address < vma->vm_start || address >= vma->vm_end) {
      Self::vma_end_read(vma);
      rcu_read_unlock();
      return nullptr;
    }
    rcu_read_unlock();
    return vma;
  }

  // --- writers
  static void mmap_write_lock(mm_struct *mm) {
    down_write(&mm->mmap_lock);
    mm_lock_seqcount_begin(mm);
  }
  static void mmap_write_unlock(mm_struct *mm) {
    mm_lock_seqcount_end(mm);
    up_write(&mm->mmap_lock);
  }
  static void mmap_write_downgrade(mm_struct *mm) {
    mm_lock_seqcount_end(mm);
    downgrade_write(&mm->mmap_lock);
  }
  static void mmap_read_lock(mm_struct *mm) { down_read(&mm->mmap_lock); }
  static void mmap_read_unlock(mm_struct *mm) { up_read(&mm->mmap_lock); }

  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &mm_lock_seq) {
    down_write(&vma->vm_lock);
    WRITE_ONCE(vma->vm_lock_seq, mm_lock_seq);
    up_write(&vma->vm_lock);
  }
  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    mmap_assert_write_locked(mm);
    const value<unsigned> mm_lock_seq = mm->mm_lock_seq;
    if (vma->vm_lock_seq == mm_lock_seq) return;
    Self::set_vm_lock_seq(vma, mm_lock_seq);
  }

  // --- vmas come and go
  // In the set-up of a test.
  static void begin_attached(vm_area_struct *vma) { vma->detached = false; }
  static void vma_mark_attached(mm_struct *mm, const vma_pointer &vma) {
    WRITE_ONCE(vma->ghost.life, attached_to(mm->number));
    smp_wmb();  // pairs with is_vma_detached()
    WRITE_ONCE(vma->detached, false);
  }
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
    vma->detached = true;
  }
  // munmap() has failed behind vma_mark_detached().
  static void reattach(mm_struct *mm, const vma_pointer &vma) { Self::vma_mark_attached(mm, vma); }
  // A new vma is detached and its lock is free: both are as the last owner, or the slab's constructor, left them.
  static vma_pointer vm_area_alloc(mm_struct *mm) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    vma->vm_mm = mm;
    return vma;
  }
  // For a child's mm, or for a part of the vma; with the mmap lock held for writing.
  static vma_pointer vm_area_dup(mm_struct *mm, const vma_pointer &from) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    vma->vm_mm = from->vm_mm;
    vma->vm_start = from->vm_start;
    vma->vm_end = from->vm_end;
    vma->vm_flags = from->vm_flags;
    return vma;
  }
  static void vm_area_free(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    WRITE_ONCE(vma->ghost.life, kFreed);
    Self::reset_for_free(vma);
    kmem_cache_free(mm->vm_area_cachep, vma);
  }
  static void reset_for_free(const vma_pointer &vma) { vma->vm_lock_seq = ~0u; }

  static void exit_mmap(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    Self::mmap_write_lock(mm);
    Self::vma_start_write(mm, vma);
    mm->mm_mt = nullptr;
    Self::vma_mark_detached(mm, vma);
    Self::vm_area_free(mm, vma);
    Self::mmap_write_unlock(mm);
  }
};

struct v1 : v1_series<v1> {};

// F1: vm_area_free() does not reset vm_lock_seq, which would unlock the vma for readers that come late.
struct v1_f1 : v1_series<v1_f1> {
  static void reset_for_free(const vma_pointer &) {}
};

// F2: besides, vma_start_write() always takes the rwsem.
struct v1_f2 : v1_series<v1_f2> {
  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    mmap_assert_write_locked(mm);
    set_vm_lock_seq(vma, mm->mm_lock_seq);
  }
  static void reset_for_free(const vma_pointer &) {}
};

// F3: vm_area_free() clears vm_mm before it says once more that the vma is detached.
struct v1_f3 : v1_series<v1_f3> {
  static void reset_for_free(const vma_pointer &vma) {
    vma->vm_mm = nullptr;
    smp_wmb();
    WRITE_ONCE(vma->detached, true);
    vma->vm_lock_seq = ~0u;
  }
};

// F4: a vma is detached under its rwsem, with vm_mm cleared. The reset stays.
template <class Self>
struct v1_f4_series : v1_series<Self> {
  using typename v1_series<Self>::mm_struct;
  using typename v1_series<Self>::vma_pointer;
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    down_write(&vma->vm_lock);
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
    vma->detached = true;
    vma->vm_mm = nullptr;
    up_write(&vma->vm_lock);
  }
};
struct v1_f4 : v1_f4_series<v1_f4> {};

// F4 and F1 together.
struct v1_f4b : v1_f4_series<v1_f4b> {
  static void reset_for_free(const vma_pointer &) {}
};

// --- what does not help, and what the design needs, taken away
// The writer alone orders the flag before the reset.
struct v1_wmb : v1_series<v1_wmb> {
  static void reset_for_free(const vma_pointer &vma) {
    smp_wmb();
    vma->vm_lock_seq = ~0u;
  }
};
// F2 with the reset.
struct v1_f2_reset : v1_series<v1_f2_reset> {
  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    mmap_assert_write_locked(mm);
    set_vm_lock_seq(vma, mm->mm_lock_seq);
  }
};
struct v1_without_rmb : v1_series<v1_without_rmb> {
  static value<bool> is_vma_detached(const vma_pointer &vma) { return READ_ONCE(vma->detached); }
};

}  // namespace vma
