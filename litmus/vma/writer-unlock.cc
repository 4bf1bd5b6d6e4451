// What a writer loads while it has the vma locked: a store that a fault makes under the read lock afterwards is not there yet.
//
// The writer locks the vma, reads a page-table entry twice and unlocks the mm; the fault then locks the vma and stores the entry.
// If the second load sees that store, it was done after the unlock. In v6.5 the unlock was smp_store_release(). Since v6.14 it is the
// end of a seqcount's section, smp_wmb() and a store, which orders stores only: the kernel's comments count on a release there.
// The mmap lock itself is given back later, by a release. Under `tso` all hold.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

struct page_tables {
  shared<int> pte;
};

inline constexpr char kNoStoreInSection[] = "I2: no fault stores a page-table entry while the vma is write-locked";

template <class V>
static void scenario() {
  auto &m = make<machine<V>>();
  auto &t = make<page_tables>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    WRITE_ONCE(t.pte, 1);
    V::vma_end_read(vma);
  });
  thread("munmap", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    smp_mb();  // the way in is another matter: writer-load.cc
    const value<int> first = READ_ONCE(t.pte);
    const value<int> second = READ_ONCE(t.pte);
    V::mmap_write_unlock(&m.mm);
    CHECK_INVARIANT(first == second, kNoStoreInSection);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(violated(kNoStoreInSection), races),  // of vm_lock_seq
             from<v0b>(holds),
             from<v0c>(violated(kNoStoreInSection)))
