// A writer downgrades mmap_lock, which unlocks its vmas: a fault that gets the vma then sees all that was written.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_downgrade(&m.mm);
    V::mmap_read_unlock(&m.mm);
  });
}

LITMUS(v0a, violated(kExclusion), violated(kConstant), races) { scenario<v0a>(); }
LITMUS(v0b, holds) { scenario<v0b>(); }
LITMUS(v0c, holds) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v1, holds) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, holds) { scenario<v1_f3>(); }
LITMUS(v1_f4, holds) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, holds) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, holds) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }
