// The per-VMA lock of Linux v6.15 and later: one count says whether a vma is attached and how many read it.
//
// vm_refcnt is 0 while the vma is detached, 1 while it is attached, and one more for each reader. A writer adds
// VMA_LOCK_OFFSET, which is beyond the limit of readers, waits until the readers are gone, sets vm_lock_seq, and takes it off
// again: from then on the vma is write-locked because vm_lock_seq equals mm_lock_seq. vmas come from a cache that is
// SLAB_TYPESAFE_BY_RCU, and a vma in that cache counts 0. (include/linux/mmap_lock.h, include/linux/mm.h, mm/memory.c;
// f35ab95ca0af, "mm: replace vm_lock and detached flag with a reference count")
#pragma once

#include "cache.h"
#include "common.h"

namespace vma {

template <class Self>
struct v2_series {
  using version = Self;
  static constexpr bool kReusesAtOnce = true;   // a freed vma, which a lookup may be at
  static constexpr bool kZeroesNewVmas = true;  // see `zeroes`
  static constexpr int VMA_LOCK_OFFSET = 0x40000000;
  static constexpr int VMA_REF_LIMIT = VMA_LOCK_OFFSET - 1;

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
    atomic_t mm_count{shared<int>{1}};
    ghosts_of_mm ghost;
  };
  using mm_pointer = value<mm_struct *>;
  // The initial values are what a new page of the slab has.
  struct vm_area_struct {
    shared<unsigned long> vm_start;  // the slab's free pointer lies over vm_start
    shared<unsigned long> vm_end;
    shared<mm_struct *> vm_mm;
    shared<int> vm_flags;
    shared<unsigned> vm_lock_seq{~0u};
    refcount_t vm_refcnt;
    ghosts_of_vma ghost;
  };

  // --- the writer's wait, in short: what it orders, and that it ends once the count is right. The protocol of rcuwait, which
  // makes sure that it does end, is that of rcuwait_in_full (rcuwait.h); a scenario of its own checks it.
  static void wait_for_readers(mm_struct *, const vma_pointer &vma, int target) {
    smp_mb();  // barrier A: set_current_state()
    (void)smp_cond_load_relaxed(&vma->vm_refcnt.refs, VAL == target);
  }
  static value<int> look_at_count(const vma_pointer &vma) { return refcount_read(&vma->vm_refcnt); }
  static void wake_up(const value<mm_struct *> &) { smp_mb(); }  // barrier B: rcuwait_wake_up()

  // --- the mm
  static void mmgrab(const mm_pointer &mm) { atomic_inc(&mm->mm_count); }
  static void mmdrop(const mm_pointer &mm) {
    IF (atomic_dec_and_test(&mm->mm_count)) WRITE_ONCE(mm->ghost.freed, true);
  }

  // --- vm_refcnt, by the operations of refcount_t: each in one step, without their warnings. What they warn of, I5 names.
  // Adds if the count is neither zero nor would exceed the limit.
  static value<bool> add_to_count(const vma_pointer &vma, int n, int limit, Tag order, value<int> *old = nullptr,
                                  const kernel::Site &site = kernel::Site::current()) {
    return kernel::add_if<int>(
        vma->vm_refcnt.refs, n, [&](const value<int> &v) { return ((v != 0) & (n <= limit - v)) != 0; }, order, "vm_refcnt", site, old);
  }
  static value<int> take_from_count(const vma_pointer &vma, int n, Tag order, const kernel::Site &site = kernel::Site::current()) {
    return kernel::modify<int>(vma->vm_refcnt.refs, BinaryOp::kSubtract, n, order, RmwResult::kOld, "vm_refcnt", site);
  }

  // Release, and an acquire where the count comes to zero. Whether it did.
  static bool take_from_count_and_test(const vma_pointer &vma, int n, const kernel::Site &site = kernel::Site::current()) {
    kernel::Run &run = kernel::Run::current("vm_refcnt");
    Thread &thread = run.thread("vm_refcnt", site);
    return thread
        .release_rmw_acquire_if(
            vma->vm_refcnt.refs.address(), [&](const Value &old) { return run.binary(BinaryOp::kEqual, old, run.constant(n)); },
            [&](const Value &old) { return run.binary(BinaryOp::kSubtract, old, run.constant(n)); }, kernel::position(site))
        .second;
  }

