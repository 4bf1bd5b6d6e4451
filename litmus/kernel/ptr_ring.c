// include/linux/ptr_ring.h, one who produces and one who consumes: what is consumed was written before it was produced. The two take
// different locks, and yet the one looks with a plain read for an entry that is free, and the other frees it with a plain write: data
// races.
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#include KERNEL(include/linux/ptr_ring.h, struct ptr_ring, __ptr_ring_produce, ptr_ring_produce, __ptr_ring_peek, __ptr_ring_discard_one, \
	__ptr_ring_consume, ptr_ring_consume)

static struct item { int data; } first;
static void *entries[2];
static struct ptr_ring ring = { .size = 2, .batch = 1, .queue = entries };

static void produce(void)
{
	first.data = 1;
	ptr_ring_produce(&ring, &first);
}

static void consume(void)
{
	struct item *item = ptr_ring_consume(&ring);

	if (!item)
		return;
	EXISTS("an item is consumed", 1);
	CHECK_INVARIANT(item->data == 1, "an item is consumed as it was produced");
}

static struct lkmc_case cases[] = {
	{
		.name = "produce_and_consume",
		.threads = { THREAD(produce), THREAD(consume) },
		.expect = { RACES, REACHABLE("an item is consumed") },
	},
	{}
};
