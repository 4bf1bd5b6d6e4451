// MADV_DONTNEED under the vma lock (v6.17: a6fde7add78d, "mm: use per_vma lock for MADV_DONTNEED"; MADV_FREE takes the same lock) against khugepaged,
// which collapses the pages of the vma into a huge one. With PT_RECLAIM the former takes away a page table that has become empty. khugepaged has
// looked whether there is one before it write-locked the vma, and then relied on it: what keeps madvise() out is the vma lock now, no longer
// mmap_lock (366a4532d96f, "mm: fix the race between collapse and PT_RECLAIM under per-vma lock", a null pointer dereference in v6.17-rc1).
//
// With the look behind vma_start_write(), v6.15's writer's wait matters: it is no acquire (docs/vma.md), and the load of the pmd may be
// done before it has ended. Nothing else orders it: the lock of the pmd comes later. So v6.17 has the race yet, on hardware that
// does loads early, and the acquire repairs it.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

struct page_table {
  shared<int> ptes;
};
struct page_middle_directory {
  spinlock_t lock;
  shared<page_table *> pmd;
};

enum class Look { kBeforeTheLock, kBehindTheLock };
enum class Madvise { kUnderVmaLock, kUnderMmapLock };

static void zap(page_middle_directory &d) {
  KERNEL_FUNCTION;
  spin_lock(&d.lock);
  WRITE_ONCE(d.pmd, nullptr);  // the table is freed behind a grace period
  spin_unlock(&d.lock);
}

template <class V>
static void scenario(Look look = Look::kBehindTheLock, Madvise madvise = Madvise::kUnderVmaLock) {
  auto &m = make<machine<V>>();
  auto &d = make<page_middle_directory>();
  d.pmd = &make<page_table>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("madvise", [&, madvise] {
    if (madvise == Madvise::kUnderMmapLock) {
      V::mmap_read_lock(&m.mm);
      zap(d);
      V::mmap_read_unlock(&m.mm);
      return;
    }
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    zap(d);
    V::vma_end_read(vma);
  });
  thread("collapse", [&, look] {
    V::mmap_write_lock(&m.mm);
    if (look == Look::kBehindTheLock) V::vma_start_write(&m.mm, &m.vma);
    const bool is_there{READ_ONCE(d.pmd) != nullptr};  // check_pmd_still_valid()
    if (is_there) {
      if (look == Look::kBeforeTheLock) V::vma_start_write(&m.mm, &m.vma);
      spin_lock(&d.lock);
      const value<page_table *> table = READ_ONCE(d.pmd);  // pmdp_collapse_flush()
      WRITE_ONCE(d.pmd, nullptr);
      spin_unlock(&d.lock);
      exists("the pages are collapsed", table != nullptr);
      CHECK_INVARIANT(table != nullptr, kNoTableIsTaken);
    }
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(races),
             from<v0b>(holds),
             from<v2>(violated(kNoTableIsTaken)),
             from<v2_repaired>(holds))

LITMUS(looks_before_the_lock, violated(kNoTableIsTaken)) { scenario<v3a_repaired>(Look::kBeforeTheLock); }
// Up to v6.16.
LITMUS(looks_before_the_lock_madvise_under_mmap_lock, holds) { scenario<v2>(Look::kBeforeTheLock, Madvise::kUnderMmapLock); }