  // --- readers
  // __refcount_inc_not_zero_limited_acquire()
  static bool get_reference(const vma_pointer &vma) {
    return static_cast<bool>(Self::add_to_count(vma, 1, VMA_REF_LIMIT, Tag::kAcquire));
  }
  // Behind the drop a reader wakes a writer that waits for it. It does nothing else any more, so nothing but the writer's end
  // depends on it, and it costs a lot of executions: waking is left to the versions that have `wakes`.
  static void vma_refcount_put(const vma_pointer &vma) {
    const mm_pointer mm = vma->vm_mm;  // before the drop: behind it, the vma may be of another mm
    const value<int> left = Self::drop_reference(vma);
    Self::wake_writer(mm, vma, left);
  }
  static void wake_writer(const mm_pointer &, const vma_pointer &, const value<int> &) {}
  static mm_pointer mm_to_wake(const mm_pointer &mm, const vma_pointer &) { return mm; }
  static value<int> drop_reference(const vma_pointer &vma) {
    const value<int> old = Self::take_from_count(vma, 1, Tag::kRelease);
    CHECK_INVARIANT((old & VMA_REF_LIMIT) != 0, kNoUnderflow);
    return old - 1;
  }
  static void vma_end_read(const vma_pointer &vma) { Self::vma_refcount_put(vma); }

