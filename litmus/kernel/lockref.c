// lib/lockref.c without CONFIG_ARCH_USE_CMPXCHG_LOCKREF: a count that is protected by the lock beside it. Who has a reference has it
// counted, and once the count is marked as dead nobody gets one. (With that option the lock and the count are accessed as one word,
// which is an access of mixed size.)
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define USE_CMPXCHG_LOCKREF 0
#define assert_spin_locked(lock) WARN_ON(!spin_is_locked(lock))

#include KERNEL(include/linux/lockref.h, struct lockref, __lockref_is_dead)
#include KERNEL(lib/lockref.c, CMPXCHG_LOOP, lockref_get_not_dead, lockref_put_or_lock, lockref_mark_dead)

static struct lockref ref;
static int got, killed;

static void one_reference(void)
{
	ref.count = 1;
}

static void get(void)
{
	got = lockref_get_not_dead(&ref);
}

// The last one to put marks the object as dead.
static void put(void)
{
	if (lockref_put_or_lock(&ref))
		return;
	lockref_mark_dead(&ref);
	killed = 1;
	spin_unlock(&ref.lock);
}

static void counted_or_dead(void)
{
	CHECK_INVARIANT(got != killed, "a reference is got, or the object is dead");
	CHECK_INVARIANT(__lockref_is_dead(&ref) == killed, "who has marked it as dead finds it so");
	CHECK_INVARIANT(killed || ref.count == 1, "each reference is counted");
	EXISTS("the reference is got", got);
	EXISTS("the object is dead", killed);
}

static struct lkmc_case cases[] = {
	{
		.name = "get_and_last_put",
		.setup = one_reference,
		.threads = { THREAD(get), THREAD(put) },
		.finally = counted_or_dead,
		.expect = { HOLDS, REACHABLE("the reference is got"), REACHABLE("the object is dead") },
	},
	{}
};
