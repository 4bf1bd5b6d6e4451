// A writer waits for the last reader, which has to wake it. Both write first and look then, with a full barrier in between;
// without either barrier the wake-up can get lost.
#include "../../models/vma/rcuwait.h"
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  V::writer_wait = &make<rcuwait>();
  m.map(m.mm);
  m.vma.vm_refcnt.refs = 2;  // one reader
  thread("fault", [&] { V::vma_end_read(&m.vma); });
  thread("mprotect", [&] { (void)V::__vma_enter_locked(&m.mm, &m.vma, false); });
}

LITMUS(v2_rcuwait, holds) { scenario<v2_rcuwait>(); }
LITMUS(v2_without_barrier_a, deadlocks) { scenario<v2_without_barrier_a>(); }
LITMUS(v2_without_barrier_b, deadlocks) { scenario<v2_without_barrier_b>(); }