  // A reference, if nobody writes. The caller is in an RCU read-side critical section.
  static bool vma_start_read(mm_struct *mm, const vma_pointer &vma) {
    // Without order, and pessimistic.
    if (READ_ONCE(vma->vm_lock_seq) == READ_ONCE(mm->mm_lock_seq)) return false;
    // Fails if the vma is detached (the kernel looks the address up again: a lookup like the first) or a writer is there.
    if (!Self::get_reference(vma)) return false;
    if (!Self::is_of_mm_or_put(mm, vma)) return false;
    if (Self::is_write_locked(mm, vma)) {
      Self::vma_refcount_put(vma);
      return false;
    }
    return true;
  }
  static value<bool> is_write_locked(mm_struct *mm, const vma_pointer &vma) {
    return vma->vm_lock_seq == smp_load_acquire(&mm->mm_lock_seq);
  }
  static bool is_of_mm_or_put(mm_struct *, const vma_pointer &) { return true; }  // see v3a
  // With mmap_lock held for reading. Fails at the limit.
  static bool vma_start_read_locked(const vma_pointer &vma) {
    return Self::get_reference(vma);
  }
  static bool is_at(mm_struct *mm, const vma_pointer &vma, unsigned long address) {
    return vma->vm_mm == mm && Self::has(vma, address);
  }
  static bool has(const vma_pointer &vma, unsigned long address) {
    return !(address < vma->vm_start || address >= vma->vm_end);
  }
  static vma_pointer lock_vma_under_rcu(mm_struct *mm, unsigned long address) {
    KERNEL_FUNCTION;
    rcu_read_lock();
    const vma_pointer vma = rcu_dereference(mm->mm_mt);
    if (vma == nullptr || !Self::vma_start_read(mm, vma)) {
      rcu_read_unlock();
      return nullptr;
    }
    if (!Self::is_at(mm, vma, address)) {
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

  // Keeps readers out and waits for those that are in. False if the vma is detached: then there are none.
  static bool __vma_enter_locked(mm_struct *mm, const vma_pointer &vma, bool detaching) {
    value<int> old;
    if (!Self::add_to_count(vma, VMA_LOCK_OFFSET, REFCOUNT_MAX, Tag::kOnce, &old)) {  // refcount_add_not_zero()
      CHECK_INVARIANT(old == 0, kNoSaturation);
      Self::found_detached(vma);
      return false;
    }
    Self::wait_for_readers(mm, vma, VMA_LOCK_OFFSET + (detaching ? 0 : 1));
    return true;
  }
  static void found_detached(const vma_pointer &) {}
  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    mmap_assert_write_locked(mm);
    const value<unsigned> mm_lock_seq = mm->mm_lock_seq;
    if (vma->vm_lock_seq == mm_lock_seq) return;
    KERNEL_FUNCTION;  // __vma_start_write()
    const bool locked = Self::__vma_enter_locked(mm, vma, false);
    Self::set_vm_lock_seq(vma, mm_lock_seq);
    if (!locked) return;
    Self::let_readers_in(vma);
  }
  static void let_readers_in(const vma_pointer &vma) {
    const value<int> old = Self::take_from_count(vma, VMA_LOCK_OFFSET, Tag::kRelease);
    CHECK_INVARIANT(old != VMA_LOCK_OFFSET, kWriterKeepsAttached);
  }
  static void set_vm_lock_seq(const vma_pointer &vma, const value<unsigned> &sequence) { WRITE_ONCE(vma->vm_lock_seq, sequence); }

  // --- vmas come and go
  // In the set-up of a test.
  static void begin_attached(vm_area_struct *vma) { refcount_set(&vma->vm_refcnt, 1); }
  static void vma_mark_attached(mm_struct *mm, const vma_pointer &vma) {
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    WRITE_ONCE(vma->ghost.life, attached_to(mm->number));
    Self::publish(vma);
  }
  static void publish(const vma_pointer &vma) { refcount_set_release(&vma->vm_refcnt, 1); }
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    CHECK_INVARIANT(vma->vm_lock_seq == mm->mm_lock_seq, kSequence);
    // Readers that have not noticed yet that the vma is write-locked may have a reference.
    if (!Self::take_from_count_and_test(vma, 1)) {
      if (Self::__vma_enter_locked(mm, vma, true)) {
        CHECK_INVARIANT(Self::take_from_count_and_test(vma, VMA_LOCK_OFFSET), kDetachWaits);
      }
    }
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
  }
  // munmap() has failed behind vma_mark_detached().
  static void reattach(mm_struct *mm, const vma_pointer &vma) { Self::vma_mark_attached(mm, vma); }
  static vma_pointer vm_area_alloc(mm_struct *mm) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    CHECK_INVARIANT(READ_ONCE(vma->vm_refcnt.refs) == 0, kAllocatedAtZero);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    Self::vma_init(mm, vma);
    return vma;
  }
  // Stores zeros over all of the vma before that. Few versions do so here (`zeroes`): it costs a lot of executions.
  static void vma_init(mm_struct *mm, const vma_pointer &vma) {
    vma->vm_mm = mm;
    vma->vm_lock_seq = ~0u;
  }
  // For a child's mm, or for a part of the vma; with the mmap lock held for writing.
  static vma_pointer vm_area_dup(mm_struct *mm, const vma_pointer &from) {
    KERNEL_FUNCTION;
    const vma_pointer vma = kmem_cache_alloc(mm->vm_area_cachep);
    CHECK_INVARIANT(READ_ONCE(vma->vm_refcnt.refs) == 0, kAllocatedAtZero);
    WRITE_ONCE(vma->ghost.life, being_built_for(mm->number));
    vma->vm_mm = from->vm_mm;  // vm_area_init_from()
    vma->vm_start = from->vm_start;
    vma->vm_end = from->vm_end;
    vma->vm_flags = from->vm_flags;
    Self::init_lock_of_copy(vma, from);
    return vma;
  }
  static void init_lock_of_copy(const vma_pointer &vma, const vma_pointer &) {
    refcount_set(&vma->vm_refcnt, 0);
    vma->vm_lock_seq = ~0u;
  }
  static void vm_area_free(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    CHECK_INVARIANT(READ_ONCE(vma->vm_refcnt.refs) == 0, kFreedAtZero);
    WRITE_ONCE(vma->ghost.life, kFreed);
    vma->vm_start = ~0ul;  // the free pointer
    kmem_cache_free(mm->vm_area_cachep, vma);
  }
  // The last user of the mm leaves, and its last vma goes.
  static void exit_mmap(mm_struct *mm, const vma_pointer &vma) {
    KERNEL_FUNCTION;
    Self::mmap_write_lock(mm);
    Self::vma_start_write(mm, vma);
    mm->mm_mt = nullptr;
    Self::vma_mark_detached(mm, vma);
    Self::vm_area_free(mm, vma);
    Self::mmap_write_unlock(mm);
    Self::mmdrop(mm);
  }
};

