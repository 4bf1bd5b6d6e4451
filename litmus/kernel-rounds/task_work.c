// kernel/task_work.c: work that is added to a task is run by it, once, and sees what was written before it was added; or, where the task is about to
// exit, it is refused, and who adds it knows.
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

// The part of the task that this takes.
struct task_struct {
	struct callback_head *task_works;
	unsigned int flags;
	raw_spinlock_t pi_lock;
};
static struct task_struct the_task;
#define current (&the_task)
#define PF_EXITING 4
#define cond_resched() ((void)0)
#define kasan_record_aux_stack(work) ((void)0)
#define kasan_record_aux_stack_noalloc(work) ((void)0)
#define set_notify_resume(task) BUG()
#define set_notify_signal(task) BUG()
#define __set_notify_signal(task) BUG()

#include KERNEL(include/linux/task_work.h, enum task_work_notify_mode, task_work_func_t, init_task_work)
#include KERNEL(kernel/task_work.c, work_exited, task_work_add, task_work_run)

static struct callback_head work;
static int data, runs;
static bool is_added;

static void callback(struct callback_head *w)
{
	CHECK_INVARIANT(data == 1, "the work sees what was written before it was added");
	runs++;
}

static void add(void)
{
	data = 1;
	init_task_work(&work, callback);
	is_added = !task_work_add(&the_task, &work, TWA_NONE);
}

static void run(void)
{
	task_work_run();
}

static void is_exiting(void)
{
	the_task.flags = PF_EXITING;
}

static void runs_or_is_there(void)
{
	CHECK_INVARIANT(is_added && runs + (the_task.task_works == &work) == 1, "it is run once, or still there");
}

static void runs_or_is_refused(void)
{
	CHECK_INVARIANT(runs == is_added, "it is run, or refused");
	EXISTS("it is run", runs);
	EXISTS("it is refused", !is_added);
}

static struct lkmc_case cases[] = {
	{
		.name = "work_for_a_task",
		.threads = { THREAD(add), THREAD(run) },
		.finally = runs_or_is_there,
		.expect = { HOLDS },
	},
	{
		.name = "work_for_a_task_that_exits",
		.setup = is_exiting,
		.threads = { THREAD(add), THREAD(run) },
		.finally = runs_or_is_refused,
		.expect = { HOLDS, REACHABLE("it is run"), REACHABLE("it is refused") },
	},
	{}
};
