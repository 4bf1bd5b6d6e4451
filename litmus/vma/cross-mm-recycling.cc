// A stale vma, recycled into a second mm and attached there, is write-locked, detached and freed there, and handed out for
// the first mm again, where it is not attached yet. Between these steps the lookup compares vm_lock_seq with the number of
// the wrong mm. (Not for v0: there a vma goes to another mm only after a grace period, and who has found it before is through.)
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.other_mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("munmap in the other mm", [&] {
    V::mmap_write_lock(&m.other_mm);
    unmap<V>(&m.other_mm, &m.vma);
    V::mmap_write_unlock(&m.other_mm);
  });
  thread("mmap", [&] { (void)new_vma<V>(&m.mm, kAddress); });
}

EACH_VERSION(scenario<V>(),
             // The fault takes the rwsem after munmap in the other mm was through with it, finds a vm_lock_seq that says nothing about its
             // own mm, and detached still false. Then the vma is detached, freed, and given to mmap, which sets vm_mm and the range: they are
             // what the fault looks for, and the vma is being built (I4'). A look at its life before that finds it free or detached (I1).
             // F4 clears vm_mm and sets detached under the rwsem: who has it before keeps munmap from that, who has it later sees both.
             from<v1>(violated(kUnfinished), violated(kLookup), races),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             from<v2>(races),
             from<v2_repaired>(holds))
