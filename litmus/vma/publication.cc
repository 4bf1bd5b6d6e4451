// A vma is handed out for the mm that the lookup is about, and put into the tree. If the lookup gets it, from there or, where vmas
// are reused at once, because it has found it before, it must see it initialised.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class WriteLock { kNo, kYes };

template <class V>
static void scenario(WriteLock write_lock = WriteLock::kYes) {
  auto &m = make<machine<V>>();
  m.vm_area_cachep.has_free = true;
  if (V::kReusesAtOnce) m.let_be_found_in(m.mm);
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the vma", true);
    const value<int> flags = vma->vm_flags;
    CHECK_INVARIANT(flags == 1, kPublished);
    V::vma_end_read(vma);
  });
  thread("mmap", [&, write_lock] {
    V::mmap_write_lock(&m.mm);
    const auto vma = new_vma<V>(&m.mm, kAddress);
    if (write_lock == WriteLock::kYes) V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    rcu_assign_pointer(m.mm.mm_mt, vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(holds),
             from<v2>(races),
             from<v2_repaired>(holds))
LITMUS(v2_relaxed_attach, violated(kPublished), races) { scenario<v2_relaxed_attach>(); }
LITMUS(v2_relaxed_increment, violated(kPublished), races) { scenario<v2_relaxed_increment>(); }
// The barriers of v1 are for vmas that are attached without being write-locked: else the fault comes behind the unlock.
LITMUS(v1_not_write_locked, holds) { scenario<v1>(WriteLock::kNo); }
LITMUS(v1_without_rmb, violated(kPublished), races) { scenario<v1_without_rmb>(WriteLock::kNo); }
