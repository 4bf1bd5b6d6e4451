// A lookup has a reference to a vma of another mm and drops it while a writer of that mm waits for it. The writer may go on
// before the wake-up, and the mm may be gone when the wake-up comes. (Not for v0: there a lookup meets no vma of another mm.)
#include "lkmc/expectations.h"
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

// Up to v1 a reader wakes nobody. vm_mm is never the lookup's mm, so the fault returns nothing; what races is the plain reset of
// vm_lock_seq and the plain detached.
LITMUS(v1, races) { scenario<v1>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
// The fault gets a reference. exit_mmap() adds VMA_LOCK_OFFSET and waits; the fault drops the reference, munmap sees the count,
// frees the vma and the mm. Only then does the fault wake the writer, by the mm that it has read before (I7).
LITMUS(v2, violated(kMmLives)) { scenario<v2_wakes>(); }
LITMUS(v2_repaired, violated(kMmLives)) { scenario<v2_repaired_wakes>(); }
LITMUS(v3a, holds) { scenario<v3a_wakes>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired_wakes>(); }
