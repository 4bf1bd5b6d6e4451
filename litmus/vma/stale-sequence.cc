// A vma comes with the vm_lock_seq that it had in another mm. When the count of its new mm gets there, the vma looks as if
// it were write-locked, and vma_start_write() does not keep readers out.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  if (!V::kResetsSequence) m.vma.vm_lock_seq = 3u;  // as the other mm left it
  m.mm.mm_lock_seq = 2u;
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);  // 3
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

// v0b and v0c begin with a new vm_lock_seq, as v1 does. v6.4 lacks the order of the sequence numbers, as in lookup-write-lock.
LITMUS(v0a, violated(kExclusion), violated(kConstant), races) { scenario<v0a>(); }
LITMUS(v0b, holds) { scenario<v0b>(); }
LITMUS(v0c, holds) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v1, holds) { scenario<v1>(); }
LITMUS(v1_f1, violated(kExclusion), violated(kConstant)) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, holds) { scenario<v1_f3>(); }
LITMUS(v1_f4, holds) { scenario<v1_f4>(); }
LITMUS(v1_f4b, violated(kExclusion), violated(kConstant)) { scenario<v1_f4b>(); }
LITMUS(v2, holds) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, holds) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }
