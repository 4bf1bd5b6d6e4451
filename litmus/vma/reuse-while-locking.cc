// The second hazard: the vma is freed and handed out again while a lookup is locking it, and is not attached yet when the
// lookup is through.
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
    (void)new_vma<V>(&m.mm, kAddress);
    V::mmap_write_unlock(&m.mm);
  });
}

// As in reuse-before-lock: the grace period keeps the vma from being handed out, and LKMM lets plain reads see it nevertheless.
LITMUS(v0a, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v0a>(); }
LITMUS(v0b, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v0b>(); }
LITMUS(v0c, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v0c_without_grace_period, violated(kUnfinished), violated(kDetached), violated(kLookup), races) {
  scenario<v0c_without_grace_period>();
}
// As in reuse-before-lock: the reset lets the fault in while all else that it reads may be old. Depending on how far munmap
// and mmap are, the vma is detached (I4), free (I1) or being built (I4').
LITMUS(v1, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, violated(kUnfinished), violated(kDetached), violated(kLookup), races) { scenario<v1_f3>(); }
LITMUS(v1_f4, races) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, races) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, races) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }

// A count that begins at zero again: the fault has a reference to a vma that is free, and may take it for the one that it looks
// for, whatever has become of it.
LITMUS(v2_counts_from_zero, violated(kFreedAtZero), violated(kAllocatedAtZero), violated(kUnfinished), violated(kDetached),
       violated(kLookup), races) {
  scenario<v2_counts_from_zero>();
}
