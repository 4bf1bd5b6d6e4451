// The locking rules of the fields of a vma (models/mm_rules.h) under the lock of v6.15, whose read lock is a reference and whose
// write lock is the equality of vm_lock_seq and mm_lock_seq: the lock of the vma is a token, which the functions that have one of
// the two hand on. vmas here are in no tree of the reverse mapping.
#include "../../models/mm_rules.h"
#include "lkmc/expectations.h"
#include "scenario.h"

using namespace vma;

namespace {

struct v2_ruled : repaired<v2_series<v2_ruled>> {
  using base = repaired<v2_series<v2_ruled>>;
  static const lock_token &lock_of(const vma_pointer &vma);

  // Readers, from the increment on: they look at the mm and the range before they know whether they may keep the vma.
  static bool get_reference(const vma_pointer &vma) {
    if (!base::get_reference(vma)) return false;
    acquire_token_shared(&lock_of(vma));
    return true;
  }
  static value<int> drop_reference(const vma_pointer &vma) {
    release_token_shared(&lock_of(vma));
    return base::drop_reference(vma);
  }

  static void vma_start_write(mm_struct *mm, const vma_pointer &vma) {
    base::vma_start_write(mm, vma);
    if (!lockdep_is_held(&lock_of(vma))) acquire_token(&lock_of(vma));
  }
  // With the mmap lock, or with another vm_lock_seq, the equality goes.
  static void forget_write_lock(const vma_pointer &vma) {
    if (lockdep_is_held(&lock_of(vma))) release_token(&lock_of(vma));
  }
  static void mmap_write_unlock(mm_struct *mm) {
    forget_write_lock(mm->vm_area_cachep->vma);
    base::mmap_write_unlock(mm);
  }
  static void mmap_write_downgrade(mm_struct *mm) {
    forget_write_lock(mm->vm_area_cachep->vma);
    base::mmap_write_downgrade(mm);
  }

  // A new vma is its owner's until it is attached.
  static void vma_init(mm_struct *mm, const vma_pointer &vma) {
    begin_private(vma);
    forget_write_lock(vma);
    base::vma_init(mm, vma);
  }
  static void publish(const vma_pointer &vma) {
    end_private(vma);
    base::publish(vma);
  }
};

// The token stands behind the vma that there is.
struct ruled_machine {
  machine<v2_ruled> m;
  lock_token lock;
  ruled_machine() { mm_rules::guard_vma(m.vma, {.mmap = {"mmap", &m.mm.mmap_lock}, .vma = {"vma", &lock}}); }
};
const lock_token &v2_ruled::lock_of(const vma_pointer &vma) { return reinterpret_cast<const ruled_machine *>(&*vma)->lock; }

machine<v2_ruled> &mapped() {
  auto &m = make<ruled_machine>().m;
  m.map(m.mm);
  m.let_be_found_in(m.mm);
  return m;
}
using V = v2_ruled;

// The lock keeps writers out, so what it guards is read plainly.
void fault_thread(machine<V> &m) {
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    (void)value<int>(vma->vm_flags);
    V::vma_end_read(vma);
  });
}

}  // namespace

LITMUS(fault_and_mprotect, holds) {
  auto &m = mapped();
  fault_thread(m);
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    m.vma.vm_flags = 1;
    V::mmap_write_unlock(&m.mm);
  });
}
// "mmap_write_lock alone does not exclude per-VMA readers".
LITMUS(without_vma_start_write, violated("locking rule: ruled_machine.m.vma.vm_flags")) {
  auto &m = mapped();
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    m.vma.vm_flags = 1;
    V::mmap_write_unlock(&m.mm);
  });
}
LITMUS(written_after_the_downgrade, violated("locking rule: ruled_machine.m.vma.vm_flags")) {
  auto &m = mapped();
  thread("mprotect", [&] {
    V::mmap_write_lock(&m.mm);
    V::vma_start_write(&m.mm, &m.vma);
    V::mmap_write_downgrade(&m.mm);
    m.vma.vm_flags = 1;
    V::mmap_read_unlock(&m.mm);
  });
}
LITMUS(read_after_vma_end_read, violated("locking rule: ruled_machine.m.vma.vm_flags")) {
  auto &m = mapped();
  thread("fault", [&] {
    const auto vma = V::lock_vma_under_rcu(&m.mm, kAddress);
    if (vma == nullptr) return;
    V::vma_end_read(vma);
    (void)READ_ONCE(vma->vm_flags);
  });
}
// The vma goes, and comes back as another one: vm_mm is written only in between.
LITMUS(recycled, holds) {
  auto &m = mapped();
  thread("mmap", [&] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, &m.vma);
    const auto vma = new_vma<V>(&m.mm, kAddress);
    V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    rcu_assign_pointer(m.mm.mm_mt, vma);
    V::mmap_write_unlock(&m.mm);
  });
}
LITMUS(changed_once_attached, violated("locking rule: ruled_machine.m.vma.vm_mm")) {
  auto &m = mapped();
  thread("mmap", [&] {
    V::mmap_write_lock(&m.mm);
    unmap<V>(&m.mm, &m.vma);
    const auto vma = new_vma<V>(&m.mm, kAddress);
    V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    vma->vm_mm = &m.mm;
    V::mmap_write_unlock(&m.mm);
  });
}
