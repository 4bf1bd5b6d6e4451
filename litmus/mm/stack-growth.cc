// expand_downwards() moves vm_start and vm_pgoff while another fault reads them.
//
// Up to v6.4 the stack grew with mmap_lock held for reading, so another fault could be there: its plain reads race with the
// plain writes. Marking them takes the race away, but not that the pair is seen half written. Since v6.5 mmap_lock is held for
// writing (8d7071af8907, "mm: always expand the stack with the mmap write lock held"). expand_upwards() does the same with vm_end alone: no
// pair can be torn. A fault that holds only the vma lock (v6.4) sees either move, unless the vma is write-locked, as it is since v6.5.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

struct process {
  rw_semaphore mmap_lock;
  rw_semaphore anon_vma;
  spinlock_t page_table_lock;
  shared<int> vm_start{8};
  shared<int> vm_pgoff{8};
  shared<int> vm_end{12};
  rw_semaphore vma_lock;
};

enum class Version { kPlain, kMarked, kWriteLock };

void scenario(Version version) {
  auto &p = make<process>();
  const bool marked = version == Version::kMarked;
  thread("expander", [&, version, marked] {
    if (version == Version::kWriteLock) {
      down_write(&p.mmap_lock);
    } else {
      down_read(&p.mmap_lock);
    }
    down_write(&p.anon_vma);
    spin_lock(&p.page_table_lock);
    if (marked) {
      WRITE_ONCE(p.vm_start, 7);
      WRITE_ONCE(p.vm_pgoff, 7);
    } else {
      p.vm_start = 7;
      p.vm_pgoff = 7;
    }
    spin_unlock(&p.page_table_lock);
    up_write(&p.anon_vma);
    if (version == Version::kWriteLock) {
      up_write(&p.mmap_lock);
    } else {
      up_read(&p.mmap_lock);
    }
  });
  thread("fault", [&, marked] {
    down_read(&p.mmap_lock);
    const value<int> start = marked ? READ_ONCE(p.vm_start) : value<int>(p.vm_start);
    const value<int> offset = marked ? READ_ONCE(p.vm_pgoff) : value<int>(p.vm_pgoff);
    exists("start and offset do not match", start != offset);
    up_read(&p.mmap_lock);
  });
}

constexpr char kMoved[] = "the end of a locked vma stays where it is";
enum class FaultHolds { kMmapLock, kVmaLock };

void upwards(Version version, FaultHolds fault_holds) {
  auto &p = make<process>();
  thread("expander", [&, version] {
    if (version == Version::kWriteLock) {
      down_write(&p.mmap_lock);
      down_write(&p.vma_lock);  // vma_start_write()
    } else {
      down_read(&p.mmap_lock);
    }
    down_write(&p.anon_vma);
    if (version == Version::kMarked) {
      WRITE_ONCE(p.vm_end, 13);
    } else {
      p.vm_end = 13;
    }
    up_write(&p.anon_vma);
    if (version == Version::kWriteLock) {
      up_write(&p.vma_lock);
      up_write(&p.mmap_lock);
    } else {
      up_read(&p.mmap_lock);
    }
  });
  thread("fault", [&, version, fault_holds] {
    rw_semaphore *lock = fault_holds == FaultHolds::kVmaLock ? &p.vma_lock : &p.mmap_lock;
    down_read(lock);
    const value<int> end = version == Version::kMarked ? READ_ONCE(p.vm_end) : value<int>(p.vm_end);
    exists("the old end", end == 12);
    if (fault_holds == FaultHolds::kVmaLock) CHECK_INVARIANT(READ_ONCE(p.vm_end) == end, kMoved);
    up_read(lock);
  });
}

}  // namespace

LITMUS(v6_4, races, reachable("start and offset do not match")) { scenario(Version::kPlain); }
LITMUS(v6_4_marked, holds, reachable("start and offset do not match")) { scenario(Version::kMarked); }
LITMUS(v6_5, holds, unreachable("start and offset do not match")) { scenario(Version::kWriteLock); }
LITMUS(upwards_v6_4, races) { upwards(Version::kPlain, FaultHolds::kMmapLock); }
LITMUS(upwards_v6_4_marked, holds, reachable("the old end")) { upwards(Version::kMarked, FaultHolds::kMmapLock); }
LITMUS(upwards_v6_4_fault_under_the_vma_lock, violated(kMoved), races) { upwards(Version::kPlain, FaultHolds::kVmaLock); }
LITMUS(upwards_v6_5, holds) { upwards(Version::kWriteLock, FaultHolds::kMmapLock); }
LITMUS(upwards_v6_5_fault_under_the_vma_lock, holds) { upwards(Version::kWriteLock, FaultHolds::kVmaLock); }
