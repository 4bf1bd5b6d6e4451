// Write-protecting a page (soft-dirty, uffd-wp) with the TLB flush deferred, against a copy-on-write fault.
//
// The write-protector changes the PTE under the page-table lock and flushes the TLBs later. Until then another CPU writes
// through its stale, writable TLB entry. A fault that sees the PTE write-protected copies the page and maps the copy: what is
// stored to the old page after it was copied is lost. So the fault has to flush first if mm_tlb_flush_pending() says that a
// flush is due. The count is raised before the section of the page-table lock that changes the PTE; the lock orders the two.
//
// Up to v5.8 a fault copied a page only if it was mapped more than once, and made the PTE writable again otherwise: then nothing is
// lost, whatever the TLBs hold. Since v5.9 (09854ba94c6a, "mm: do_wp_page() simplification") it copies a page that anybody else has a
// reference to, and the flush is missed. Soft-dirty was repaired in v5.11 by write-locking mmap_lock until the flush is over (29a951dfb3c3, "mm:
// fix clear_refs_write locking"), uffd-wp by the look at the count.
//
// The TLB is a ghost: one CPU has a writable entry that a flush takes away. A flush is an IPI that waits until the other CPU
// is between two instructions: so looking up the TLB and storing are one step here, a section of a spinlock, as is a flush.
// docs/vma.md has the proofs of what holds.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr char kLost[] = "no store of the user is lost";

struct process {
  spinlock_t page_table_lock;
  spinlock_t cpu;  // between two instructions of the user
  spinlock_t zone_lock;
  rw_semaphore mmap_lock;
  rw_semaphore vma_lock;
  atomic_t tlb_flush_pending;
  shared<bool> pte_writable{true};
  shared<bool> pte_maps_copy;
  shared<bool> tlb_writable{true};
  shared<int> old_page;
  shared<int> copied;
  shared<bool> stored;
};

// Where the fault looks at the count: about the section of the page-table lock in which it reads the PTE.
enum class Check { kNone, kBefore, kInside, kBehind };
enum class Increment { kBefore, kAfterUnlock };
// Whether the fault copies a page that is mapped once, but that somebody has a reference to.
enum class Copy { kByReferences, kByMappings };
// The locks that the write-protector holds until it has flushed, and the one that the fault holds.
enum class Excluded { kNobody, kFaultsUnderMmapLock, kFaultsUnderVmaLock };
// What is between the unlock and the copy.
enum class Between { kNothing, kReadBarrier, kAllocator };

void flush_tlb(process &p) {
  KERNEL_FUNCTION;
  spin_lock(&p.cpu);
  WRITE_ONCE(p.tlb_writable, false);
  spin_unlock(&p.cpu);
}

void user(process &p) {
  thread("user", [&] {
    spin_lock(&p.cpu);
    if (READ_ONCE(p.tlb_writable)) {
      WRITE_ONCE(p.old_page, 1);
      WRITE_ONCE(p.stored, true);
    }
    spin_unlock(&p.cpu);
  });
  finally([&] {
    if (p.pte_maps_copy && p.stored) CHECK_INVARIANT(p.copied == 1, kLost);
  });
}

void scenario(Check check, Between between, Increment increment = Increment::kBefore) {
  auto &p = make<process>();
  thread("write-protect", [&, increment] {
    if (increment == Increment::kBefore) atomic_inc(&p.tlb_flush_pending);
    spin_lock(&p.page_table_lock);
    WRITE_ONCE(p.pte_writable, false);
    spin_unlock(&p.page_table_lock);
    if (increment == Increment::kAfterUnlock) atomic_inc(&p.tlb_flush_pending);
    flush_tlb(p);
    atomic_dec(&p.tlb_flush_pending);
  });
  thread("fault", [&, check, between] {
    value<int> pending = 0;
    if (check == Check::kBefore) pending = atomic_read(&p.tlb_flush_pending);
    spin_lock(&p.page_table_lock);
    const value<bool> writable = READ_ONCE(p.pte_writable);
    if (check == Check::kInside) pending = atomic_read(&p.tlb_flush_pending);
    spin_unlock(&p.page_table_lock);
    if (writable) return;
    if (check == Check::kBehind) pending = atomic_read(&p.tlb_flush_pending);
    if (pending != 0) flush_tlb(p);
    if (between == Between::kReadBarrier) smp_rmb();
    if (between == Between::kAllocator) {
      spin_lock(&p.zone_lock);
      spin_unlock(&p.zone_lock);
    }
    WRITE_ONCE(p.copied, READ_ONCE(p.old_page));
    spin_lock(&p.page_table_lock);
    IF (READ_ONCE(p.pte_writable) == writable) WRITE_ONCE(p.pte_maps_copy, true);  // pte_same()
    spin_unlock(&p.page_table_lock);
  });
  user(p);
}

