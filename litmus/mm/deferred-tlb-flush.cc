// Write-protecting a page (soft-dirty, uffd-wp) with the TLB flush deferred, against a copy-on-write fault.
//
// The write-protector changes the PTE under the page-table lock and flushes the TLBs later. Until then another CPU writes
// through its stale, writable TLB entry. A fault that sees the PTE write-protected copies the page and maps the copy: what is
// stored to the old page after it was copied is lost. So the fault has to flush first if mm_tlb_flush_pending() says that a
// flush is due; the count is raised before, and read inside, sections of the page-table lock, which alone orders the two.
//
// The TLB is a ghost: one CPU has a writable entry that a flush takes away. A flush is an IPI that waits until the other CPU
// is between two instructions: so looking up the TLB and storing are one step here, a section of a spinlock, as is a flush.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr char kLost[] = "no store of the user is lost";

struct process {
  spinlock_t page_table_lock;
  spinlock_t cpu;  // between two instructions of the user
  atomic_t tlb_flush_pending;
  shared<bool> pte_writable{true};
  shared<bool> pte_maps_copy;
  shared<bool> tlb_writable{true};
  shared<int> old_page;
  shared<int> copied;
  shared<bool> stored;
};

enum class Check { kNone, kUnderLock, kUnderLockUnordered, kOutside };
enum class Increment { kBefore, kAfterUnlock };

void flush_tlb(process &p) {
  KERNEL_FUNCTION;
  spin_lock(&p.cpu);
  WRITE_ONCE(p.tlb_writable, false);
  spin_unlock(&p.cpu);
  smp_mb();  // a flush is over when it returns (dec_tlb_flush_pending() relies on that)
}

void scenario(Check check, Increment increment) {
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
  thread("fault", [&, check] {
    spin_lock(&p.page_table_lock);
    const value<bool> writable = READ_ONCE(p.pte_writable);
    value<int> pending = 0;
    if (check == Check::kUnderLock || check == Check::kUnderLockUnordered) pending = atomic_read(&p.tlb_flush_pending);
    spin_unlock(&p.page_table_lock);
    if (writable) return;
    if (check == Check::kOutside) pending = atomic_read(&p.tlb_flush_pending);
    if (pending != 0) flush_tlb(p);
    if (check != Check::kUnderLockUnordered) smp_rmb();
    WRITE_ONCE(p.copied, READ_ONCE(p.old_page));
    spin_lock(&p.page_table_lock);
    WRITE_ONCE(p.pte_maps_copy, true);
    spin_unlock(&p.page_table_lock);
  });
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

}  // namespace

LITMUS(no_check, violated(kLost)) { scenario(Check::kNone, Increment::kBefore); }
LITMUS(check_under_the_lock, holds) { scenario(Check::kUnderLock, Increment::kBefore); }
LITMUS(check_under_the_lock_copy_unordered, violated(kLost)) { scenario(Check::kUnderLockUnordered, Increment::kBefore); }
LITMUS(check_outside, holds) { scenario(Check::kOutside, Increment::kBefore); }
LITMUS(increment_after_the_unlock, violated(kLost)) { scenario(Check::kUnderLock, Increment::kAfterUnlock); }
