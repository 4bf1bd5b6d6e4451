// The first hazard of recycled vmas: a lookup has found a vma and not locked it yet, when the vma is freed and handed out
// again for another address of the same mm. The lookup must not return it.
#include "each_version.h"
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

EACH_VERSION(scenario<V>(),
             // v0 frees a vma when a grace period is over, which a fault that still finds it holds off; so nothing that comes later is
             // read under rcu_read_lock(). That is what v0c_marked shows. The kernel's reads there are plain, and for LKMM they race with what
             // the next owner writes (docs/vma.md has the proof): vm_lock_seq and detached may be read as late as that, and the fault has a
             // vma that is detached (I4), free (I1) or being built (I4'), with an rwsem that is initialised while the fault holds it.
             from<v0a>(violated(kUnfinished), violated(kDetached), violated(kLookup), races, deadlocks),
             from<v0c_marked>(holds),
             // munmap has let go of the rwsem in vma_start_write(), detaches the vma and frees it, which sets vm_lock_seq to ~0. The fault
             // takes the rwsem now, finds ~0 and no other sign: detached, vm_mm and the range it may read as they were before. It has a vma
             // that is detached (I4), free (I1), or being built for another address (I4'), until it lets go: only the vma_start_write() that
             // comes with the new vma waits for it. F3 does not force the fault to see what is written in vm_area_free() either.
             from<v1>(violated(kUnfinished), violated(kDetached), violated(kLookup), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             // Whoever gets the rwsem behind F4's detach sees it. What races is the plain reset of vm_lock_seq.
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             // The fault gives its reference back behind the one that vma_mark_detached() has dropped, and __vma_enter_locked() finds 0. A
             // refcount_add_not_zero() that fails orders nothing, and both ways meet behind it: so what is stored next, up to the next
             // owner's vm_mm, may be seen while the fault still has its reference.
             from<v2>(violated(kUnfinished), violated(kDetached), violated(kLookup), races),
             from<v2_repaired>(holds))
// Interleaving alone: the fault takes the rwsem of the new vma, which is neither write-locked nor detached.
LITMUS(v0c_without_grace_period, violated(kUnfinished), violated(kDetached), violated(kLookup), races, deadlocks) {
  scenario<v0c_without_grace_period>();
}
// The zeros that a new vma is filled with are stored where the fault counts, too.
LITMUS(v2_zeroes, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<with_zeroed_vmas<v2>>(); }
LITMUS(v3a_zeroes, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<with_zeroed_vmas<v3a>>(); }
// The fault drops the last reference behind the one that vma_mark_detached() has dropped, and __vma_enter_locked() finds 0:
// refcount_add_not_zero() is no acquire where it fails, so the fault's plain looks at vm_mm race with the stores for the next owner.
LITMUS(v2_unordered_detach, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v2_unordered_detach>(); }
// What was right when the fault looked at it is not when it has the reference.
LITMUS(v2_checks_first, violated(kLookup), races) { scenario<v2_checks_first>(); }
