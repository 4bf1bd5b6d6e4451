// The third hazard: what the lookup has found belongs to another mm by the time it locks it, at the same address.
// (Not for v0: while a lookup is at a vma, the grace period after which another mm may get it has not ended.)
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class WriteLock { kNo, kYes };

template <class V>
static void scenario(WriteLock write_lock = WriteLock::kYes) {
  auto &m = make<machine<V>>();
  m.vm_area_cachep.has_free = true;
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("mmap in the other mm", [&, write_lock] {
    V::mmap_write_lock(&m.other_mm);
    const auto vma = new_vma<V>(&m.other_mm, kAddress);
    if (write_lock == WriteLock::kYes) V::vma_start_write(&m.other_mm, vma);
    V::vma_mark_attached(&m.other_mm, vma);
    V::mmap_write_unlock(&m.other_mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v1>(holds),
             from<v2>(races),
             from<v2_repaired>(holds))

// Before v2 nothing asks for the write lock.
LITMUS(v1_not_write_locked, holds) { scenario<v1>(WriteLock::kNo); }
LITMUS(v1_f1_not_write_locked, holds) { scenario<v1_f1>(WriteLock::kNo); }
LITMUS(v1_f2_not_write_locked, holds) { scenario<v1_f2>(WriteLock::kNo); }
LITMUS(v1_f3_not_write_locked, holds) { scenario<v1_f3>(WriteLock::kNo); }
LITMUS(v1_f4_not_write_locked, holds) { scenario<v1_f4>(WriteLock::kNo); }
LITMUS(v1_f4b_not_write_locked, holds) { scenario<v1_f4b>(WriteLock::kNo); }
LITMUS(v2_without_validation, violated(kLookup)) { scenario<v2_without_validation>(); }
