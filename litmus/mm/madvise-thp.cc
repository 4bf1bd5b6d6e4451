// MADV_DONTNEED of a huge page, against NUMA balancing which moves that page: both hold mmap_lock for reading. madvise() looks without a lock whether
// there is a huge page, and passes on if there is none; so the pmd must not be empty for a while as long as it is to map the page
// again (d7c3393413fe, "mm: thp: fix MADV_DONTNEED vs migrate_misplaced_transhuge_page race condition"): the page is missed, and what it
// contains is still there when madvise() returns. The repair changes the pmd in one step. Interleaving alone shows it.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr char kZapped[] = "nothing is mapped when madvise() has ended";
constexpr int kNone = 0, kOldPage = 1, kNewPage = 2;

struct process {
  spinlock_t pmd_lock;
  shared<int> pmd{kOldPage};
};

enum class Migration { kClearsFirst, kInOneStep };

void scenario(Migration migration) {
  auto &p = make<process>();
  thread("migration", [&, migration] {
    spin_lock(&p.pmd_lock);
    if (READ_ONCE(p.pmd) == kOldPage) {
      if (migration == Migration::kClearsFirst) WRITE_ONCE(p.pmd, kNone);  // pmdp_huge_clear_flush()
      WRITE_ONCE(p.pmd, kNewPage);
    }
    spin_unlock(&p.pmd_lock);
  });
  thread("madvise", [&] {
    if (READ_ONCE(p.pmd) == kNone) return;
    spin_lock(&p.pmd_lock);
    WRITE_ONCE(p.pmd, kNone);
    spin_unlock(&p.pmd_lock);
  });
  finally([&] { CHECK_INVARIANT(p.pmd == kNone, kZapped); });
}

}  // namespace

LITMUS(cleared_first, violated(kZapped)) { scenario(Migration::kClearsFirst); }
LITMUS(changed_in_one_step, holds) { scenario(Migration::kInOneStep); }
