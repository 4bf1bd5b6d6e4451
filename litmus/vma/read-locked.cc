// vma_start_read_locked(): who holds mmap_lock for reading locks the vma without looking at the sequence numbers, and lets
// go of mmap_lock.
#include "each_version.h"
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

EACH_VERSION(scenario<V>(), from<v0a>(holds))

// At the limit, and whether the vma was locked is not looked at: so it is not, and what is dropped is the vma's own reference.
LITMUS(v2_unchecked, violated(kPairs), violated(kExclusion), violated(kConstant), violated(kWriterKeepsAttached), deadlocks) {
  scenario<v2_unchecked>();
}
