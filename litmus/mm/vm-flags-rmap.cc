// mprotect_fixup() writes vm_flags while an rmap walker (try_to_migrate_one(), page_vma_mapped_walk()) reads it.
//
// The writer holds mmap_lock and the vma lock, the walker the lock of the anon_vma: all as documented, so nothing keeps them
// apart, and both accesses have to be marked ("KCSAN: data-race in mprotect_fixup / try_to_migrate_one"). vm_page_prot goes
// with vm_flags; a walker may see one new and the other old even if they are marked.
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

namespace {

constexpr int kOldFlags = 0x77;
constexpr int kNewFlags = 0x70;

struct process {
  rw_semaphore mmap_lock;
  rw_semaphore vma_lock;
  rw_semaphore anon_vma;
  shared<int> vm_flags{kOldFlags};
  shared<int> vm_page_prot{7};
};

enum class Access { kPlain, kMarked };

void write(shared<int> &x, int v, Access access) {
  if (access == Access::kMarked) {
    WRITE_ONCE(x, v);
  } else {
    x = v;
  }
}
value<int> read(shared<int> &x, Access access) { return access == Access::kMarked ? READ_ONCE(x) : value<int>(x); }

void scenario(Access of_mprotect, Access of_walker) {
  auto &p = make<process>();
  thread("mprotect", [&, of_mprotect] {
    down_write(&p.mmap_lock);
    down_write(&p.vma_lock);
    write(p.vm_flags, kNewFlags, of_mprotect);
    write(p.vm_page_prot, 1, of_mprotect);
    up_write(&p.vma_lock);
    up_write(&p.mmap_lock);
  });
  thread("rmap walk", [&, of_walker] {
    down_read(&p.anon_vma);
    const value<int> flags = read(p.vm_flags, of_walker);
    const value<int> prot = read(p.vm_page_prot, of_walker);
    CHECK_INVARIANT((flags == kOldFlags) | (flags == kNewFlags), "the walker sees the old flags or the new ones");
    exists("new flags, old protection", (flags == kNewFlags) & (prot == 7));
    up_read(&p.anon_vma);
  });
}

}  // namespace

LITMUS(both_plain, races, reachable("new flags, old protection")) { scenario(Access::kPlain, Access::kPlain); }
LITMUS(only_the_reader_marked, races) { scenario(Access::kPlain, Access::kMarked); }
LITMUS(only_the_writer_marked, races) { scenario(Access::kMarked, Access::kPlain); }
LITMUS(both_marked, holds, reachable("new flags, old protection")) { scenario(Access::kMarked, Access::kMarked); }