// v6.15
struct v2 : v2_series<v2> {
  template <class Self>
  using series = v2_series<Self>;
};

// Three repairs. The writer's last look at the count is an acquire: its loads need it (litmus/vma/writer-load.cc). So is that of
// vma_mark_detached() where it finds that the last reader has left. And what a stale reader may look at in a new vma, vm_lock_seq
// and the count, is marked or left alone.
template <class Self>
struct repaired : Self {
  using typename Self::mm_struct;
  using typename Self::vma_pointer;
  static void wait_for_readers(mm_struct *, const vma_pointer &vma, int target) {
    smp_mb();
    (void)smp_cond_load_acquire(&vma->vm_refcnt.refs, VAL == target);
  }
  static value<int> look_at_count(const vma_pointer &vma) { return smp_load_acquire(&vma->vm_refcnt.refs); }
  static void found_detached(const vma_pointer &vma) { (void)repaired::look_at_count(vma); }
  static void vma_init(mm_struct *mm, const vma_pointer &vma) {
    vma->vm_mm = mm;
    WRITE_ONCE(vma->vm_lock_seq, ~0u);
  }
  static void init_lock_of_copy(const vma_pointer &vma, const vma_pointer &) { WRITE_ONCE(vma->vm_lock_seq, ~0u); }
  static constexpr bool kZeroesNewVmas = false;
};
struct v2_repaired : repaired<v2_series<v2_repaired>> {
  template <class Self>
  using series = repaired<v2_series<Self>>;
};

// Readers wake writers.
template <class Self>
struct wakes : Self {
  using typename Self::mm_pointer;
  using typename Self::vma_pointer;
  static void wake_writer(const mm_pointer &mm, const vma_pointer &vma, const value<int> &left) {
    IF (((left & Self::VMA_LOCK_OFFSET) != 0) & (left <= Self::VMA_LOCK_OFFSET + 1)) {
      const mm_pointer woken = Self::version::mm_to_wake(mm, vma);
      CHECK_INVARIANT(!READ_ONCE(woken->ghost.freed), kMmLives);
      Self::version::wake_up(woken);
    }
  }
};

// A new vma is filled with zeros first, vm_refcnt among the rest, whoever may be at it.
template <class Self>
struct zeroes : Self {
  using typename Self::mm_struct;
  using typename Self::vma_pointer;
  static void vma_init(mm_struct *mm, const vma_pointer &vma) {
    vma->vm_start = 0ul;
    vma->vm_end = 0ul;
    vma->vm_mm = nullptr;
    vma->vm_flags = 0;
    vma->vm_lock_seq = 0u;
    vma->vm_refcnt.refs = 0;
    Self::vma_init(mm, vma);
  }
};

// A version with readers that wake writers, or with vmas that are filled with zeros, or both. Before v2 readers wake nobody.
template <class V>
struct woken_by_readers : wakes<typename V::template series<woken_by_readers<V>>> {};
template <class V>
struct with_zeroed_vmas : zeroes<typename V::template series<with_zeroed_vmas<V>>> {};
template <class V>
struct with_zeroed_vmas_woken_by_readers : wakes<zeroes<typename V::template series<with_zeroed_vmas_woken_by_readers<V>>>> {};

template <class V>
inline constexpr bool kHasReferences = requires(typename V::vm_area_struct vma) { vma.vm_refcnt; };

}  // namespace vma
