// Versions of the lock since v6.15 with a mistake each: what the design needs, taken away. `right` is the version without it, in whose
// place tools/vma-mistakes puts the mistaken one.
#pragma once

#include "v4.h"

namespace vma {

// The increment of v9 of the series, which was not an acquire.
struct v2_relaxed_increment : repaired<v2_series<v2_relaxed_increment>> {
  using right = v2_repaired;
  static bool get_reference(const vma_pointer &vma) { return static_cast<bool>(add_to_count(vma, 1, VMA_REF_LIMIT, Tag::kOnce)); }
};
// Readers may go on counting while a writer keeps them out.
struct v2_without_limit : repaired<v2_series<v2_without_limit>> {
  using right = v2_repaired;
  static bool get_reference(const vma_pointer &vma) {
    value<int> old;
    if (!add_to_count(vma, 1, REFCOUNT_MAX, Tag::kAcquire, &old)) return false;
    CHECK_INVARIANT((old & VMA_LOCK_OFFSET) == 0, kNoReaderGetsIn);
    return true;
  }
};
// Readers count on from zero: that the vma is detached does not keep them out.
struct v2_counts_from_zero : repaired<v2_series<v2_counts_from_zero>> {
  using right = v2_repaired;
  static bool get_reference(const vma_pointer &vma) {
    return static_cast<bool>(kernel::add_if<int>(
        vma->vm_refcnt.refs, 1, [](const value<int> &v) { return v < VMA_REF_LIMIT; }, Tag::kAcquire, "vm_refcnt",
        kernel::Site::current()));
  }
};
// The mm and the range are not looked at behind the lock.
struct v2_without_validation : repaired<v2_series<v2_without_validation>> {
  using right = v2_repaired;
  static bool is_at(mm_struct *, const vma_pointer &, unsigned long) { return true; }
};
// vma_mark_detached() finds that the last reader has left, and is no acquire.
struct v2_unordered_detach : repaired<v2_series<v2_unordered_detach>> {
  using right = v2_repaired;
  static void found_detached(const vma_pointer &) {}
};
// The range is not looked at behind the lock.
struct v2_without_range_check : repaired<v2_series<v2_without_range_check>> {
  using right = v2_repaired;
  static bool has(const vma_pointer &, unsigned long) { return true; }
};
// The reader does not look a second time whether the vma is write-locked, now that it has a reference.
struct v2_without_second_look : repaired<v2_series<v2_without_second_look>> {
  using right = v2_repaired;
  static value<bool> is_write_locked(mm_struct *, const vma_pointer &) { return false; }
};
// The mm and the range are looked at before there is a reference.
struct v2_checks_first : repaired<v2_series<v2_checks_first>> {
  using right = v2_repaired;
  static bool vma_start_read(mm_struct *mm, const vma_pointer &vma) {
    return repaired::is_at(mm, vma, kAddress) && repaired::vma_start_read(mm, vma);
  }
  static bool is_at(mm_struct *, const vma_pointer &, unsigned long) { return true; }
};
// A copy of a vma comes with its count.
struct v2_copies_count : repaired<v2_series<v2_copies_count>> {
  using right = v2_repaired;
  static void init_lock_of_copy(const vma_pointer &vma, const vma_pointer &from) {
    refcount_set(&vma->vm_refcnt, refcount_read(&from->vm_refcnt));
    WRITE_ONCE(vma->vm_lock_seq, ~0u);
  }
};
// The mm whose writer is to be woken is looked up behind the drop.
template <class Base>
struct late_mm : Base {
  using typename Base::mm_pointer;
  using typename Base::vma_pointer;
  static mm_pointer mm_to_wake(const mm_pointer &, const vma_pointer &vma) { return vma->vm_mm; }
};
struct v2_late_mm : late_mm<v2_series<v2_late_mm>> {
  using right = v2;
  template <class Self>
  using series = late_mm<v2_series<Self>>;
};
// The same of v6.17.
struct v3a_late_mm : late_mm<v3a_series<v3a_late_mm>> {
  using right = v3a;
  template <class Self>
  using series = late_mm<v3a_series<Self>>;
};
// The mm that is dropped is looked up behind the drop of the vma.
template <class Base>
struct drops_late_mm : Base {
  using typename Base::mm_pointer;
  using typename Base::vma_pointer;
  static mm_pointer mm_to_drop(const mm_pointer &, const vma_pointer &vma) { return vma->vm_mm; }
};
struct v3a_drops_late_mm : drops_late_mm<repaired<v3a_series<v3a_drops_late_mm>>> {
  using right = v3a_repaired;
  template <class Self>
  using series = drops_late_mm<repaired<v3a_series<Self>>>;
};
// A vma is attached without a release.
struct v2_relaxed_attach : repaired<v2_series<v2_relaxed_attach>> {
  using right = v2_repaired;
  static void publish(const vma_pointer &vma) { refcount_set(&vma->vm_refcnt, 1); }
};

// Nothing orders what a writer stores behind its odd sequence number, but the wait for readers.
struct v2_without_begin_barrier : repaired<v2_series<v2_without_begin_barrier>> {
  using right = v2_repaired;
  static void mmap_write_lock(mm_struct *mm) {
    down_write(&mm->mmap_lock);
    WRITE_ONCE(mm->mm_lock_seq, READ_ONCE(mm->mm_lock_seq) + 1u);
  }
};
// vma_start_write() forgets to say that the vma is write-locked.
struct v2_without_sequence : repaired<v2_series<v2_without_sequence>> {
  using right = v2_repaired;
  static void set_vm_lock_seq(const vma_pointer &, const value<unsigned> &) {}
};
// The writer does not wait for the readers that are in.
struct v2_without_wait : repaired<v2_series<v2_without_wait>> {
  using right = v2_repaired;
  static void wait_for_readers(mm_struct *, const vma_pointer &, int) {}
};
// A vma is taken for detached once its own reference is dropped, as in v6 of the series.
struct v2_detach_by_drop : repaired<v2_series<v2_detach_by_drop>> {
  using right = v2_repaired;
  static void vma_mark_detached(mm_struct *mm, const vma_pointer &vma) {
    (void)take_from_count_and_test(vma, 1);
    WRITE_ONCE(vma->ghost.life, detached_from(mm->number));
  }
};
// The reader drops its reference twice.
struct v2_drops_twice : repaired<v2_series<v2_drops_twice>> {
  using right = v2_repaired;
  static void vma_end_read(const vma_pointer &vma) {
    vma_refcount_put(vma);
    vma_refcount_put(vma);
  }
};
// The limit is reached, and the reader does not look whether it has got the reference.
struct v2_unchecked : repaired<v2_series<v2_unchecked>> {
  using right = v2_repaired;
  static bool vma_start_read_locked(const vma_pointer &vma) {
    (void)add_to_count(vma, 1, 1, Tag::kAcquire);
    return true;
  }
};

// A writer that is killed while it waits goes on keeping readers out: the first form of v6.19.
struct v3c_leaves_offset : v3c_series<v3c_leaves_offset> {
  using right = v3c;
  static void give_up(const vma_pointer &) {}
};

}  // namespace vma
