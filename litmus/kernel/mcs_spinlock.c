// kernel/locking/mcs_spinlock.h: those who wait for the lock are queued, and each spins on a variable of its own.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(kernel/locking/mcs_spinlock.h, struct mcs_spinlock, arch_mcs_spin_lock_contended, \
	arch_mcs_spin_unlock_contended, mcs_spin_lock, mcs_spin_unlock)

static struct mcs_spinlock *lock;
static int counter;

static void increment(void)
{
	struct mcs_spinlock node;

	mcs_spin_lock(&lock, &node);
	counter++;
	mcs_spin_unlock(&lock, &node);
}

static void all_are_counted(void)
{
	CHECK_INVARIANT(counter == 2, "one at a time is in the critical section");
	CHECK_INVARIANT(!lock, "nobody is left in the queue");
}

static struct lkmc_case cases[] = {
	{
		.name = "mutual_exclusion",
		.threads = { NAMED_THREAD("one", increment), NAMED_THREAD("two", increment) },
		.finally = all_are_counted,
		.expect = { HOLDS },
	},
	{}
};
