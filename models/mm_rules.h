// The locking rules of struct vm_area_struct, as Documentation/mm/process_addrs.rst of the kernel has them ("VMA fields", the
// tables of what must be held to write each field; any of the locks is enough to read).
//
// A test names the locks that it has, and the rules of those fields follow that its struct has:
//
//   mm_rules::guard_vma(vma, {.mmap = {"mmap", &mm.mmap_lock}, .vma = {"vma", &vma.vm_lock}, .anon_vma = {"anon_vma", &av.rwsem}});
//
// The lock of the vma is a token where it is no object of its own (src/kernel/lock_rules.h): from v6.15 on a reader has it who
// has counted up vm_refcnt, and a writer while vm_lock_seq equals mm_lock_seq.
#pragma once

#include "lkmc/litmus.h"

namespace mm_rules {

using namespace lkmc;

struct vma_locks {
  named_lock mmap;  // of the mm that the vma belongs to
  named_lock vma;
  // The locks of the reverse mapping. A vma without anonymous pages is in the tree of no anon_vma, one without a file in no
  // i_mmap; who needs the rmap lock for writing needs the lock of each tree that the vma is in.
  named_lock anon_vma = named_lock("anon_vma");
  named_lock i_mmap = named_lock("i_mmap");
  named_lock page_table_lock = named_lock("page_table_lock");
  named_lock swap = named_lock("swap lock");    // "swap-specific lock", "numab-specific lock"
  named_lock numab = named_lock("numab lock");
};

// Declares the rule of a field if there is such a field.
#define MM_RULES_FIELD(field, ...) \
  if constexpr (requires { vma.field; }) guarded_by(vma.field, __VA_ARGS__)

template <class Vma>
void guard_vma(const Vma &vma, const vma_locks &l) {
  lock_set read = l.mmap | l.vma;
  lock_set rmap_w = no_lock();
  for (const named_lock *rmap : {&l.anon_vma, &l.i_mmap}) {
    if (!rmap->is_there()) continue;
    read = read | *rmap;
    rmap_w = rmap_w & rmap->w;
  }
  const lock_set vma_w = l.mmap.w & l.vma.w;
  const lock_rule whole{.write = vma_w, .read = read};
  const lock_rule with_rmap{.write = vma_w & rmap_w, .read = read};
  // "Written once on initial map": while nobody else can get to the vma.
  const lock_rule constant{.write = nobody(), .read = read};

  MM_RULES_FIELD(vm_start, with_rmap);
  MM_RULES_FIELD(vm_end, with_rmap);
  MM_RULES_FIELD(vm_pgoff, with_rmap);
  MM_RULES_FIELD(vm_mm, constant);
  MM_RULES_FIELD(vm_page_prot, whole);
  MM_RULES_FIELD(vm_flags, whole);  // which the kernel writes by the name of __vm_flags
  MM_RULES_FIELD(vm_file, constant);
  MM_RULES_FIELD(vm_ops, constant);
  // vm_private_data is the driver's.
  MM_RULES_FIELD(anon_name, whole);
  MM_RULES_FIELD(swap_readahead_info, {.write = l.mmap & l.swap.w, .read = read});
  MM_RULES_FIELD(vm_policy, whole);
  MM_RULES_FIELD(numab_state, {.write = l.mmap & l.numab.w, .read = read});
  MM_RULES_FIELD(vm_userfaultfd_ctx, whole);
  MM_RULES_FIELD(shared_rb, {.write = vma_w & l.i_mmap.w, .read = read});
  MM_RULES_FIELD(shared_rb_subtree_last, {.write = vma_w & l.i_mmap.w, .read = read});
  MM_RULES_FIELD(anon_vma_chain, {.write = l.mmap & l.anon_vma.w, .read = read});
  MM_RULES_FIELD(anon_vma, {.write = vma_w & l.anon_vma.w, .read = read, .write_if_null = l.mmap & l.page_table_lock.w});
}

#undef MM_RULES_FIELD

}  // namespace mm_rules
