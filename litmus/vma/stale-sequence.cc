// A vma comes with the vm_lock_seq that it had in another mm. When the count of its new mm gets there, the vma looks as if
// it were write-locked, and vma_start_write() does not keep readers out. (Not for v0: the lock of a new vma is a new one.)
#include "each_version.h"
#include "scenario.h"

using namespace vma;

enum class NewVma { kWriteLocked, kNotWriteLocked };

template <class V>
static void scenario(NewVma new_vma_is) {
  auto &m = make<machine<V>>();
  m.map(m.other_mm);
  thread("fault", [&] { fault_that_reads<V>(&m.mm); });
  thread("munmap, mmap, mprotect", [&, new_vma_is] {
    V::mmap_write_lock(&m.other_mm);  // once more than the mm by then
    V::mmap_write_unlock(&m.other_mm);
    V::mmap_write_lock(&m.other_mm);
    unmap<V>(&m.other_mm, &m.vma);
    V::mmap_write_unlock(&m.other_mm);

    V::mmap_write_lock(&m.mm);
    const auto vma = new_vma<V>(&m.mm, kAddress);
    if (new_vma_is == NewVma::kWriteLocked) V::vma_start_write(&m.mm, vma);
    V::vma_mark_attached(&m.mm, vma);
    rcu_assign_pointer(m.mm.mm_mt, vma);
    V::mmap_write_unlock(&m.mm);

    V::mmap_write_lock(&m.mm);  // the count of the other mm when the vma was write-locked there
    V::vma_start_write(&m.mm, vma);
    write_to<V>(&m.mm, vma);
    V::mmap_write_unlock(&m.mm);
  });
}

// Up to v1 a vma may be attached without being write-locked. All callers in the kernel do write-lock it, which sets vm_lock_seq.
EACH_VERSION(scenario<V>(kHasReferences<V> ? NewVma::kWriteLocked : NewVma::kNotWriteLocked),
             from<v1>(holds),
             from<v1_f1>(violated(kExclusion)),
             from<v1_f4b>(violated(kExclusion)))

LITMUS(v1_f1_write_locked, holds) { scenario<v1_f1>(NewVma::kWriteLocked); }
LITMUS(v1_f4b_write_locked, holds) { scenario<v1_f4b>(NewVma::kWriteLocked); }
