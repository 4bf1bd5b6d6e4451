// Two threads zap the same page (MADV_DONTNEED, MADV_FREE), and the second finds that there is nothing left to do. It must not return before the
// TLB entry is gone: the first has changed the PTE and flushes later (99baac21e458, "mm: fix MADV_[FREE|DONTNEED] TLB flush miss problem").
// So whoever changes PTEs raises tlb_flush_pending first, and flushes everything if he is not the only one (mm_tlb_flush_nested()).
//
// Whether a flush is needed is then no longer a question of what has been gathered: the change of 0758cd830494 ("asm-generic/tlb: avoid potential
// double flush"), which asks that, has to be told so, by freed_tables in tlb_finish_mmu(). (That there were two flushes one after the
// other before is a matter of one thread, and of its speed.)
//
// Why it holds: who finds no PTE comes behind the other's section of the page-table lock, so the other's increment happened before.
// If the count is 1 then, it has been decremented since, behind the flush: that it is behind is the flush's own to guarantee, says
// dec_tlb_flush_pending(), so a flush ends with smp_mb() here. As in deferred-tlb-flush, the TLB is a ghost, and a flush waits until the
// other CPU is between two instructions.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr char kReached[] = "behind madvise() nobody reaches the page through a TLB";

struct process {
  spinlock_t page_table_lock;
  spinlock_t cpu;  // between two instructions of the user
  atomic_t tlb_flush_pending;
  shared<bool> pte_present{true};
  shared<bool> tlb_present{true};
};

enum class Nested { kFlushed, kNotFlushed, kForgotten };

void flush_tlb(process &p) {
  KERNEL_FUNCTION;
  spin_lock(&p.cpu);
  WRITE_ONCE(p.tlb_present, false);
  spin_unlock(&p.cpu);
  smp_mb();
}

void madvise(process &p, Nested nested) {
  KERNEL_FUNCTION;
  atomic_inc(&p.tlb_flush_pending);  // tlb_gather_mmu()
  spin_lock(&p.page_table_lock);
  const bool gathered{READ_ONCE(p.pte_present)};
  if (gathered) WRITE_ONCE(p.pte_present, false);
  spin_unlock(&p.page_table_lock);
  // tlb_finish_mmu()
  bool flush = gathered;
  if (nested != Nested::kNotFlushed && atomic_read(&p.tlb_flush_pending) > 1) flush = flush || nested == Nested::kFlushed;
  if (flush) flush_tlb(p);
  atomic_dec(&p.tlb_flush_pending);
  smp_mb();  // back to the user
  spin_lock(&p.cpu);
  CHECK_INVARIANT(!READ_ONCE(p.tlb_present), kReached);
  spin_unlock(&p.cpu);
}

void scenario(Nested nested) {
  auto &p = make<process>();
  for (const char *name : {"MADV_FREE", "MADV_DONTNEED"}) thread(name, [&, nested] { madvise(p, nested); });
}

}  // namespace

LITMUS(not_flushed, violated(kReached)) { scenario(Nested::kNotFlushed); }
LITMUS(flushed, holds) { scenario(Nested::kFlushed); }
// The count says that there is another, and what is gathered says that there is nothing to do.
LITMUS(flushed_if_anything_was_gathered, violated(kReached)) { scenario(Nested::kForgotten); }
