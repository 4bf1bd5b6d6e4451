// What every design of the per-VMA lock has to keep, one sentence each. Scenarios and models name what is violated by these.
//
// Some need no sentence of ours, for the checker has its own: that nobody accesses what is freed (I9: "use after free"), that
// a writer which waits is woken (I8: a deadlock), that reads of fields see what was written (I10, where it is a data race), and
// that who gives an rwsem back has it (I13 up to v1).
#pragma once

namespace vma {

// I1, lookup: a vma that lock_vma_under_rcu() returns is in the tree of that mm, at that address, until vma_end_read().
inline constexpr char kLookup[] = "I1: a locked vma belongs to the mm and address that were asked for";
inline constexpr char kConstant[] = "I1: the fields of a locked vma do not change";
inline constexpr char kNoGap[] = "I1: who goes through an mm passes over nothing that was mapped all along";
inline constexpr char kAllOrNothing[] = "I1: who speculates sees a vma as it was before a change, or as it is after it";
// I2, exclusion: from the return of vma_start_write() to mmap_write_unlock() or a downgrade nobody holds the read lock.
inline constexpr char kExclusion[] = "I2: a vma is never locked for reading and for writing at once";
inline constexpr char kNoTableIsTaken[] = "I2: no page table goes while the vma is write-locked";
// I3: for who holds mmap_lock for writing, vm_lock_seq == mm_lock_seq means that the vma is write-locked.
inline constexpr char kSequence[] = "I3: vma_start_write() leaves vm_lock_seq equal to mm_lock_seq";
// I4, I4'
inline constexpr char kDetached[] = "I4: a detached vma is never returned";
inline constexpr char kUnfinished[] = "I4': a vma that is not attached yet is never returned";
// I5, the refcount: 0 is detached, OFFSET keeps readers out, and the allocator only ever has vmas that count 0.
inline constexpr char kNoReaderGetsIn[] = "I5: no reader gets a reference while a writer keeps them out";
inline constexpr char kFreedAtZero[] = "I5: the refcount of a freed vma is 0";
inline constexpr char kAllocatedAtZero[] = "I5: the refcount of a new vma is 0";
inline constexpr char kNoUnderflow[] = "I5: the refcount does not underflow";
inline constexpr char kNoSaturation[] = "I5: the refcount does not saturate";
// I6: the kernel's WARN_ON(!detached) in vma_mark_detached(), and WARN_ON(detached) in __vma_start_write().
inline constexpr char kDetachWaits[] = "I6: nobody has a reference to a vma behind vma_mark_detached()";
inline constexpr char kWriterKeepsAttached[] = "I6: a writer that leaves does not detach the vma";
// I7, the lifetime of the mm: who dropped his last reference to a vma touches its mm only if something else keeps it.
inline constexpr char kMmLives[] = "I7: an mm is not touched after it was freed";
// I10, publication: who locks a vma sees what was written before it was attached.
inline constexpr char kPublished[] = "I10: who locks a vma sees it initialised";
// I11: the count is odd while mmap_lock is held for writing (v6.14 and later).
inline constexpr char kParity[] = "I11: mm_lock_seq is odd exactly while mmap_lock is held for writing";
// I12
inline constexpr char kWhoWritesSequence[] = "I12: vm_lock_seq is written only under the mmap write lock of the vma's mm";

// I13
inline constexpr char kPairs[] = "I13: as many references are dropped as were got";
inline constexpr char kMmCount[] = "I13: as many references to an mm are dropped as were got";

}  // namespace vma
