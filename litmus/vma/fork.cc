// fork() copies a vma of the parent for the child: for a while the copy has the mm and the range of the original. A lookup in the
// parent may have found it before, as the vma that it was then, and must not get it. (Not for v0: there a lookup never meets a
// vma that was freed and handed out again.)
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  auto &original = make<typename V::vm_area_struct>();
  map<V>(original, m.mm);
  m.vm_area_cachep.has_free = true;
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("fork", [&] {
    V::mmap_write_lock(&m.mm);
    V::mmap_write_lock(&m.other_mm);
    V::vma_start_write(&m.mm, &original);
    const auto copy = V::vm_area_dup(&m.mm, &original);
    copy->vm_mm = &m.other_mm;
    V::vma_start_write(&m.other_mm, copy);  // vm_flags_clear() does that
    V::vma_mark_attached(&m.other_mm, copy);
    V::mmap_write_unlock(&m.other_mm);
    V::mmap_write_unlock(&m.mm);
  });
}

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
// The copy has the original's reference, so the lookup gets one.
LITMUS(v2_copies_count, violated(kUnfinished), violated(kLookup), races) { scenario<v2_copies_count>(); }
