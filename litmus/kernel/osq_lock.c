// kernel/locking/osq_lock.c, the queue of those who spin for a mutex or rw_semaphore: one at a time gets out of it, and the queue
// is empty when all have left. It hands over to the next with a relaxed write after a full barrier, which the next awaits with a
// relaxed read: what it writes comes after all that the one before has done, but what it reads may be early. Its users need no
// more, since they take the lock itself behind it.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define vcpu_is_preempted(cpu) 0

#include KERNEL(include/linux/osq_lock.h, struct optimistic_spin_queue, OSQ_UNLOCKED_VAL, OSQ_LOCK_UNLOCKED)
#include KERNEL(kernel/locking/osq_lock.c, struct optimistic_spin_node, osq_node, encode_cpu, node_cpu, decode_cpu, \
	osq_wait_next, osq_lock, osq_unlock)

static struct optimistic_spin_queue queue = OSQ_LOCK_UNLOCKED;
static int inside, counter;

static void write_inside(void)
{
	if (!osq_lock(&queue))
		return;
	WRITE_ONCE(inside, smp_processor_id() + 1);
	CHECK_INVARIANT(READ_ONCE(inside) == smp_processor_id() + 1, "one at a time writes");
	osq_unlock(&queue);
}

static void increment(void)
{
	if (!osq_lock(&queue))
		return;
	counter++;
	osq_unlock(&queue);
}

static void nobody_is_left(void)
{
	CHECK_INVARIANT(atomic_read(&queue.tail) == OSQ_UNLOCKED_VAL, "nobody is left in the queue");
}

static struct lkmc_case cases[] = {
	{
		.name = "one_at_a_time_writes",
		.threads = { NAMED_THREAD("one", write_inside), NAMED_THREAD("two", write_inside) },
		.finally = nobody_is_left,
		.expect = { HOLDS },
	},
	{
		.name = "it_is_no_acquire",
		.threads = { NAMED_THREAD("one", increment), NAMED_THREAD("two", increment) },
		.finally = nobody_is_left,
		.expect = { RACES },
	},
	{}
};
