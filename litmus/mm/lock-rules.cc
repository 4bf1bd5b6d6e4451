// The locking rules of struct vm_area_struct (models/mm_rules.h): what is found from the declarations alone, and that correct
// code for each field passes. litmus/vma/lock-rules.cc has them under the per-VMA lock of v6.15.
//
// mprotect_fixup() writes vm_flags with mmap_lock and the vma lock, a walk of the reverse mapping reads it with the lock of the
// anon_vma (vm-flags-rmap.cc has the two together). Here each is alone, so no execution has a data race; but the rules say who
// else may be there, and that is enough to know that the access must be marked.
#include "../../models/mm_rules.h"
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct anon_vma {
  rw_semaphore rwsem;
};
struct address_space {
  rw_semaphore i_mmap_rwsem;
};
struct mm_struct {
  rw_semaphore mmap_lock;
  spinlock_t page_table_lock;
};
struct vm_area_struct {
  shared<mm_struct *> vm_mm;
  shared<unsigned long> vm_start, vm_end, vm_pgoff;
  shared<unsigned long> vm_page_prot, vm_flags;
  shared<const char *> anon_name;
  shared<long> vm_policy;
  shared<struct anon_vma *> anon_vma;
  atomic_long_t swap_readahead_info;
  shared<long> numab_state;
  shared<long> shared_rb;
  shared<long> anon_vma_chain;
  rw_semaphore vm_lock;  // as in v6.4, but held for as long as the vma is locked
  spinlock_t numab_lock, swap_lock;
};

struct process {
  mm_struct mm;
  vm_area_struct vma;
  struct anon_vma anon_vma;
  address_space mapping;

  process() {
    mm_rules::guard_vma(vma, {.mmap = {"mmap", &mm.mmap_lock},
                              .vma = {"vma", &vma.vm_lock},
                              .anon_vma = {"anon_vma", &anon_vma.rwsem},
                              .i_mmap = {"i_mmap", &mapping.i_mmap_rwsem},
                              .page_table_lock = {"page_table_lock", &mm.page_table_lock},
                              .swap = {"swap lock", &vma.swap_lock},
                              .numab = {"numab lock", &vma.numab_lock}});
  }
};

// Threads that take some of the locks, in the order of the kernel.
enum class Rmap { kNone, kWrite };
template <class F>
void with_vma_write_locked(process &p, Rmap rmap, const F &code) {
  down_write(&p.mm.mmap_lock);
  down_write(&p.vma.vm_lock);
  if (rmap == Rmap::kWrite) {
    down_write(&p.mapping.i_mmap_rwsem);
    down_write(&p.anon_vma.rwsem);
  }
  code();
  if (rmap == Rmap::kWrite) {
    up_write(&p.anon_vma.rwsem);
    up_write(&p.mapping.i_mmap_rwsem);
  }
  up_write(&p.vma.vm_lock);
  up_write(&p.mm.mmap_lock);
}
template <class F>
void with_read_lock(rw_semaphore &lock, const F &code) {
  down_read(&lock);
  code();
  up_read(&lock);
}

}  // namespace

// --- mprotect_fixup() and try_to_migrate_one() --------------------------------------------------------------------------------

