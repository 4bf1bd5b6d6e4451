// expand_downwards() moves vm_start and vm_pgoff while another fault reads them.
//
// Up to v6.4 the stack grew with mmap_lock held for reading, so another fault could be there: its plain reads race with the
// plain writes. Marking them takes the race away, but not that the pair is seen half written. Since v6.5 mmap_lock is held for
// writing (8d7071af8907, "mm: always expand the stack with the mmap write lock held").
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

}  // namespace

LITMUS(v6_4, races, reachable("start and offset do not match")) { scenario(Version::kPlain); }
LITMUS(v6_4_marked, holds, reachable("start and offset do not match")) { scenario(Version::kMarked); }
LITMUS(v6_5, holds, unreachable("start and offset do not match")) { scenario(Version::kWriteLock); }
