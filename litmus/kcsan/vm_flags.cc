// The race that this project started from: the per-VMA lock of Linux v6.4 ended a write section by a plain store of
// mm_lock_seq, so vm_flags, written before it, might reach memory behind it, and a reader that takes the lock then sees old
// flags. KCSAN delays an access only up to the end of its function. Where vm_flags_set() is a function of its own, as it
// is in the kernel unless it is inlined, the delay ends before the sequence number is written, and KCSAN is blind to it.
#include "lkmc/litmus.h"
using namespace lkmc;

struct mm_struct {
  shared<int> mm_lock_seq{1};
};
struct vm_area_struct {
  shared<int> vm_lock_seq{0};
  shared<unsigned long> vm_flags;
};

static void vma_start_write(vm_area_struct &vma, mm_struct &mm) {
  KERNEL_FUNCTION;
  WRITE_ONCE(vma.vm_lock_seq, READ_ONCE(mm.mm_lock_seq));
}
static void vm_flags_set(vm_area_struct &vma) {
  KERNEL_FUNCTION;
  vma.vm_flags = 6UL;
}
static void vma_end_write_all(mm_struct &mm) {
  KERNEL_FUNCTION;
  WRITE_ONCE(mm.mm_lock_seq, 2);
}
// The reader has the VMA unless it is locked for writing by the present sequence number.
static void fault(vm_area_struct &vma, mm_struct &mm) {
  KERNEL_FUNCTION;
  const value<int> sequence = smp_load_acquire(&mm.mm_lock_seq);
  IF (sequence == 2) (void)value<unsigned long>(vma.vm_flags);
}

LITMUS(vm_flags_in_functions, races) {
  auto &mm = make<mm_struct>();
  auto &vma = make<vm_area_struct>();
  thread("mprotect", [&] {
    vma_start_write(vma, mm);
    vm_flags_set(vma);
    vma_end_write_all(mm);
  });
  thread("fault", [&] { fault(vma, mm); });
}

// All in one function: the delay reaches beyond the sequence number.
static void mprotect_fixup(vm_area_struct &vma, mm_struct &mm) {
  KERNEL_FUNCTION;
  WRITE_ONCE(vma.vm_lock_seq, READ_ONCE(mm.mm_lock_seq));
  vma.vm_flags = 6UL;
  WRITE_ONCE(mm.mm_lock_seq, 2);
}
LITMUS(vm_flags_in_one_function, races) {
  auto &mm = make<mm_struct>();
  auto &vma = make<vm_area_struct>();
  thread("mprotect", [&] { mprotect_fixup(vma, mm); });
  thread("fault", [&] { fault(vma, mm); });
}

// With the release that v6.5 has there, the memory model finds no race, and KCSAN none either.
LITMUS(vm_flags_with_release) {
  auto &mm = make<mm_struct>();
  auto &vma = make<vm_area_struct>();
  thread("mprotect", [&] {
    KERNEL_FUNCTION;
    WRITE_ONCE(vma.vm_lock_seq, READ_ONCE(mm.mm_lock_seq));
    vma.vm_flags = 6UL;
    smp_store_release(&mm.mm_lock_seq, 2);
  });
  thread("fault", [&] { fault(vma, mm); });
}
