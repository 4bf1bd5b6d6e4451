// A lookup has a reference to a vma of another mm and drops it while a writer of that mm waits for it. The writer may go on
// before the wake-up, and the mm may be gone when the wake-up comes.
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

LITMUS(v1, races) { scenario<v1>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2_wakes, violated(kMmLives)) { scenario<v2_wakes>(); }
LITMUS(v3a_wakes, holds) { scenario<v3a_wakes>(); }
