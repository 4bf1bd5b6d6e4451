// What a writer loads once it has the vma locked: a store that a fault made under the read lock is there, and stays the last one.
//
// The fault stores a page-table entry; the writer locks the vma and reads the entry twice. If the first load is the old entry
// and the second the new one, the fault's store fell into the writer's section. Since v6.15 the wait for the readers ends with
// a relaxed load and nothing orders later loads behind it, so the first one may be done before the fault has left: smp_mb()
// comes before the wait. Later stores are not early, for they depend on the wait by control (writer-wait.cc). Hardware does
// this (docs/vma.md has the AArch64 form); under `tso` all hold. Up to v6.14 down_write() was the acquire.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

struct page_tables {
  spinlock_t ptl, other_ptl;
  shared<int> pte;
};

inline constexpr char kNoStoreInSection[] = "I2: no fault stores a page-table entry while the vma is write-locked";

static void look_twice(page_tables &t) {
  const value<int> first = READ_ONCE(t.pte);
  const value<int> second = READ_ONCE(t.pte);
  smp_mb();  // the way out is another matter: writer-unlock.cc
  CHECK_INVARIANT(first == second, kNoStoreInSection);
}

// Both sides under the lock of the page table.
static void look_twice_locked(page_tables &t) {
  spin_lock(&t.ptl);
  const value<int> first = READ_ONCE(t.pte);
  spin_unlock(&t.ptl);
  spin_lock(&t.ptl);
  const value<int> second = READ_ONCE(t.pte);
  spin_unlock(&t.ptl);
  CHECK_INVARIANT(first == second, kNoStoreInSection);
}

// The writer has left one page table, under its lock, before it comes to this one: LKMM orders what is before an unlock before
// what is behind the next lock of the same thread.
static void look_twice_behind_another(page_tables &t) {
  spin_lock(&t.other_ptl);
  spin_unlock(&t.other_ptl);
  spin_lock(&t.ptl);
  look_twice(t);
  spin_unlock(&t.ptl);
}

template <class V>
static void scenario(void (*look)(page_tables &) = look_twice, bool fault_takes_ptl = false) {
  auto &m = make<machine<V>>();
  auto &t = make<page_tables>();
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  thread("fault", [&m, &t, fault_takes_ptl] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    exists("the fault has the vma", true);
    if (fault_takes_ptl) spin_lock(&t.ptl);
    WRITE_ONCE(t.pte, 1);
    if (fault_takes_ptl) spin_unlock(&t.ptl);
    V::vma_end_read(vma);
  });
  thread("munmap", [&m, &t, look] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    look(t);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v0a>(races),  // of vm_lock_seq
             from<v0b>(holds),
             from<v2>(violated(kNoStoreInSection)),
             from<v2_repaired>(holds))

LITMUS(v2_under_the_page_table_lock, holds) { scenario<v2>(look_twice_locked, true); }
LITMUS(v2_behind_another_page_table, holds) { scenario<v2>(look_twice_behind_another, true); }
