// fork() copies a vma of the parent for the child: for a while the copy has the mm and the range of the original. A lookup in the
// parent may have found it before, as the vma that it was then, and must not get it. (Not for v0: there a lookup never meets a
// vma that was freed and handed out again.)
#include "each_version.h"
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

EACH_VERSION(scenario<V>(),
             from<v1>(holds),
             from<v2>(races),
             from<v2_repaired>(holds))
// The copy has the original's reference, so the lookup gets one.
LITMUS(v2_copies_count, violated(kUnfinished), violated(kLookup), races) { scenario<v2_copies_count>(); }
