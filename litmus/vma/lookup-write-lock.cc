// A page fault looks a vma up while mprotect() write-locks it and writes to it. They must not have it at the same time.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

template <class V>
static void lookup_against_write_lock() {
  auto &m = make<machine<V>>();
  m.map(m.mm);
  expect_no_reader(m);
  m.let_be_found_in(m.mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    write_to<V>(&m.mm, &m.vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(lookup_against_write_lock<V>(),
             from<v0a>(violated(kExclusion), violated(kConstant), races),
             from<v0b>(holds))

// Half of the repair of v6.5 is not enough.
LITMUS(v0b_without_acquire, violated(kExclusion), violated(kConstant)) { lookup_against_write_lock<v0b_without_acquire>(); }
LITMUS(v0b_without_release, violated(kExclusion), violated(kConstant)) { lookup_against_write_lock<v0b_without_release>(); }
// LKMM gives plain increments of the sequence number no order.
LITMUS(v0c_plain, violated(kExclusion), violated(kConstant), races) { lookup_against_write_lock<v0c_plain>(); }

// What the design needs, taken away. A writer that does not wait also writes vm_lock_seq while the fault reads it.
// Then nobody sees that the vma is write-locked, and faults get in.
LITMUS(v2_without_sequence, violated(kSequence), violated(kExclusion), violated(kConstant)) {
  lookup_against_write_lock<v2_without_sequence>();
}
LITMUS(v2_without_wait, violated(kExclusion), violated(kConstant), races) { lookup_against_write_lock<v2_without_wait>(); }
// The look at vm_lock_seq before the reference may be too old.
LITMUS(v2_without_second_look, violated(kExclusion), violated(kConstant)) { lookup_against_write_lock<v2_without_second_look>(); }
// The second drop takes the vma's own reference: the writer finds the vma detached, or waits for a count that has gone by.
LITMUS(v2_drops_twice, violated(kWriterKeepsAttached), violated(kPairs), deadlocks) { lookup_against_write_lock<v2_drops_twice>(); }
