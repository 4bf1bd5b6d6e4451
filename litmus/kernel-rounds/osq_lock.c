// kernel/locking/osq_lock.c: those who spin for a sleeping lock are queued, and the first of them spins on the lock itself. Nobody is left in the
// queue, and one at a time is at its head. That alone orders nothing between those who were there: who waits looks with relaxed reads,
// and the mutex or rwsem orders what it guards; here, the test's full barriers do. The kernel looks at the next of the queue with plain
// reads, so there are races.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define need_resched() 0
#define vcpu_is_preempted(cpu) 0

#include KERNEL(include/linux/osq_lock.h, struct optimistic_spin_queue, OSQ_UNLOCKED_VAL)
#include KERNEL(kernel/locking/osq_lock.c, struct optimistic_spin_node, osq_node, encode_cpu, node_cpu, decode_cpu, osq_wait_next, osq_lock, \
	osq_unlock)

static struct optimistic_spin_queue lock;
static atomic_t at_the_head;
static int counter;

static void use(void)
{
	smp_mb();
	CHECK_INVARIANT(atomic_inc_return_relaxed(&at_the_head) == 1, "one at a time is at the head of the queue");
	atomic_dec(&at_the_head);
	smp_mb();
}

static void is_at_the_head(void)
{
	(void)osq_lock(&lock);
}

static void leave(void)
{
	use();
	osq_unlock(&lock);
}

static void queue(void)
{
	if (!osq_lock(&lock))
		return;
	use();
	osq_unlock(&lock);
}

static void increment_and_leave(void)
{
	WRITE_ONCE(counter, READ_ONCE(counter) + 1);
	osq_unlock(&lock);
}

static void queue_and_increment(void)
{
	if (!osq_lock(&lock))
		return;
	WRITE_ONCE(counter, READ_ONCE(counter) + 1);
	osq_unlock(&lock);
}

static void nobody_is_left(void)
{
	CHECK_INVARIANT(atomic_read(&lock.tail) == OSQ_UNLOCKED_VAL, "nobody is left in the queue");
	EXISTS("an increment is lost", counter == 1);
}

static struct lkmc_case cases[] = {
	{
		.name = "one_after_the_other",
		.setup = is_at_the_head,
		.threads = { THREAD(leave), THREAD(queue) },
		.finally = nobody_is_left,
		.expect = { RACES, UNREACHABLE("an increment is lost") },
	},
	{
		.name = "both_queue",
		.threads = { NAMED_THREAD("one", queue), NAMED_THREAD("two", queue) },
		.finally = nobody_is_left,
		.expect = { RACES, UNREACHABLE("an increment is lost") },
	},
	{
		.name = "it_orders_nothing",
		.setup = is_at_the_head,
		.threads = { THREAD(increment_and_leave), THREAD(queue_and_increment) },
		.finally = nobody_is_left,
		.expect = { RACES, REACHABLE("an increment is lost") },
	},
	{}
};
