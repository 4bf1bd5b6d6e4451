// The same as slab-free, with an allocation behind the free: it may get the vma that was freed, or a fresh one. (Not for v0: what
// comes behind the grace period, the fault does not see; reuse-before-lock has that.)
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario(unsigned flags = slab_machine<V>::kFlags) {
  auto &m = make<slab_machine<V>>(flags);
  const auto vma = m.map_new_vma();
  thread("fault", [&] { fault_without_checks<V>(&m.mm); });
  thread("munmap, mmap", [&, vma] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, vma);
    const auto next = V::vm_area_alloc(&m.mm);
    exists("the vma is reused", next == vma);
    exists("the vma is fresh", next != vma);
    V::mmap_write_unlock(&m.mm);
  });
}

LITMUS(v1, violated("use after free"), races) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, violated("use after free"), races) { scenario<v1_f3>(); }
LITMUS(v1_f4, races) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
// As in reuse-before-lock.
LITMUS(v2, races) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, races) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }
