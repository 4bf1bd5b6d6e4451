// Readers may count up to a limit below VMA_LOCK_OFFSET; without it a reader gets in while a writer keeps readers out.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(), from<v2>(holds))
LITMUS(v2_without_limit, violated(kNoReaderGetsIn), violated(kExclusion), violated(kConstant), races) { scenario<v2_without_limit>(); }
LITMUS(v2_relaxed_increment, violated(kExclusion), violated(kConstant), races) { scenario<v2_relaxed_increment>(); }

// Two writers at once would be too much for the count, whatever the limit of the readers: mmap_lock keeps them apart.
LITMUS(v2_two_writers, violated(kNoSaturation)) {
  auto &m = make<machine<v2_repaired>>();
  m.map(m.mm);
  for (const char *name : {"mprotect", "munmap"}) thread(name, [&] { (void)v2_repaired::__vma_enter_locked(&m.mm, &m.vma, false); });
}
