// The per-VMA lock, from mm/memory.c, include/linux/mm.h and mmap_lock.h of a kernel between v6.12 and v6.14. The scenarios are
// those of litmus/vma that do without an allocator; there the same functions are written in C++ (models/vma/v0.h, v0c), and the
// verdicts are the same.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/seqlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define CONFIG_PER_VMA_LOCK 1

// The tree has one slot, and a lookup that starts again finds nothing: it would be a lookup like the first.
struct vm_area_struct;
struct maple_tree {
	struct vm_area_struct *slot;
};
struct ma_state {
	struct maple_tree *tree;
	int walks;
};
#define MA_STATE(name, mt, first, end) struct ma_state name = { .tree = (mt) }
static struct vm_area_struct *mas_walk(struct ma_state *mas)
{
	return mas->walks++ ? NULL : rcu_dereference(mas->tree->slot);
}

#define count_vm_vma_lock_event(event) ((void)0)
#define ASSERT_EXCLUSIVE_WRITER(variable) ((void)0)
#define __mmap_lock_trace_start_locking(mm, write) ((void)0)
#define __mmap_lock_trace_acquire_returned(mm, write, success) ((void)0)
#define __mmap_lock_trace_released(mm, write) ((void)0)

#include KERNEL(include/linux/mm_types.h, struct vma_lock, \
	struct vm_area_struct { vm_start vm_end vm_mm detached vm_lock_seq vm_lock }, \
	struct mm_struct { mm_mt mmap_lock mm_lock_seq })
#include KERNEL(include/linux/mmap_lock.h, mmap_assert_write_locked, mm_lock_seqcount_begin, mm_lock_seqcount_end, \
	mmap_write_lock, vma_end_write_all, mmap_write_unlock, mmap_write_downgrade, mmap_read_unlock)
#include KERNEL(include/linux/mm.h, vma_start_read, vma_end_read, __is_vma_write_locked, vma_start_write, \
	vma_assert_write_locked, vma_mark_detached)
#include KERNEL(mm/memory.c, lock_vma_under_rcu)

#define ADDRESS 0x1000

static struct mm_struct mm;
static struct vma_lock lock;
static struct vm_area_struct vma = {
	.vm_start = ADDRESS,
	.vm_end = ADDRESS + 0x1000,
	.vm_mm = &mm,
	.vm_lock_seq = -1,
	.vm_lock = &lock,
};

// What only the test knows: whether the vma is in the tree, and whether somebody has it write-locked.
static int attached = 1;
static int writer;
// What the lock protects.
static int flags;

static void map(void)
{
	mm.mm_mt.slot = &vma;
}

static void fault(void)
{
	struct vm_area_struct *found = lock_vma_under_rcu(&mm, ADDRESS);

	if (!found)
		return;
	EXISTS("the fault has the vma", 1);
	CHECK_INVARIANT(READ_ONCE(attached), "a detached vma is never returned");
	CHECK_INVARIANT(READ_ONCE(attached), "a detached vma is never returned");
	vma_end_read(found);
}

static void fault_that_reads(void)
{
	struct vm_area_struct *found = lock_vma_under_rcu(&mm, ADDRESS);
	int seen;

	if (!found)
		return;
	EXISTS("the fault has the vma", 1);
	CHECK_INVARIANT(!READ_ONCE(writer), "a vma is never locked for reading and for writing at once");
	seen = READ_ONCE(flags);
	CHECK_INVARIANT(READ_ONCE(flags) == seen, "the fields of a locked vma do not change");
	CHECK_INVARIANT(!READ_ONCE(writer), "a vma is never locked for reading and for writing at once");
	vma_end_read(found);
}

static void munmap(void)
{
	mmap_write_lock(&mm);
	vma_start_write(&vma);
	rcu_assign_pointer(mm.mm_mt.slot, NULL);
	WRITE_ONCE(attached, 0);
	vma_mark_detached(&vma, true);
	mmap_write_unlock(&mm);
}

static void write_to_vma(void)
{
	WRITE_ONCE(writer, 1);
	WRITE_ONCE(flags, 1);
	WRITE_ONCE(writer, 0);
}

static void mprotect(void)
{
	mmap_write_lock(&mm);
	vma_start_write(&vma);
	write_to_vma();
	mmap_write_unlock(&mm);
}

static void mprotect_and_downgrade(void)
{
	mmap_write_lock(&mm);
	vma_start_write(&vma);
	write_to_vma();
	mmap_write_downgrade(&mm);
	mmap_read_unlock(&mm);
}

static struct lkmc_case cases[] = {
	{
		.name = "lookup_detach",
		.setup = map,
		.threads = { THREAD(fault), THREAD(munmap) },
		.expect = { HOLDS, REACHABLE("the fault has the vma") },
	},
	{
		.name = "lookup_write_lock",
		.setup = map,
		.threads = { THREAD(fault_that_reads), THREAD(mprotect) },
		.expect = { HOLDS, REACHABLE("the fault has the vma") },
	},
	{
		.name = "downgrade",
		.setup = map,
		.threads = { THREAD(fault_that_reads), THREAD(mprotect_and_downgrade) },
		.expect = { HOLDS, REACHABLE("the fault has the vma") },
	},
	{}
};
