// A vma has two pages, and munmap() takes the first: the lookup that has found the vma for that page must not get it behind that.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.vma.vm_end = kAddress + 2 * kPage;
  m.let_be_found_in(m.mm);
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the vma", true);
    CHECK_INVARIANT(vma->vm_start == kAddress, kLookup);
    V::vma_end_read(vma);
  });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    m.vma.vm_start = kAddress + kPage;
    V::mmap_write_unlock(&m.mm);
  });
}

LITMUS(v0a, violated(kLookup), races) { scenario<v0a>(); }
LITMUS(v0b, holds) { scenario<v0b>(); }
LITMUS(v0c, holds) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v1, holds) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, holds) { scenario<v1_f3>(); }
LITMUS(v1_f4, holds) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, violated(kLookup), races) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, violated(kLookup), races) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }
LITMUS(v2_without_range_check, violated(kLookup)) { scenario<v2_without_range_check>(); }
