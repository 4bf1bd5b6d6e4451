// include/linux/kfifo.h, one who puts and one who gets, without a lock, as it says that they may: what is got is what was put. LKMM does not
// promise it. All accesses are plain, and kfifo_get() has a write barrier behind its read of the element but nothing between its look at
// the counter of the other side and that read: a machine may read the element first.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

// The elements are in the structure, and there are no records of different sizes.
#define __is_kfifo_ptr(fifo) 0
#define __kfifo_in_r(fifo, buf, len, recsize) 0
#define __kfifo_out_r(fifo, buf, len, recsize) 0

#include KERNEL(include/linux/kfifo.h, struct __kfifo, __STRUCT_KFIFO_COMMON, __STRUCT_KFIFO, STRUCT_KFIFO, \
	__kfifo_uint_must_check_helper, kfifo_len, kfifo_is_empty, kfifo_is_full, kfifo_put, kfifo_get)

static STRUCT_KFIFO(int, 2) fifo = { { { .mask = 1 } } };

static void put(void)
{
	(void)kfifo_put(&fifo, 1);
}

static void get(void)
{
	int element;

	if (kfifo_get(&fifo, &element))
		CHECK_INVARIANT(element == 1, "what is got was put");
}

static struct lkmc_case cases[] = {
	{
		.name = "put_and_get",
		.threads = { THREAD(put), THREAD(get) },
		.expect = { VIOLATED("what is got was put"), RACES },
	},
	{}
};
