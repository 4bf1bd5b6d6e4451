// include/linux/rcuwait.h, kernel/exit.c and kernel/rcu/update.c: who waits for a condition is woken by who makes it true. The waiter writes that he
// waits and then reads the condition, the waker writes the condition and then reads who waits: without a full barrier on both sides
// (A and B in the kernel's comments) each could miss the other, and the waiter would sleep for ever.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/types.h, struct rcuwait)
#include KERNEL(include/linux/rcuwait.h, prepare_to_rcuwait, ___rcuwait_wait_event, rcuwait_wait_event)
#include KERNEL(kernel/exit.c, rcuwait_wake_up)
#include KERNEL(kernel/rcu/update.c, finish_rcuwait)

static struct rcuwait wait;
static int ready, data;

static void waiter(void)
{
	rcuwait_wait_event(&wait, READ_ONCE(ready), TASK_UNINTERRUPTIBLE);
}

static void waker(void)
{
	WRITE_ONCE(ready, 1);
	rcuwait_wake_up(&wait);
}

static void waiter_for_data(void)
{
	rcuwait_wait_event(&wait, smp_load_acquire(&ready), TASK_UNINTERRUPTIBLE);
	CHECK_INVARIANT(data == 1, "who is woken sees what was written before");
}

static void waker_with_data(void)
{
	data = 1;
	smp_store_release(&ready, 1);
	rcuwait_wake_up(&wait);
}

static void nobody_waits(void)
{
	CHECK_INVARIANT(!wait.task, "nobody is left waiting");
}

static struct lkmc_case cases[] = {
	{
		.name = "no_wake_up_is_lost",
		.threads = { THREAD(waiter), THREAD(waker) },
		.finally = nobody_waits,
		.expect = { HOLDS },
	},
	{
		.name = "what_was_written_is_seen",
		.threads = { THREAD(waiter_for_data), THREAD(waker_with_data) },
		.finally = nobody_waits,
		.expect = { HOLDS },
	},
	{}
};
