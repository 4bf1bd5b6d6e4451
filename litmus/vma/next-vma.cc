// /proc/PID/maps goes through an mm by lock_next_vma() while mmap(MAP_FIXED) puts a new vma over the first page of two: something is
// mapped at that page all along, and the reader must not find a gap there.
//
// The reader finds the old vma, and locks it when the other is through: it begins behind the page now. Whether that is a gap, only
// the tree can say, read once more; mm_lock_seq tells that it has to be. What makes the check complete: to see the new vm_start, the
// reader has to lock the vma behind the writer's unlock, and vma_start_read() has then read what the unlock stored to mm_lock_seq; the
// look behind that cannot be at an older value, by coherence alone. So the barriers of begin and retry are not needed here, but the
// order of the first look at mm_lock_seq and the walk is. (Since v6.17.)
#include "../../models/vma/next_vma.h"
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V, class Check = speculates>
static void scenario() {
  if constexpr (requires { V::kFailsOutsideOfRcu; }) {
    auto &m = make<machine<V>>();
    auto &old = make<typename V::vm_area_struct>();
    auto &tree = make<page_tree<V>>();
    map<V>(old, m.mm);
    old.vm_end = kAddress + 2 * kPage;
    tree.first = &old;
    tree.second = &old;
    m.vm_area_cachep.has_free = true;
    thread("maps", [&] {
      rcu_read_lock();
      const auto vma = lock_next_vma<V, Check>(&m.mm, tree);
      rcu_read_unlock();
      CHECK_INVARIANT(vma != nullptr, kNoGap);
      if (vma == nullptr) return;
      exists("the old vma is locked", vma == &old);
      exists("the new vma is locked", vma == &m.vma);
      CHECK_INVARIANT(READ_ONCE(vma->vm_start) == kAddress, kNoGap);
      V::vma_end_read(vma);
    });
    thread("mmap", [&] {
      V::mmap_write_lock(&m.mm);
      V::vma_start_write(&m.mm, &old);
      old.vm_start = kAddress + kPage;
      const auto vma = new_vma<V>(&m.mm, kAddress);
      V::vma_start_write(&m.mm, vma);
      V::vma_mark_attached(&m.mm, vma);
      rcu_assign_pointer(tree.first, vma);
      V::mmap_write_unlock(&m.mm);
    });
  }
}

EACH_VERSION(scenario<V>(),
             // The plain vm_start: as in shrink.
             from<v3a>(violated(kNoGap), races, reachable("the old vma is locked"), reachable("the new vma is locked")),
             from<v3a_repaired>(holds, reachable("the old vma is locked"), reachable("the new vma is locked")))

LITMUS(v4_does_not_check, violated(kNoGap)) { scenario<v4_repaired, does_not_check>(); }
LITMUS(v4_speculates_late, violated(kNoGap)) { scenario<v4_repaired, speculates_late>(); }
