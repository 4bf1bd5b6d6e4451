// mprotect() makes two neighbours alike, and they are merged: the lower one takes the page of the upper one, which is freed. A lookup of that
// page may get the upper one before or the lower one behind that.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  auto &lower = make<typename V::vm_area_struct>();
  map<V>(lower, m.mm);
  lower.vm_start = kAddress - kPage;
  lower.vm_end = kAddress;
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the upper vma", vma == &m.vma);
    exists("the fault has the lower vma", vma == &lower);
    check_life<V>(m.mm.number, vma);
    CHECK_INVARIANT(vma->vm_start <= kAddress, kLookup);
    CHECK_INVARIANT(kAddress < vma->vm_end, kLookup);
    V::vma_end_read(vma);
  });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &lower);
    V::vma_start_write(&m.mm, &m.vma);
    lower.vm_end = kAddress + kPage;
    rcu_assign_pointer(m.mm.mm_mt, &lower);
    V::vma_mark_detached(&m.mm, &m.vma);
    V::vm_area_free(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kDetached), violated(kLookup), races),
             from<v0b>(holds),
             from<v1>(violated(kDetached), violated(kLookup), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             // Nobody has found the lower vma before it is in the tree at that page: what races in shrink and split does not here.
             from<v2>(holds))
