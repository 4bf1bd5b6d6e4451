// The per-VMA lock of Linux v6.4 to v6.14: an rwsem for each vma, and a sequence number.
//
// A vma is write-locked while its vm_lock_seq equals mm_lock_seq of its mm. So mmap_write_unlock() unlocks all vmas of the
// mm by adding one to mm_lock_seq; vma->vm_lock is held for writing only while vm_lock_seq is set. A vma is freed after a grace
// period, so nobody who has found it before can see it with another owner. Its rwsem, which the kernel allocates and frees
// with it, is part of it here. (include/linux/mm.h, mm/memory.c, kernel/fork.c)
#pragma once

#include "cache.h"
#include "common.h"

namespace vma {

template <class Self>
struct v0_series {
  static constexpr bool kReusesAtOnce = false;  // a freed vma, which a lookup may be at

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
    rcu_head vm_rcu;  // lies over vm_start and vm_end in the kernel
    shared<unsigned long> vm_start;
    shared<unsigned long> vm_end;
    shared<mm_struct *> vm_mm;
    shared<int> vm_flags;
    shared<unsigned> vm_lock_seq{~0u};
    shared<bool> detached;
    rw_semaphore vm_lock;
    ghosts_of_vma ghost;
  };

  // --- readers
  // What a lookup reads while nothing but the grace period keeps the vma.
  template <class T>
  static value<T> look(const shared<T> &field, const kernel::Site &site = kernel::Site::current()) {
    return field.read(Tag::kPlain, site);
  }
  static bool vma_start_read(const vma_pointer &vma) {
    // Without order, and pessimistic.
    if (Self::vm_lock_seq_early(vma) == READ_ONCE(Self::look(vma->vm_mm)->mm_lock_seq)) return false;
    if (!down_read_trylock(&vma->vm_lock)) return false;
    if (Self::look(vma->vm_lock_seq) == Self::mm_lock_seq_of_unlock(Self::look(vma->vm_mm))) {
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
    if (vma == nullptr || !Self::vma_start_read(vma)) {
      rcu_read_unlock();
      return nullptr;
    }
    // The kernel looks the address up again if the vma is detached; a second lookup is a lookup like the first.
    if (!Self::is_attached_at(vma, address)) {
      Self::vma_end_read(vma);
      rcu_read_unlock();
      return nullptr;
    }
    rcu_read_unlock();
    return vma;
  }

  // The range first, though a vma that is detached may have an rcu_head in its place.
  static bool is_attached_at(const vma_pointer &vma, unsigned long address) {
    return Self::has(vma, address) && !Self::look(vma->detached);
  }
  static bool has(const vma_pointer &vma, unsigned long address) {
    return !(address < Self::look(vma->vm_start) || address >= Self::look(vma->vm_end));
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
  // In the set-up of a test.
  static void begin_attached(vm_area_struct *) {}
  // A new vma is not marked as detached before it is attached either.
  static void vma_mark_attached(mm_struct *mm, const vma_pointer &vma) { WRITE_ONCE(vma->ghost.life, attached_to(mm->number)); }
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
    vma->detached = true;
  }
  // munmap() has failed behind vma_mark_detached().
  static void reattach(mm_struct *mm, const vma_pointer &vma) {
    vma->detached = false;
    Self::vma_mark_attached(mm, vma);
  }
  static vma_pointer vm_area_alloc(mm_struct *mm) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    vma->vm_mm = mm;
    vma->detached = false;
    init_rwsem(&vma->vm_lock);
    vma->vm_lock_seq = ~0u;
    return vma;
  }
  // For a child's mm, or for a part of the vma; with the mmap lock held for writing.
  static vma_pointer vm_area_dup(mm_struct *mm, const vma_pointer &from) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    vma->vm_mm = from->vm_mm;  // memcpy()
    vma->vm_start = from->vm_start;
    vma->vm_end = from->vm_end;
    vma->vm_flags = from->vm_flags;
    vma->detached = from->detached;
    init_rwsem(&vma->vm_lock);
    vma->vm_lock_seq = ~0u;
    return vma;
  }
  static void vm_area_free(mm_struct *, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    vma->vm_start = ~0ul;  // the rcu_head
    call_rcu(&vma->vm_rcu, Self::vm_area_free_rcu_cb);
  }
  static void vm_area_free_rcu_cb(value<rcu_head *> head) {
    KERNEL_FUNCTION;
    const vma_pointer vma = container_of(head, vm_area_struct, vm_rcu);
    Self::__vm_area_free(vma->vm_mm, vma);
  }
  static void __vm_area_free(const value<mm_struct *> &mm, const vma_pointer &vma) {
    WRITE_ONCE(vma->ghost.life, kFreed);
    kmem_cache_free(mm->vm_area_cachep, vma);  // that of all mms
  }
  // The last user of the mm has left: nobody can look its vmas up any more, and they are freed at once.
  static void exit_mmap(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    Self::mmap_write_lock(mm);
    mm->mm_mt = nullptr;
    Self::__vm_area_free(mm, vma);
    Self::mmap_write_unlock(mm);
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
template <class Self>
struct v0b_series : v0_series<Self> {
  using typename v0_series<Self>::mm_struct;
  using typename v0_series<Self>::vma_pointer;
  static value<unsigned> vm_lock_seq_early(const vma_pointer &vma) { return READ_ONCE(vma->vm_lock_seq); }
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return smp_load_acquire(&mm->mm_lock_seq); }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }
  static void vma_end_write_all(mm_struct *mm) { smp_store_release(&mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};
struct v0b : v0b_series<v0b> {};

// v6.14 (eb449bd96954, "mm: convert mm_lock_seq to a proper seqcount"). Since v6.11 a lookup looks at the flag before the range ("mm: fix
// (harmless) type confusion in lock_vma_under_rcu()").
template <class Self>
struct v0c_series : v0b_series<Self> {
  using typename v0b_series<Self>::mm_struct;
  using typename v0b_series<Self>::vma_pointer;
  static bool is_attached_at(const vma_pointer &vma, unsigned long address) {
    return !Self::look(vma->detached) && Self::has(vma, address);
  }
  static void mmap_write_lock(mm_struct *mm) {
    v0b_series<Self>::mmap_write_lock(mm);
    mm_lock_seqcount_begin(mm);
  }
  static void vma_end_write_all(mm_struct *mm) { mm_lock_seqcount_end(mm); }
};
struct v0c : v0c_series<v0c> {};

// A repair that takes away what LKMM alone calls a data race: what a lookup reads is marked.
template <class Self>
struct v0c_marked_series : v0c_series<Self> {
  template <class T>
  static value<T> look(const shared<T> &field, const kernel::Site &site = kernel::Site::current()) {
    return field.read(Tag::kOnce, site);
  }
};
struct v0c_marked : v0c_marked_series<v0c_marked> {};

// --- what the versions need, taken away
// Half of the repair of v6.5.
struct v0b_without_acquire : v0b_series<v0b_without_acquire> {
  static value<unsigned> mm_lock_seq_of_unlock(const value<mm_struct *> &mm) { return READ_ONCE(mm->mm_lock_seq); }
};
// The other half.
struct v0b_without_release : v0b_series<v0b_without_release> {
  static void vma_end_write_all(mm_struct *mm) { WRITE_ONCE(mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u); }
};
// The seqcount's increments as the kernel has them: plain.
struct v0c_plain : v0b_series<v0c_plain> {
  static void mmap_write_lock(mm_struct *mm) {
    v0b_series::mmap_write_lock(mm);
    mm->mm_lock_seq = mm->mm_lock_seq + 1u;
    smp_wmb();
  }
  static void vma_end_write_all(mm_struct *mm) {
    smp_wmb();
    mm->mm_lock_seq = mm->mm_lock_seq + 1u;
  }
};
// Nothing orders what a writer stores behind its odd sequence number.
struct v0c_without_begin_barrier : v0c_series<v0c_without_begin_barrier> {
  static void mmap_write_lock(mm_struct *mm) {
    v0b_series::mmap_write_lock(mm);
    WRITE_ONCE(mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u);
  }
};
// A vma is freed at once.
struct v0c_without_grace_period : v0c_marked_series<v0c_without_grace_period> {
  static void vm_area_free(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    __vm_area_free(mm, vma);
  }
};

}  // namespace vma
