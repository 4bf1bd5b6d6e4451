// kernel/locking/qrwlock.c and include/asm-generic/qrwlock.h: one writer, or any number of readers. The writer's unlock is the test's:
// the kernel writes one byte of the word, which is an access of mixed size; here it subtracts what the byte holds.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

typedef spinlock_t arch_spinlock_t;
#define arch_spin_lock(lock) spin_lock(lock)
#define arch_spin_unlock(lock) spin_unlock(lock)
#define trace_contention_begin(lock, flags) ((void)0)
#define trace_contention_end(lock, ret) ((void)0)

#include KERNEL(include/asm-generic/qrwlock_types.h, struct qrwlock { cnts wait_lock })
#include KERNEL(include/asm-generic/qrwlock.h, _QW_WAITING, _QW_LOCKED, _QW_WMASK, _QR_SHIFT, _QR_BIAS, \
	queued_read_lock_slowpath, queued_write_lock_slowpath, queued_read_trylock, queued_write_trylock, \
	queued_read_lock, queued_write_lock, queued_read_unlock)
#include KERNEL(kernel/locking/qrwlock.c, queued_read_lock_slowpath, queued_write_lock_slowpath)

static struct qrwlock lock;
static int a, b;

static void queued_write_unlock(struct qrwlock *l)
{
	(void)atomic_sub_return_release(_QW_LOCKED, &l->cnts);
}

static void write(void)
{
	queued_write_lock(&lock);
	a++;
	b++;
	queued_write_unlock(&lock);
}

static void read(void)
{
	queued_read_lock(&lock);
	CHECK_INVARIANT(a == b, "no writer is inside while one reads");
	queued_read_unlock(&lock);
}

static void try_to_write(void)
{
	if (!queued_write_trylock(&lock))
		return;
	a++;
	b++;
	queued_write_unlock(&lock);
}

static void try_to_read(void)
{
	if (!queued_read_trylock(&lock))
		return;
	CHECK_INVARIANT(a == b, "no writer is inside while one reads");
	queued_read_unlock(&lock);
}

static void both_have_written(void)
{
	CHECK_INVARIANT(a == 2 && b == 2, "one writes at a time");
	CHECK_INVARIANT(!atomic_read(&lock.cnts), "the lock is free at the end");
}

static void is_free(void)
{
	CHECK_INVARIANT(!atomic_read(&lock.cnts), "the lock is free at the end");
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
		.finally = both_have_written,
		.expect = { HOLDS },
	},
	{
		.name = "those_who_try",
		.threads = { THREAD(try_to_read), THREAD(try_to_write) },
		.finally = is_free,
		.expect = { HOLDS },
	},
	{}
};
