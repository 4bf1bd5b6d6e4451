// What all versions of the per-VMA lock share: the addresses of the scenarios, and the ghosts, variables that only the
// checker has. Ghosts are written and read by marked accesses without any ordering, so what they say is as late as can be.
//
// A version is a struct with the functions of the kernel as static members: lock_vma_under_rcu, vma_end_read,
// vma_start_write, vma_mark_attached, vma_mark_detached, vm_area_alloc, vm_area_free, mmap_write_lock and so on. The series of
// one design is a template over the version itself (v2_series<v3a>), so that a version, or a proposed patch, overrides what it
// changes and nothing else.
#pragma once

#include "invariants.h"
#include "lkmc/litmus.h"

namespace vma {

using namespace lkmc;
// The page that lookups ask for, and another. The tree of an mm has one slot: the vma at kAddress.
inline constexpr unsigned long kAddress = 0x1000;
inline constexpr unsigned long kElsewhere = 0x5000;
inline constexpr unsigned long kPage = 0x1000;

// The life of a vma: freed, or three times the number of its mm, from 1, plus where in its life it is.
inline constexpr int kFreed = 0;
[[nodiscard]] inline constexpr int being_built_for(int mm_number) { return 3 * mm_number; }
[[nodiscard]] inline constexpr int attached_to(int mm_number) { return 3 * mm_number + 1; }
[[nodiscard]] inline constexpr int detached_from(int mm_number) { return 3 * mm_number + 2; }

struct ghosts_of_vma {
  shared<int> life;
  shared<bool> writer;  // between vma_start_write() and the unlock, where a scenario says so

  ghosts_of_vma() {
    set_ghost(life);
    set_ghost(writer);
  }
};

struct ghosts_of_mm {
  shared<bool> freed;

  ghosts_of_mm() { set_ghost(freed); }
};

// The mmap lock of v6.14 and later: mm_lock_seq is a seqcount. Its increments are plain in the kernel and marked here:
// there, KCSAN is told to take them for atomic, and all that the task does until the end of the section.
template <class mm_struct>
void mm_lock_seqcount_begin(mm_struct *mm) {
  const value<unsigned> sequence = READ_ONCE(mm->mm_lock_seq);
  CHECK_INVARIANT((sequence & 1u) == 0u, kParity);
  kcsan_nestable_atomic_begin();
  WRITE_ONCE(mm->mm_lock_seq, sequence + 1u);
  smp_wmb();
}
template <class mm_struct>
void mm_lock_seqcount_end(mm_struct *mm) {
  ASSERT_EXCLUSIVE_WRITER(mm->mm_lock_seq);
  smp_wmb();
  const value<unsigned> sequence = READ_ONCE(mm->mm_lock_seq);
  CHECK_INVARIANT((sequence & 1u) == 1u, kParity);
  WRITE_ONCE(mm->mm_lock_seq, sequence + 1u);
  kcsan_nestable_atomic_end();
}

// Who reads without any lock what is changed under mmap_lock held for writing, since v6.14: uprobes, and lock_next_vma() (next_vma.h).
// False if somebody holds it for writing.
template <class mm_struct>
[[nodiscard]] value<bool> mmap_lock_speculate_try_begin(mm_struct *mm, value<unsigned> &sequence) {
  sequence = smp_load_acquire(&mm->mm_lock_seq);
  return (sequence & 1u) == 0u;
}
// Whether somebody has held it since.
template <class mm_struct>
[[nodiscard]] value<bool> mmap_lock_speculate_retry(mm_struct *mm, const value<unsigned> &sequence) {
  smp_rmb();
  return READ_ONCE(mm->mm_lock_seq) != sequence;
}

template <class mm_struct>
void mmap_assert_write_locked(mm_struct *mm) {
  CHECK_INVARIANT(kernel::Run::current("mmap_assert_write_locked()").holds(mm->mmap_lock.lock_id(), kernel::Run::Hold::kExclusive),
                  kWhoWritesSequence);
}

}  // namespace vma
