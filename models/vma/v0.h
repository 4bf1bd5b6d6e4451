// The per-VMA lock of Linux v6.4 to v6.14: an rwsem for each vma, and a sequence number.
//
// A vma is write-locked while its vm_lock_seq equals mm_lock_seq of its mm. So mmap_write_unlock() unlocks all vmas of the
// mm by adding one to mm_lock_seq; vma->vm_lock is held for writing only while vm_lock_seq is set. A vma is freed after a grace
// period. (include/linux/mm.h, mm/memory.c, kernel/fork.c)
#pragma once

#include "cache.h"
#include "common.h"

namespace vma {

template <class Self>
struct v0_series {
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
  struct vm_area_struct {
    shared<unsigned long> vm_start;  // the kernel puts the rcu_head here when the vma is freed
    shared<unsigned long> vm_end;
    shared<mm_struct *> vm_mm;
    shared<int> vm_flags;
    shared<unsigned> vm_lock_seq{~0u};
    shared<bool> detached;
    rw_semaphore vm_lock;
    ghosts_of_vma ghost;
  };

  // --- readers
  static bool vma_start_read(const vma_pointer &vma) {
    // Without order, and pessimistic.
    if (Self::vm_lock_seq_early(vma) == READ_ONCE(vma->vm_mm->mm_lock_seq)) return false;
    if (!down_read_trylock(&vma->vm_lock)) return false;
    if (vma->vm_lock_seq == Self::mm_lock_seq_of_unlock(vma->vm_mm)) {
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
  static vma_pointer lock_vma_under_rcu(mm_struct *mm, unsigned long address) {
    KERNEL_FUNCTION;
    rcu_read_lock();
    const vma_pointer vma = rcu_dereference(mm->mm_mt);
    if (vma == nullptr || !vma_start_read(vma)) {
      rcu_read_unlock();
      return nullptr;
    }
    // The kernel looks the address up again if the vma is detached; a second lookup is a lookup like the first.
    if (vma->detached || address < vma->vm_start || address >= vma->vm_end) {
      Self::vma_end_read(vma);
      rcu_read_unlock();
      return nullptr;
    }
    rcu_read_unlock();
    return vma;
  }

  // --- writers
  static void mmap_write_lock(mm_struct *mm) { down_write(&mm->mmap_lock); }
  static void mmap_write_unlock(mm_struct *mm) {
    Self::vma_end_write_all(mm);
    up_write(&mm->mmap_lock);
  }
  static void mmap_write_downgrade(mm_struct *mm) {
    Self::vma_end_write_all(mm);
    downgrade_write(&mm->mmap_lock);
  }
  static void mmap_read_lock(mm_struct *mm) { down_read(&mm->mmap_lock); }
  static void mmap_read_unlock(mm_struct *mm) { up_read(&mm->mmap_lock); }

  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    mmap_assert_write_locked(mm);
    const value<unsigned> mm_lock_seq = mm->mm_lock_seq;
    if (vma->vm_lock_seq == mm_lock_seq) return;
    down_write(&vma->vm_lock);
    Self::set_vm_lock_seq(vma, mm_lock_seq);
    up_write(&vma->vm_lock);
  }

  // --- vmas come and go
  static void vma_mark_attached(mm_struct *mm, const vma_pointer &vma) {
    WRITE_ONCE(vma->ghost.life, attached_to(mm->number));
    vma->detached = false;
  }
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
    vma->detached = true;
  }
  // In the set-up of a test.
  static void begin_attached(vm_area_struct *vma) { vma->detached = false; }
  static void vm_area_free(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    vma->vm_start = ~0ul;  // the rcu_head
    release(mm->vm_area_cachep);
  }
};

// v6.4: nothing is ordered.
struct v0a : v0_series<v0a> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return vma->vm_lock_seq; }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return READ_ONCE(mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { vma->vm_lock_seq = sequence; }
  static void vma_end_write_all(mm_struct *mm) { WRITE_ONCE(mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};

// v6.5 (b1f02b95758d, "mm: fix memory ordering for mm_lock_seq and vm_lock_seq").
struct v0b : v0_series<v0b> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return smp_load_acquire(&mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void vma_end_write_all(mm_struct *mm) { smp_store_release(&mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};

// v6.14 (eb449bd96954, "mm: convert mm_lock_seq to a proper seqcount").
struct v0c : v0_series<v0c> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return smp_load_acquire(&mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void mmap_write_lock(mm_struct *mm) {
    v0_series::mmap_write_lock(mm);
    mm_lock_seqcount_begin(mm);
  }
  static void vma_end_write_all(mm_struct *mm) { mm_lock_seqcount_end(mm); }
};

// --- what the versions need, taken away
// Half of the repair of v6.5.
struct v0b_without_acquire : v0_series<v0b_without_acquire> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return READ_ONCE(mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void vma_end_write_all(mm_struct *mm) { smp_store_release(&mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};
// The other half.
struct v0b_without_release : v0_series<v0b_without_release> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return smp_load_acquire(&mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void vma_end_write_all(mm_struct *mm) { WRITE_ONCE(mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};
// The seqcount's increments as the kernel has them: plain.
struct v0c_plain : v0_series<v0c_plain> {
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return smp_load_acquire(&mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void mmap_write_lock(mm_struct *mm) {
    v0_series::mmap_write_lock(mm);
    mm->mm_lock_seq = mm->mm_lock_seq + 1u;
    smp_wmb();
  }
  static void vma_end_write_all(mm_struct *mm) {
    smp_wmb();
    mm->mm_lock_seq = mm->mm_lock_seq + 1u;
  }
};

}  // namespace vma
