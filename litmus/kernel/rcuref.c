// lib/rcuref.c and include/linux/rcuref.h: the last one to put a reference, and nobody else, is told to destroy the object, after
// all that the others have done with it. A reference is not got once the object is dead; one that is got between the last put and
// the mark that it is dead keeps it alive.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/types.h, rcuref_t)
#include KERNEL(include/linux/rcuref.h, RCUREF_ONEREF, RCUREF_MAXREF, RCUREF_SATURATED, RCUREF_RELEASED, RCUREF_DEAD, RCUREF_NOREF, \
	rcuref_init, rcuref_get_slowpath, rcuref_get, rcuref_put_slowpath, __rcuref_put, rcuref_put)
#include KERNEL(lib/rcuref.c, rcuref_get_slowpath, rcuref_put_slowpath)

static struct object {
	rcuref_t refs;
	int data;
	int destroyed;
} object;

static void one_reference(void)
{
	rcuref_init(&object.refs, 1);
}

static void two_references(void)
{
	rcuref_init(&object.refs, 2);
}

static void put(void)
{
	if (!rcuref_put(&object.refs))
		return;
	WRITE_ONCE(object.destroyed, object.destroyed + 1);
	WRITE_ONCE(object.data, 0);
}

static void write_and_put(void)
{
	object.data = 1;
	put();
}

static void get_and_put(void)
{
	if (!rcuref_get(&object.refs))
		return;
	EXISTS("a reference is got", 1);
	CHECK_INVARIANT(!READ_ONCE(object.destroyed), "who has a reference sees no destroyed object");
	put();
}

static void destroyed_once(void)
{
	CHECK_INVARIANT(object.destroyed == 1, "the object is destroyed once");
	CHECK_INVARIANT(object.data == 0, "it is destroyed after all else");
}

static struct lkmc_case cases[] = {
	{
		.name = "the_last_put_destroys",
		.setup = two_references,
		.threads = { THREAD(write_and_put), THREAD(put) },
		.finally = destroyed_once,
		.expect = { HOLDS },
	},
	{
		.name = "get_and_last_put",
		.setup = one_reference,
		.threads = { THREAD(put), THREAD(get_and_put) },
		.finally = destroyed_once,
		.expect = { HOLDS, REACHABLE("a reference is got") },
	},
	{}
};
