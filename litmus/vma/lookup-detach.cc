// A page fault looks a vma up while munmap() takes it out of the tree and frees it. It must not get it after that.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void lookup_against_detach() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(lookup_against_detach<V>(),
             // v6.4: the fault may see the sequence number of the unlock and not yet that the vma is detached (I4), and keep it until the
             // grace period is over and the vma is freed (I1).
             from<v0a>(violated(kDetached), violated(kLookup), races),
             from<v0b>(holds),
             // vm_area_free() resets vm_lock_seq, which unlocks the vma; the fault may see that and not yet that it is detached. Then it has
             // a vma that is detached (I4) or free already (I1).
             from<v1>(violated(kDetached), violated(kLookup), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             from<v2>(holds))

// The fault's load of vm_lock_seq is plain and not ordered before that of the flag, whatever the writer does.
LITMUS(v1_wmb, violated(kDetached), violated(kLookup), races) { lookup_against_detach<v1_wmb>(); }
LITMUS(v1_f2_reset, violated(kDetached), violated(kLookup), races) { lookup_against_detach<v1_f2_reset>(); }

// What the design needs, taken away. A writer that does not wait also writes vm_lock_seq while the fault reads it.
LITMUS(v2_without_wait, violated(kDetachWaits), violated(kFreedAtZero), violated(kDetached), violated(kLookup), races) { lookup_against_detach<v2_without_wait>(); }
// The count of a fault is left when the vma is freed.
LITMUS(v2_detach_by_drop, violated(kFreedAtZero)) { lookup_against_detach<v2_detach_by_drop>(); }
// The second drop takes the vma's own reference, or one that nobody has any more; a count below zero is a saturated one. (When
// vma_mark_detached() waits, the fault cannot have the vma any more: vma_start_write() has waited for it.)
LITMUS(v2_drops_twice, violated(kNoUnderflow), violated(kNoSaturation), violated(kFreedAtZero), violated(kWriterKeepsAttached),
       deadlocks) {
  lookup_against_detach<v2_drops_twice>();
}
