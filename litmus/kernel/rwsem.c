// kernel/locking/rwsem.c, the fast paths: one writer, or readers. Nobody waits: who does not get the lock at once is not inside, and so the slow
// paths, which queue and sleep, must not be reached but by readers, who have announced themselves by then: here they take that back.
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define lockdep_assert_preemption_disabled() ((void)0)
#define DEBUG_RWSEMS_WARN_ON(c, sem)
#define clear_nonspinnable(sem) ((void)0)

#include KERNEL(include/linux/rwsem.h, struct rw_semaphore, RWSEM_UNLOCKED_VALUE)
static void rwsem_wake(struct rw_semaphore *sem)
{
	BUG();
}
static void rwsem_downgrade_wake(struct rw_semaphore *sem)
{
	BUG();
}
#include KERNEL(kernel/locking/rwsem.c, RWSEM_READER_OWNED, RWSEM_NONSPINNABLE, RWSEM_OWNER_FLAGS_MASK, RWSEM_WRITER_LOCKED, RWSEM_FLAG_WAITERS, \
	RWSEM_FLAG_HANDOFF, RWSEM_FLAG_READFAIL, RWSEM_READER_SHIFT, RWSEM_READER_BIAS, RWSEM_READER_MASK, RWSEM_WRITER_MASK, \
	RWSEM_LOCK_MASK, RWSEM_READ_FAILED_MASK, rwsem_set_owner, rwsem_clear_owner, __rwsem_set_reader_owned, rwsem_set_reader_owned, \
	rwsem_clear_reader_owned, rwsem_set_nonspinnable, rwsem_read_trylock, rwsem_write_trylock, __down_read_trylock, \
	__down_write_trylock, __up_read, __up_write, __downgrade_write)

static struct rw_semaphore sem;
static int a, b;

static void look(void)
{
	CHECK_INVARIANT(a == b, "no writer is inside while one reads");
}

static void read(void)
{
	long count;

	if (rwsem_read_trylock(&sem, &count)) {
		look();
		__up_read(&sem);
	} else {
		atomic_long_sub(RWSEM_READER_BIAS, &sem.count);
	}
}

static void try_to_read(void)
{
	if (!__down_read_trylock(&sem))
		return;
	look();
	__up_read(&sem);
}

static void write(void)
{
	if (!__down_write_trylock(&sem))
		return;
	a++;
	b++;
	__up_write(&sem);
}

static void write_and_look(void)
{
	if (!__down_write_trylock(&sem))
		return;
	a++;
	b++;
	__downgrade_write(&sem);
	look();
	__up_read(&sem);
}

static void is_free(void)
{
	CHECK_INVARIANT(atomic_long_read(&sem.count) == RWSEM_UNLOCKED_VALUE, "the lock is free at the end");
	CHECK_INVARIANT(a == b, "one writes at a time");
	EXISTS("all who write have written", a == 2);
}

static struct lkmc_case cases[] = {
	{
		.name = "a_reader_and_a_writer",
		.threads = { THREAD(read), THREAD(write) },
		.finally = is_free,
		.expect = { HOLDS },
	},
	{
		.name = "two_writers",
		.threads = { NAMED_THREAD("one", write), NAMED_THREAD("two", write) },
		.finally = is_free,
		.expect = { HOLDS, REACHABLE("all who write have written") },
	},
	{
		.name = "who_tries_and_who_downgrades",
		.threads = { THREAD(try_to_read), THREAD(write_and_look) },
		.finally = is_free,
		.expect = { HOLDS },
	},
	{}
};
