// A vma has two pages, and munmap() takes the first: the lookup that has found the vma for that page must not get it behind that.
#include "each_version.h"
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

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kLookup), races),
             from<v0b>(holds),
             from<v2>(violated(kLookup), races),
             from<v2_repaired>(holds))
LITMUS(v2_without_range_check, violated(kLookup)) { scenario<v2_without_range_check>(); }
