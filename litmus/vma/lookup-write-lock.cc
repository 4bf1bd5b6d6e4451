// A page fault looks a vma up while mprotect() write-locks it and writes to it. They must not have it at the same time.
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void lookup_against_write_lock() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

LITMUS(v0a, violated(kExclusion), violated(kConstant), races) { lookup_against_write_lock<v0a>(); }
LITMUS(v0b, holds) { lookup_against_write_lock<v0b>(); }
LITMUS(v0c, holds) { lookup_against_write_lock<v0c>(); }
LITMUS(v1, holds) { lookup_against_write_lock<v1>(); }
LITMUS(v1_f1, holds) { lookup_against_write_lock<v1_f1>(); }
LITMUS(v1_f2, holds) { lookup_against_write_lock<v1_f2>(); }
LITMUS(v1_f3, holds) { lookup_against_write_lock<v1_f3>(); }
LITMUS(v1_f4, holds) { lookup_against_write_lock<v1_f4>(); }
LITMUS(v1_f4b, holds) { lookup_against_write_lock<v1_f4b>(); }
LITMUS(v2, holds) { lookup_against_write_lock<v2>(); }
LITMUS(v2_marked, holds) { lookup_against_write_lock<v2_marked>(); }
LITMUS(v3a, holds) { lookup_against_write_lock<v3a>(); }
LITMUS(v3a_marked, holds) { lookup_against_write_lock<v3a_marked>(); }