// The same without a count.
void before_the_count(Copy copy, Excluded excluded = Excluded::kNobody, Excluded fault_is_one_of = Excluded::kNobody) {
  auto &p = make<process>();
  thread("write-protect", [&, excluded] {
    if (excluded != Excluded::kNobody) down_write(&p.mmap_lock);
    if (excluded == Excluded::kFaultsUnderVmaLock) {  // until mmap_lock is given back, in effect
      down_write(&p.vma_lock);
    }
    spin_lock(&p.page_table_lock);
    WRITE_ONCE(p.pte_writable, false);
    spin_unlock(&p.page_table_lock);
    flush_tlb(p);
    if (excluded == Excluded::kFaultsUnderVmaLock) up_write(&p.vma_lock);
    if (excluded != Excluded::kNobody) up_write(&p.mmap_lock);
  });
  thread("fault", [&, copy, fault_is_one_of] {
    if (fault_is_one_of == Excluded::kFaultsUnderMmapLock) down_read(&p.mmap_lock);
    if (fault_is_one_of == Excluded::kFaultsUnderVmaLock) down_read(&p.vma_lock);
    spin_lock(&p.page_table_lock);
    const bool writable{READ_ONCE(p.pte_writable)};
    if (!writable && copy == Copy::kByMappings) WRITE_ONCE(p.pte_writable, true);  // wp_page_reuse()
    spin_unlock(&p.page_table_lock);
    if (!writable && copy == Copy::kByReferences) {
      smp_rmb();
      WRITE_ONCE(p.copied, READ_ONCE(p.old_page));
      spin_lock(&p.page_table_lock);
      IF (!READ_ONCE(p.pte_writable)) WRITE_ONCE(p.pte_maps_copy, true);  // pte_same()
      spin_unlock(&p.page_table_lock);
    }
    if (fault_is_one_of == Excluded::kFaultsUnderVmaLock) up_read(&p.vma_lock);
    if (fault_is_one_of == Excluded::kFaultsUnderMmapLock) up_read(&p.mmap_lock);
  });
  user(p);
}

}  // namespace

LITMUS(no_check, violated(kLost)) { scenario(Check::kNone, Between::kReadBarrier); }
// The load of the copy may be satisfied before that of the count: nothing stands between.
LITMUS(check_under_the_lock, violated(kLost)) { scenario(Check::kInside, Between::kNothing); }
LITMUS(check_under_the_lock_copy_ordered, holds) { scenario(Check::kInside, Between::kReadBarrier); }
// Whoever gets a page to copy to takes a lock.
LITMUS(check_under_the_lock_page_allocated, holds) { scenario(Check::kInside, Between::kAllocator); }
LITMUS(check_before_the_lock, violated(kLost)) { scenario(Check::kBefore, Between::kReadBarrier); }
LITMUS(check_behind_the_lock, holds) { scenario(Check::kBehind, Between::kReadBarrier); }
LITMUS(increment_after_the_unlock, violated(kLost)) { scenario(Check::kInside, Between::kReadBarrier, Increment::kAfterUnlock); }

// --- before the look at the count
LITMUS(pages_mapped_once_are_not_copied, holds) { before_the_count(Copy::kByMappings); }
LITMUS(pages_with_references_are_copied, violated(kLost)) { before_the_count(Copy::kByReferences); }
LITMUS(mmap_lock_held_for_writing, holds) {
  before_the_count(Copy::kByReferences, Excluded::kFaultsUnderMmapLock, Excluded::kFaultsUnderMmapLock);
}
// A fault under the vma lock (v6.4) does not ask for mmap_lock: vmas have to be write-locked, too (49b0638502da, "mm: enable page table
// walking API to lock vmas during the walk").
LITMUS(fault_under_the_vma_lock, violated(kLost)) {
  before_the_count(Copy::kByReferences, Excluded::kFaultsUnderMmapLock, Excluded::kFaultsUnderVmaLock);
}
LITMUS(vmas_write_locked, holds) {
  before_the_count(Copy::kByReferences, Excluded::kFaultsUnderVmaLock, Excluded::kFaultsUnderVmaLock);
}
