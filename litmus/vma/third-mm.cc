// mm-lifetime, and a third mm gets the vma: a lookup that has dropped its reference must not take the new owner for the old one.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  auto &third_mm = make<typename V::mm_struct>(3, &m.vm_area_cachep);
  m.map(m.other_mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("exit of the other mm, mmap in a third", [&] {
    V::exit_mmap(&m.other_mm, &m.vma);
    (void)new_vma<V>(&third_mm, kElsewhere);
  });
  finally([&] {
    CHECK_INVARIANT(atomic_read(&m.other_mm.mm_count) == 0, kMmCount);
    CHECK_INVARIANT(atomic_read(&third_mm.mm_count) == 1, kMmCount);
  });
}

template <class V>
static void of_version() {
  if constexpr (kHasReferences<V>) {
    if constexpr (V::kZeroesNewVmas) {
      scenario<with_zeroed_vmas_woken_by_readers<V>>();
    } else {
      scenario<woken_by_readers<V>>();
    }
  }
}

EACH_VERSION(of_version<V>(),
             from<v2>(violated(kMmLives), races),
             from<v2_repaired>(violated(kMmLives)),
             from<v3a>(races),
             from<v3a_repaired>(holds))
// Behind the drop vm_mm is that of the next owner, or 0.
LITMUS(v2_late_mm, violated(kMmLives), violated("null pointer dereference"), races) { of_version<v2_late_mm>(); }
LITMUS(v3a_late_mm, violated("null pointer dereference"), races) { of_version<v3a_late_mm>(); }
// The first form of the repair: the old mm keeps a reference, and the new one loses its own.
LITMUS(v3a_drops_late_mm, violated(kMmCount), races) { of_version<v3a_drops_late_mm>(); }