LITMUS(mprotect_alone, violated("unmarked access: process.vma.vm_flags")) {
  auto &p = make<process>();
  thread("mprotect", [&] { with_vma_write_locked(p, Rmap::kNone, [&] { p.vma.vm_flags = 0x70; }); });
}
LITMUS(rmap_walk_alone, violated("unmarked access: process.vma.vm_flags")) {
  auto &p = make<process>();
  thread("rmap walk", [&] {
    with_read_lock(p.anon_vma.rwsem, [&] { (void)value<unsigned long>(p.vma.vm_flags); });
  });
}
LITMUS(both_marked, holds) {
  auto &p = make<process>();
  thread("mprotect", [&] {
    with_vma_write_locked(p, Rmap::kNone, [&] {
      WRITE_ONCE(p.vma.vm_flags, 0x70);
      WRITE_ONCE(p.vma.vm_page_prot, 1);
    });
  });
  thread("rmap walk", [&] {
    with_read_lock(p.anon_vma.rwsem, [&] {
      (void)READ_ONCE(p.vma.vm_flags);
      (void)READ_ONCE(p.vma.vm_page_prot);
    });
  });
}
// Who has mmap_lock or the vma lock meets no writer, and may read plainly.
LITMUS(page_fault_reads_plainly, holds) {
  auto &p = make<process>();
  thread("mprotect", [&] { with_vma_write_locked(p, Rmap::kNone, [&] { WRITE_ONCE(p.vma.vm_flags, 0x70); }); });
  thread("fault", [&] {
    with_read_lock(p.vma.vm_lock, [&] { (void)value<unsigned long>(p.vma.vm_flags); });
    with_read_lock(p.mm.mmap_lock, [&] { (void)value<unsigned long>(p.vma.vm_flags); });
  });
}

// --- locks that are missing ----------------------------------------------------------------------------------------------------

// "mmap_write_lock alone does not exclude per-VMA readers".
LITMUS(mprotect_without_the_vma_lock, violated("locking rule: process.vma.vm_flags")) {
  auto &p = make<process>();
  thread("mprotect", [&] {
    down_write(&p.mm.mmap_lock);
    WRITE_ONCE(p.vma.vm_flags, 0x70);
    up_write(&p.mm.mmap_lock);
  });
}
// As before 6.5: the stack grows with mmap_lock held for reading (stack-growth.cc).
LITMUS(stack_grows_under_the_read_lock, violated("locking rule: process.vma.vm_start")) {
  auto &p = make<process>();
  thread("fault", [&] {
    down_read(&p.mm.mmap_lock);
    down_write(&p.anon_vma.rwsem);
    spin_lock(&p.mm.page_table_lock);
    p.vma.vm_start -= 1;
    spin_unlock(&p.mm.page_table_lock);
    up_write(&p.anon_vma.rwsem);
    up_read(&p.mm.mmap_lock);
  });
}
LITMUS(lookup_without_a_lock, violated("locking rule: process.vma.vm_start")) {
  auto &p = make<process>();
  thread("lookup", [&] {
    rcu_read_lock();
    (void)READ_ONCE(p.vma.vm_start);
    rcu_read_unlock();
  });
}
LITMUS(moved_to_another_mm, violated("locking rule: process.vma.vm_mm")) {
  auto &p = make<process>();
  thread("mremap", [&] { with_vma_write_locked(p, Rmap::kWrite, [&] { WRITE_ONCE(p.vma.vm_mm, &p.mm); }); });
}
// Only who replaces NULL gets by with less.
void anon_vma_prepare(process &p) {
  down_read(&p.mm.mmap_lock);
  spin_lock(&p.mm.page_table_lock);
  WRITE_ONCE(p.vma.anon_vma, &p.anon_vma);
  spin_unlock(&p.mm.page_table_lock);
  up_read(&p.mm.mmap_lock);
}
LITMUS(anon_vma_is_replaced, violated("locking rule: process.vma.anon_vma")) {
  auto &p = make<process>();
  p.vma.anon_vma = &p.anon_vma;
  thread("fault", [&] { anon_vma_prepare(p); });
}
// Two faults: one finds NULL, the other must look, or it replaces what the first has set.
LITMUS(anon_vma_is_set_unseen, violated("locking rule: process.vma.anon_vma")) {
  auto &p = make<process>();
  for (const char *name : {"fault 1", "fault 2"}) thread(name, [&] { anon_vma_prepare(p); });
}

// --- correct code, row by row ---------------------------------------------------------------------------------------------------

