// A writer downgrades mmap_lock, which unlocks its vmas: a fault that gets the vma then sees all that was written.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_downgrade(&m.mm);
    V::mmap_read_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kExclusion), violated(kConstant), races),
             from<v0b>(holds))
