// kernel/events/ring_buffer.c: who has mapped the buffer sees all of a record whose end the kernel has published, and the kernel does not
// overwrite a record before it has been read. The four orderings that it takes are called A to D in the kernel's comments; C and D are the reader's,
// in user space, and stand here as tools/include/linux/ring_buffer.h has them. The kernel's store of the record is the test's.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/preempt.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

typedef struct { atomic_long_t a; } local_t;
#define local_read(l) atomic_long_read(&(l)->a)
#define perf_output_wakeup(handle) ((void)0)

#include KERNEL(include/linux/circ_buf.h, CIRC_CNT, CIRC_SPACE)
#include KERNEL(include/uapi/linux/perf_event.h, struct perf_event_mmap_page { data_head data_tail })
#include KERNEL(kernel/events/internal.h, struct perf_buffer { head nest wakeup user_page })
#include KERNEL(include/linux/perf_event.h, struct perf_output_handle { rb wakeup })
#include KERNEL(kernel/events/ring_buffer.c, perf_output_get_handle, perf_output_put_handle, ring_buffer_has_space)

static struct perf_event_mmap_page page;
static struct perf_buffer rb = { .user_page = &page };
static int record;

// Two records of one unit: the buffer has room for one at a time.
static void output(int data)
{
	struct perf_output_handle handle = { .rb = &rb };
	unsigned long head, tail;

	perf_output_get_handle(&handle);
	head = local_read(&rb.head);
	tail = READ_ONCE(rb.user_page->data_tail);
	if (ring_buffer_has_space(head, tail, 2, 1, false)) { // (A)
		atomic_long_set(&rb.head.a, head + 1);
		WRITE_ONCE(record, data);
	}
	perf_output_put_handle(&handle);
}

static void kernel(void)
{
	output(1);
	output(2);
}

static void user(void)
{
	unsigned long head = READ_ONCE(page.data_head);
	int seen;

	if (!head)
		return;
	smp_rmb(); // (C)
	seen = READ_ONCE(record);
	smp_mb(); // (D)
	WRITE_ONCE(page.data_tail, 1);
	CHECK_INVARIANT(seen == 1, "a published record is there, and not overwritten before it is read");
}

static void both_if_there_was_room(void)
{
	EXISTS("the second record is written, too", page.data_head == 2);
	EXISTS("there is no room for the second record", page.data_head == 1);
}

static struct lkmc_case cases[] = {
	{
		.name = "a_published_record_is_read",
		.threads = { THREAD(kernel), THREAD(user) },
		.finally = both_if_there_was_room,
		.expect = { HOLDS, REACHABLE("the second record is written, too"),
			    REACHABLE("there is no room for the second record") },
	},
	{}
};
