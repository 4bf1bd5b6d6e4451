// mprotect() of the second of two pages splits the vma: a copy takes the second page, and the old vma shrinks. A lookup of that page that
// has found the old vma must not get it behind that, and the copy only once it is complete.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  auto &old = make<typename V::vm_area_struct>();
  map<V>(old, m.mm);
  old.vm_start = kAddress - kPage;
  m.mm.mm_mt = &old;
  m.vm_area_cachep.has_free = true;
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the old vma", vma == &old);
    exists("the fault has the new vma", vma == &m.vma);
    check_life<V>(m.mm.number, vma);
    CHECK_INVARIANT(vma->vm_start <= kAddress, kLookup);
    CHECK_INVARIANT(kAddress < vma->vm_end, kLookup);
    V::vma_end_read(vma);
  });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &old);
    const auto upper = V::vm_area_dup(&m.mm, &old);
    upper->vm_start = kAddress;
    V::vma_start_write(&m.mm, upper);
    old.vm_end = kAddress;
    V::vma_mark_attached(&m.mm, upper);
    rcu_assign_pointer(m.mm.mm_mt, upper);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kLookup), races),
             from<v0b>(holds),
             from<v2>(violated(kLookup), races),
             from<v2_repaired>(holds))

// The copy has the reference of a reader that has not noticed yet that the old vma is write-locked. Nobody will ever drop it, and the writer waits
// for that.
LITMUS(v2_copies_count, deadlocks) { scenario<v2_copies_count>(); }
