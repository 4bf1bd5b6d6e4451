// The first hazard of recycled vmas: a lookup has found a vma and not locked it yet, when the vma is freed and handed out
// again for another address of the same mm. The lookup must not return it.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("munmap, mmap", [&] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, &m.vma);
    const auto vma = new_vma<V>(&m.mm, kElsewhere);
    V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    WRITE_ONCE(vma->ghost.life, kFreed);  // to who asked for kAddress
    V::mmap_write_unlock(&m.mm);
  });
}

LITMUS(v1, races) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, races) { scenario<v1_f3>(); }
LITMUS(v1_f4, races) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, races) { scenario<v2>(); }
LITMUS(v2_marked, holds) { scenario<v2_marked>(); }
LITMUS(v3a, races) { scenario<v3a>(); }
LITMUS(v3a_marked, holds) { scenario<v3a_marked>(); }
