// A page fault must never work on a vma that munmap() has detached: the per-VMA lock as of v6.4 to v6.13.
//
// A vma is write-locked while its vm_lock_seq equals mm_lock_seq of its mm, so adding one to mm_lock_seq unlocks all vmas of
// the mm at once. Who writes to a vma takes vma->lock only for as long as it takes to set vm_lock_seq; a fault holds it for
// reading. So the fault that finds vm_lock_seq different from mm_lock_seq may be the first to come after the writer, and
// then has to see what the writer did: mm_lock_seq has to be written with release and read with acquire semantics. v6.4
// did neither (b1f02b95758d, "mm: fix memory ordering for mm_lock_seq and vm_lock_seq").
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"

using namespace lkmc;

struct mm_struct {
  shared<int> mm_lock_seq;
};

struct vm_area_struct {
  shared<int> vm_lock_seq{-1};
  shared<bool> detached;
  rw_semaphore lock;
};

enum class Ordering { kOnce, kAcquireRelease };

// lock_vma_under_rcu() with vma_start_read() in it, and what the fault relies on then.
static void fault(mm_struct &mm, vm_area_struct &vma, Ordering ordering) {
  if (READ_ONCE(vma.vm_lock_seq) == READ_ONCE(mm.mm_lock_seq)) return;
  if (!down_read_trylock(&vma.lock)) return;
  value<int> seq;
  if (ordering == Ordering::kAcquireRelease) {
    seq = smp_load_acquire(&mm.mm_lock_seq);
  } else {
    seq = READ_ONCE(mm.mm_lock_seq);
  }
  if (READ_ONCE(vma.vm_lock_seq) == seq || READ_ONCE(vma.detached)) {
    up_read(&vma.lock);
    return;
  }
  exists("the fault has the vma", true);
  CHECK_INVARIANT(!READ_ONCE(vma.detached), "a read-locked vma is attached");
  up_read(&vma.lock);
}

// With mmap_lock held for writing: vma_start_write(), vma_mark_detached(), vma_end_write_all().
static void munmap(mm_struct &mm, vm_area_struct &vma, Ordering ordering) {
  const value<int> seq = READ_ONCE(mm.mm_lock_seq);
  down_write(&vma.lock);
  WRITE_ONCE(vma.vm_lock_seq, seq);
  up_write(&vma.lock);
  WRITE_ONCE(vma.detached, true);
  if (ordering == Ordering::kAcquireRelease) {
    smp_store_release(&mm.mm_lock_seq, seq + 1);
  } else {
    WRITE_ONCE(mm.mm_lock_seq, seq + 1);
  }
}

static void test(Ordering of_fault, Ordering of_munmap) {
  auto &mm = make<mm_struct>();
  auto &vma = make<vm_area_struct>();
  thread("fault", [&] { fault(mm, vma, of_fault); });
  thread("munmap", [&] { munmap(mm, vma, of_munmap); });
}

// v6.5
LITMUS(reader_never_gets_a_detached_vma, holds, reachable("the fault has the vma")) {
  test(Ordering::kAcquireRelease, Ordering::kAcquireRelease);
}

// v6.4
LITMUS(reader_gets_a_detached_vma, violated("a read-locked vma is attached")) {
  test(Ordering::kOnce, Ordering::kOnce);
}

// Half of the fix is not enough.
LITMUS(reader_without_acquire, violated("a read-locked vma is attached")) {
  test(Ordering::kOnce, Ordering::kAcquireRelease);
}
LITMUS(writer_without_release, violated("a read-locked vma is attached")) {
  test(Ordering::kAcquireRelease, Ordering::kOnce);
}
