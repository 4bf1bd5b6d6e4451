// kernel/irq_work.c: work that is queued while it runs is run again, unless it has not begun: then what was written before it was
// queued is seen by the run that comes. irq_work_claim() and irq_work_single() must not miss each other.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define lockdep_irq_work_enter(flags) ((void)0)
#define lockdep_irq_work_exit(flags) ((void)0)
#define irq_work_is_hard(work) 1
#define arch_irq_work_has_interrupt() 1
#define rcuwait_wake_up(w) ((void)0)

#include KERNEL(include/linux/types.h, struct rcuwait)
#include KERNEL(include/linux/llist.h, struct llist_node)
#include KERNEL(include/linux/smp_types.h, IRQ_WORK_CLAIMED, struct __call_single_node { llist u_flags a_flags })
#include KERNEL(include/linux/irq_work_types.h, struct irq_work)
#include KERNEL(kernel/irq_work.c, irq_work_claim, irq_work_single)

static int data, seen;

static void callback(struct irq_work *work)
{
	if (READ_ONCE(data))
		WRITE_ONCE(seen, 1);
}

static struct irq_work work = { .func = callback };
static int queued_again;

// It has been queued, and is about to run.
static void is_queued(void)
{
	(void)irq_work_claim(&work);
}

static void run(void)
{
	irq_work_single(&work);
}

static void queue(void)
{
	WRITE_ONCE(data, 1);
	queued_again = irq_work_claim(&work);
}

static void is_seen(void)
{
	CHECK_INVARIANT(queued_again || seen, "the callback sees the data, or runs again");
}

static struct lkmc_case cases[] = {
	{
		.name = "nothing_is_missed",
		.setup = is_queued,
		.threads = { THREAD(run), THREAD(queue) },
		.finally = is_seen,
		.expect = { HOLDS },
	},
	{}
};