// vm_start, vm_end, vm_pgoff: whoever may read them is kept out, so nothing needs to be marked.
LITMUS(adjust_and_walk, holds) {
  auto &p = make<process>();
  thread("mremap", [&] {
    with_vma_write_locked(p, Rmap::kWrite, [&] {
      p.vma.vm_start = 1;
      p.vma.vm_end = 2;
      p.vma.vm_pgoff = 3;
    });
  });
  thread("rmap walk", [&] {
    with_read_lock(p.mapping.i_mmap_rwsem, [&] {
      (void)value<unsigned long>(p.vma.vm_start);
      (void)value<unsigned long>(p.vma.vm_pgoff);
    });
  });
}
// vm_mm is constant.
LITMUS(vm_mm_is_read_plainly, holds) {
  auto &p = make<process>();
  thread("rmap walk", [&] { with_read_lock(p.anon_vma.rwsem, [&] { (void)value<mm_struct *>(p.vma.vm_mm); }); });
}
// anon_name, vm_policy: like vm_flags.
LITMUS(policy_and_name, holds) {
  auto &p = make<process>();
  thread("mbind", [&] {
    with_vma_write_locked(p, Rmap::kNone, [&] {
      WRITE_ONCE(p.vma.vm_policy, 1);
      WRITE_ONCE(p.vma.anon_name, nullptr);
    });
  });
  thread("fault", [&] { with_read_lock(p.vma.vm_lock, [&] { (void)value<long>(p.vma.vm_policy); }); });
}
// swap_readahead_info, numab_state: readers and writers meet, so the one is atomic and the other marked.
LITMUS(readahead_and_numa_state, holds) {
  auto &p = make<process>();
  thread("swap in", [&] {
    down_read(&p.mm.mmap_lock);
    spin_lock(&p.vma.swap_lock);
    atomic_long_set(&p.vma.swap_readahead_info, 1);
    spin_unlock(&p.vma.swap_lock);
    up_read(&p.mm.mmap_lock);
  });
  thread("numa scan", [&] {
    down_read(&p.mm.mmap_lock);
    (void)atomic_long_read(&p.vma.swap_readahead_info);
    spin_lock(&p.vma.numab_lock);
    WRITE_ONCE(p.vma.numab_state, 1);
    spin_unlock(&p.vma.numab_lock);
    up_read(&p.mm.mmap_lock);
  });
}
// shared.rb: a walk of the tree of the file meets nobody; by the rules, one that holds another lock might read it, too.
LITMUS(interval_tree, holds) {
  auto &p = make<process>();
  thread("mmap", [&] { with_vma_write_locked(p, Rmap::kWrite, [&] { p.vma.shared_rb = 1; }); });
  thread("rmap walk", [&] { with_read_lock(p.mapping.i_mmap_rwsem, [&] { (void)value<long>(p.vma.shared_rb); }); });
}
// anon_vma_chain: with mmap_lock for reading and the anon_vma for writing.
LITMUS(anon_vma_chain_grows, holds) {
  auto &p = make<process>();
  thread("fault", [&] {
    down_read(&p.mm.mmap_lock);
    down_write(&p.anon_vma.rwsem);
    WRITE_ONCE(p.vma.anon_vma_chain, 1);
    up_write(&p.anon_vma.rwsem);
    up_read(&p.mm.mmap_lock);
  });
  thread("rmap walk", [&] { with_read_lock(p.anon_vma.rwsem, [&] { (void)value<long>(p.vma.anon_vma_chain); }); });
}
// anon_vma: set by a fault that has looked, taken away by who has all locks.
LITMUS(anon_vma_comes_and_goes, holds) {
  auto &p = make<process>();
  for (const char *name : {"fault 1", "fault 2"}) {
    thread(name, [&] {
      down_read(&p.mm.mmap_lock);
      spin_lock(&p.mm.page_table_lock);
      IF (READ_ONCE(p.vma.anon_vma) == nullptr) WRITE_ONCE(p.vma.anon_vma, &p.anon_vma);
      spin_unlock(&p.mm.page_table_lock);
      up_read(&p.mm.mmap_lock);
    });
  }
  thread("unlink", [&] { with_vma_write_locked(p, Rmap::kWrite, [&] { p.vma.anon_vma = nullptr; }); });
}
