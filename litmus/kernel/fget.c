// fs/file.c, __fget_files_rcu(): who looks up a file descriptor without a lock gets a file that is there as long as he keeps it, or none. The
// file may be closed meanwhile, and its memory be that of another file: so a reference is taken first, and then the table is looked at
// again.
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/rcupdate.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

struct file {
	atomic_long_t f_count;
	fmode_t f_mode;
};
static void fput(struct file *file);

#include KERNEL(include/linux/nospec.h, array_index_mask_nospec)
#include KERNEL(include/linux/fdtable.h, struct fdtable { max_fds fd }, struct files_struct { fdt })
#include KERNEL(fs/file.c, __fget_files_rcu)

static struct file file = { .f_count = { 1 } };
static struct file *fds[2] = { NULL, &file };
static struct fdtable table = { .max_fds = 2, .fd = fds };
static struct files_struct files = { .fdt = &table };
static bool is_gone, is_reused;

static void fput(struct file *f)
{
	if (atomic_long_dec_and_test(&f->f_count))
		WRITE_ONCE(is_gone, true);
}

static void get(void)
{
	struct file *f;

	rcu_read_lock();
	f = __fget_files_rcu(&files, 1, 0);
	rcu_read_unlock();
	if (!f)
		return;
	EXISTS("the file is got", 1);
	CHECK_INVARIANT(!READ_ONCE(is_gone), "the file is there");
	CHECK_INVARIANT(!READ_ONCE(is_reused), "it is the file of that descriptor");
	fput(f);
}

static void close(void)
{
	rcu_assign_pointer(fds[1], NULL);
	fput(&file);
}

// The memory is another file's, of another table, as soon as the last reference is gone.
static void close_and_reuse(void)
{
	rcu_assign_pointer(fds[1], NULL);
	if (!atomic_long_dec_and_test(&file.f_count))
		return;
	WRITE_ONCE(is_reused, true);
	atomic_long_set_release(&file.f_count, 1);
}

static void is_gone_at_the_end(void)
{
	CHECK_INVARIANT(is_gone && !atomic_long_read(&file.f_count), "who drops the last reference frees it");
}

static struct lkmc_case cases[] = {
	{
		.name = "get_and_close",
		.threads = { THREAD(get), THREAD(close) },
		.finally = is_gone_at_the_end,
		.expect = { HOLDS, REACHABLE("the file is got") },
	},
	{
		.name = "get_and_reuse",
		.threads = { THREAD(get), THREAD(close_and_reuse) },
		.expect = { HOLDS, REACHABLE("the file is got") },
	},
	{}
};
