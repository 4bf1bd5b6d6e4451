// lookup-detach with the slab allocator of the checker: a page fault looks a vma up while munmap() frees it, and its memory may
// go back to the page allocator once a grace period is over. Nobody may be at it then (I9).
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario(unsigned flags = slab_machine<V>::kFlags) {
  auto &m = make<slab_machine<V>>(flags);
  const auto vma = m.map_new_vma();
  thread("fault", [&] { fault_without_checks<V>(&m.mm); });
  thread("munmap", [&, vma] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             // Where lookup-detach finds a fault with a vma that is freed, this fault gives it back after that.
             from<v0a>(violated("use after free"), races),
             from<v0b>(holds),
             from<v1>(violated("use after free"), races),
             from<v1_f1>(holds),
             from<v1_f2>(holds),
             from<v1_f4>(races),
             from<v1_f4b>(holds),
             from<v2>(holds))

// Without a grace period the fault looks at a vma that is nobody's. What it reads there may lead it past the lock, so that it looks at
// the fields while munmap() frees the vma.
LITMUS(v0c_without_grace_period, violated("use after free"), races) { scenario<v0c_without_grace_period>(); }
LITMUS(v1_f4b_not_typesafe, violated("use after free")) { scenario<v1_f4b>(0); }
LITMUS(v2_not_typesafe, violated("use after free")) { scenario<v2_repaired>(0); }
LITMUS(v3a_not_typesafe, violated("use after free")) { scenario<v3a_repaired>(0); }
