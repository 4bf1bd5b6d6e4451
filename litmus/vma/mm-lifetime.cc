// A lookup has a reference to a vma of another mm and drops it while a writer of that mm waits for it. The writer may go on
// before the wake-up, and the mm may be gone when the wake-up comes. (Not for v0: there a lookup meets no vma of another mm.)
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.other_mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("exit of the other mm", [&] { V::exit_mmap(&m.other_mm, &m.vma); });
}

template <class V>
static void of_version() {
  if constexpr (kHasReferences<V>) {
    scenario<woken_by_readers<V>>();
  } else {
    scenario<V>();
  }
}

EACH_VERSION(of_version<V>(),
             // Up to v1 a reader wakes nobody. vm_mm is never the lookup's mm, so the fault returns nothing; what races is the plain reset of
             // vm_lock_seq and the plain detached.
             from<v1>(races),
             from<v1_f4b>(holds),
             // The fault gets a reference. exit_mmap() adds VMA_LOCK_OFFSET and waits; the fault drops the reference, munmap sees the count,
             // frees the vma and the mm. Only then does the fault wake the writer, by the mm that it has read before (I7).
             from<v2>(violated(kMmLives)),
             from<v3a>(holds),
             from<v3a_repaired>(holds))
