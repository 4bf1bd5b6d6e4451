// The second hazard: the vma is freed and handed out again while a lookup is locking it, and is not attached yet when the
// lookup is through.
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
    (void)new_vma<V>(&m.mm, kAddress);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             // As in reuse-before-lock: the grace period keeps the vma from being handed out, and LKMM lets plain reads see it nevertheless.
             from<v0a>(violated(kUnfinished), violated(kDetached), violated(kLookup), races),
             from<v0c_marked>(holds),
             // As in reuse-before-lock: the reset lets the fault in while all else that it reads may be old. Depending on how far munmap
             // and mmap are, the vma is detached (I4), free (I1) or being built (I4').
             from<v1>(violated(kUnfinished), violated(kDetached), violated(kLookup), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             // The fault gives its reference back behind the one that vma_mark_detached() has dropped, and __vma_enter_locked() finds 0. A
             // refcount_add_not_zero() that fails orders nothing, and both ways meet behind it: so what is stored next, up to the next
             // owner's vm_mm, may be seen while the fault still has its reference.
             from<v2>(violated(kUnfinished), violated(kDetached), violated(kLookup), races),
             from<v2_repaired>(holds))
LITMUS(v0c_without_grace_period, violated(kUnfinished), violated(kDetached), violated(kLookup), races) {
  scenario<v0c_without_grace_period>();
}

// A count that begins at zero again: the fault has a reference to a vma that is free, and may take it for the one that it looks
// for, whatever has become of it.
LITMUS(v2_counts_from_zero, violated(kFreedAtZero), violated(kAllocatedAtZero), violated(kUnfinished), violated(kDetached),
       violated(kLookup), races) {
  scenario<v2_counts_from_zero>();
}
