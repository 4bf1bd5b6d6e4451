// include/linux/seqlock.h: a reader that needs not try again has seen what the writer has written, or nothing of it. The writer adds
// to the counter with plain accesses, and tells KCSAN to overlook their races; LKMM promises nothing of plain writes, so to it the
// reader may see half of what is written.
#include <linux/atomic.h>
#include <linux/kcsan-checks.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define seqprop_sequence(s) __seqprop_sequence(s)

#include KERNEL(include/linux/seqlock_types.h, struct seqcount)
#include KERNEL(include/linux/seqlock.h, KCSAN_SEQLOCK_REGION_MAX, __seqprop_sequence, __read_seqcount_begin, do___read_seqcount_retry, \
	do_read_seqcount_retry, do_raw_write_seqcount_begin, do_raw_write_seqcount_end)

static seqcount_t seq;
static int a, b;

static void write(void)
{
	do_raw_write_seqcount_begin(&seq);
	WRITE_ONCE(a, 1);
	WRITE_ONCE(b, 1);
	do_raw_write_seqcount_end(&seq);
}

static void read(void)
{
	unsigned int start = __read_seqcount_begin(&seq);
	int seen_a = READ_ONCE(a), seen_b = READ_ONCE(b);

	if (do_read_seqcount_retry(&seq, start))
		return;
	CHECK_INVARIANT(seen_a == seen_b, "the reader sees all of it or nothing");
}

static struct lkmc_case cases[] = {
	{
		.name = "plain_counter",
		.threads = { THREAD(write), THREAD(read) },
		.expect = { VIOLATED("the reader sees all of it or nothing") },
	},
	{}
};
