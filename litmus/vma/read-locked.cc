// vma_start_read_locked(): who holds mmap_lock for reading locks the vma without looking at the sequence numbers, and lets
// go of mmap_lock.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  expect_no_reader(m);
  thread("userfaultfd", [&] {
    V::mmap_read_lock(&m.mm);
    const bool locked = V::vma_start_read_locked(&m.vma);
    V::mmap_read_unlock(&m.mm);
    if (!locked) return;
    exists("the vma is locked", true);
    CHECK_INVARIANT(!READ_ONCE(m.vma.ghost.writer), kExclusion);
    const value<int> flags = READ_ONCE(m.vma.vm_flags);
    CHECK_INVARIANT(READ_ONCE(m.vma.vm_flags) == flags, kConstant);
    V::vma_end_read(&m.vma);
  });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

LITMUS(v0a, holds) { scenario<v0a>(); }
LITMUS(v0b, holds) { scenario<v0b>(); }
LITMUS(v0c, holds) { scenario<v0c>(); }
LITMUS(v0c_marked, holds) { scenario<v0c_marked>(); }
LITMUS(v1, holds) { scenario<v1>(); }
LITMUS(v1_f1, holds) { scenario<v1_f1>(); }
LITMUS(v1_f2, holds) { scenario<v1_f2>(); }
LITMUS(v1_f3, holds) { scenario<v1_f3>(); }
LITMUS(v1_f4, holds) { scenario<v1_f4>(); }
LITMUS(v1_f4b, holds) { scenario<v1_f4b>(); }
LITMUS(v2, holds) { scenario<v2>(); }
LITMUS(v2_repaired, holds) { scenario<v2_repaired>(); }
LITMUS(v3a, holds) { scenario<v3a>(); }
LITMUS(v3a_repaired, holds) { scenario<v3a_repaired>(); }

// At the limit, and whether the vma was locked is not looked at: so it is not, and what is dropped is the vma's own reference.
LITMUS(v2_unchecked, violated(kPairs), violated(kExclusion), violated(kConstant), violated(kWriterKeepsAttached), deadlocks) {
  scenario<v2_unchecked>();
}
