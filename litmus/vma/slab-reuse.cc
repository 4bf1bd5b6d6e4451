// The same as slab-free, with an allocation behind the free: it may get the vma that was freed, or a fresh one. (Not for v0: what
// comes behind the grace period, the fault does not see; reuse-before-lock has that.)
#include "each_version.h"
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

EACH_VERSION(scenario<V>(),
             from<v1>(violated("use after free"), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             // As in reuse-before-lock.
             from<v2>(races),
             from<v2_repaired>(holds),
             // These change nothing that an allocator could notice, and are slow here.
             not_from<v3c>())
