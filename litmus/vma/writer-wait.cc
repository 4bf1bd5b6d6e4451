// Plain fields: what a fault reads under the read lock comes before what a writer writes that has waited for it. Since v6.15
// the wait for vm_refcnt is no acquire, so LKMM calls it a data race. For these stores that is a formality (they depend on the
// wait by control, and no hardware stores before a branch is decided: lkmm-hw); for the writer's loads it is not (writer-load.cc).
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the vma", true);
    (void)value<int>(vma->vm_flags);
    V::vma_end_read(vma);
  });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    m.vma.vm_flags = 1;
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(races),
             from<v0b>(holds),
             from<v2>(races),
             from<v2_repaired>(holds))

// Half of the repair of v6.5: here it is a fault that comes behind the writer and sees too little.
LITMUS(v0b_without_acquire, races) { scenario<v0b_without_acquire>(); }
LITMUS(v0b_without_release, races) { scenario<v0b_without_release>(); }
