// A vma is handed out for the mm that the lookup is about, and put into the tree. If the lookup gets it, from there or, where vmas
// are reused at once, because it has found it before, it must see it initialised.
#include "lkmc/expectations.h"
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

LITMUS(v0a, holds) { scenario<v0a>(); }
LITMUS(v0b, holds) { scenario<v0b>(); }
LITMUS(v0c, holds) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v1, holds) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, holds) { scenario<v1_f3>(); }
LITMUS(v1_f4, holds) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, races) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, races) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }
LITMUS(v2_relaxed_attach, violated(kPublished), races) { scenario<v2_relaxed_attach>(); }
LITMUS(v2_relaxed_increment, violated(kPublished), races) { scenario<v2_relaxed_increment>(); }
// The barriers of v1 are for vmas that are attached without being write-locked: else the fault comes behind the unlock.
LITMUS(v1_not_write_locked, holds) { scenario<v1>(WriteLock::kNo); }
LITMUS(v1_without_rmb, violated(kPublished), races) { scenario<v1_without_rmb>(WriteLock::kNo); }
