// munmap() has detached a vma, which is in the tree yet, and fails: it attaches the vma again (reattach_vmas()). A lookup gets it before or
// behind that, and what the count of readers is when all have left is what it was.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  expect_no_reader(m);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault<V>(&m.mm); });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    V::vma_mark_detached(&m.mm, &m.vma);
    V::reattach(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kDetached), races),
             from<v0b>(holds))

// The reference of a reader that has not noticed yet that the vma is write-locked is forgotten when the count is set to 1, and dropped
// afterwards.
LITMUS(v2_detach_by_drop, violated(kPairs)) { scenario<v2_detach_by_drop>(); }
