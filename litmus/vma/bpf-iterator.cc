// bpf's task_vma iterator (v7.1: bee9ef4a40a2, "bpf: switch task_vma iterator from mmap_lock to per-VMA locks") finds the next vma in the tree under
// RCU, reads vm_start and vm_end of it without any lock, and then locks the vma at vm_start. But nothing keeps the vma: it may
// be free, and the slab's free pointer lies over vm_start; or it may be another vma by then.
//
// Three vmas are next to each other: the first is unmapped, and what it was is handed out again for the third page; the one between is mapped all
// along. The iterator finds the first in the tree, reads the address of the third, gets the lock there, and has passed over the
// one in between. The commit knows that vm_end may be stale and guards against standing still; it has no such guard against going
// too far. What the tree itself says of the range, the index of the maple state, is never another vma's.
#include "each_version.h"
#include "scenario.h"

using namespace vma;

inline constexpr unsigned long kBetween = kAddress + kPage;

enum class Range { kOfVma, kOfTree };

template <class V>
static void scenario(Range range = Range::kOfVma) {
  auto &m = make<machine<V>>();
  auto &first = make<shared<typename V::vm_area_struct *>>();  // what the tree has at kAddress
  m.map(m.mm);
  first = &m.vma;
  m.let_be_found_in(m.mm);
  thread("bpf", [&, range] {
    rcu_read_lock();
    const auto found = rcu_dereference(first);
    if (found == nullptr) {  // the next one is that in between
      rcu_read_unlock();
      return;
    }
    unsigned long start = kAddress;
    if (range == Range::kOfVma) {
      const value<unsigned long> read = found->vm_start;
      exists("the slab's free pointer", read == ~0ul);
      if (read == kElsewhere) start = kElsewhere;
      if (read == ~0ul) start = ~0ul;
    }
    rcu_read_unlock();
    const auto vma = V::lock_vma_under_rcu(&m.mm, start);
    if (vma == nullptr) return;
    exists("a vma is locked", true);
    CHECK_INVARIANT(READ_ONCE(vma->vm_start) <= kBetween, kNoGap);
    V::vma_end_read(vma);
  });
  thread("munmap, mmap", [&] {
    V::mmap_write_lock(&m.mm);
    WRITE_ONCE(first, nullptr);
    unmap<V>(&m.mm, &m.vma);
    const auto vma = new_vma<V>(&m.mm, kElsewhere);
    V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    rcu_assign_pointer(m.mm.mm_mt, vma);
    V::mmap_write_unlock(&m.mm);
  });
}

EACH_VERSION(scenario<V>(),
             from<v4>(violated(kNoGap), races, reachable("the slab's free pointer")),
             from<v4_repaired>(violated(kNoGap), races, reachable("the slab's free pointer")))

LITMUS(v4_range_of_the_tree, holds) { scenario<v4_repaired>(Range::kOfTree); }
