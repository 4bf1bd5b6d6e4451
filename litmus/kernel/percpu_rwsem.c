// kernel/locking/percpu-rwsem.c, with kernel/rcu/sync.c: readers count themselves on their CPU, without a barrier as long as there is no
// writer, and one writer waits until nobody is counted. First it has readers use barriers, and a grace period passes before it relies on
// that: a reader of the fast path is in an RCU read-side critical section, with preemption disabled. The barriers of the slow path are A to D in
// the kernel's comments. Who would have to wait for the writer goes away; what queues and wakes is kernel/sched/wait.c's.
#define LKMC_CPUS 2
#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>

#define preempt_disable() rcu_read_lock()
#define preempt_enable() rcu_read_unlock()
#define rwsem_acquire(map, subclass, trylock, ip) ((void)0)
#define rwsem_acquire_read(map, subclass, trylock, ip) ((void)0)
#define rwsem_release(map, ip) ((void)0)
#define trace_contention_begin(lock, flags) ((void)0)
#define trace_contention_end(lock, ret) ((void)0)
#define wait_event(queue, condition) BUG_ON(!(condition))
#define wake_up_locked(queue) ((void)0)
#define __wake_up(queue, mode, nr, key) ((void)0)
#define percpu_rwsem_wait(sem, reader) BUG()

// The writer's look at the counters of others is a plain read in the kernel; LKMM orders only marked ones.
#undef per_cpu
#define per_cpu(var, cpu) READ_ONCE(LKMC_FIRST(var)[cpu])

#include KERNEL(include/linux/types.h, struct rcuwait)
#include KERNEL(include/linux/rcuwait.h, prepare_to_rcuwait, ___rcuwait_wait_event, rcuwait_wait_event)
#include KERNEL(kernel/exit.c, rcuwait_wake_up)
#include KERNEL(kernel/rcu/update.c, finish_rcuwait)
#include KERNEL(include/linux/wait.h, struct wait_queue_head, wait_queue_head_t)
#include KERNEL(include/linux/rcu_sync.h, struct rcu_sync, rcu_sync_is_idle)
// Its callback comes later than the test ends: then readers stay in the slow path.
#define call_rcu_hurry(head, func) ((void)0)
#include KERNEL(kernel/rcu/sync.c, GP_IDLE, rss_lock, rcu_sync_call, rcu_sync_func, rcu_sync_enter, rcu_sync_exit)
#include KERNEL(include/linux/percpu-rwsem.h, struct percpu_rw_semaphore, __percpu_down_read, percpu_down_read_trylock, percpu_up_read)
#include KERNEL(kernel/locking/percpu-rwsem.c, __percpu_down_read_trylock, __percpu_down_write_trylock, __percpu_down_read, per_cpu_sum, \
	readers_active_check, percpu_down_write, percpu_up_write)

static DEFINE_PER_CPU(unsigned int, readers);
static struct percpu_rw_semaphore sem = { .read_count = readers };
static int a, b;

static void read(void)
{
	if (!percpu_down_read_trylock(&sem))
		return;
	CHECK_INVARIANT(a == b, "no writer is inside while one reads");
	percpu_up_read(&sem);
}

static void write(void)
{
	percpu_down_write(&sem);
	a++;
	b++;
	percpu_up_write(&sem);
}

static void has_had_a_writer(void)
{
	sem.rss.gp_state = GP_EXIT;
}

static struct lkmc_case cases[] = {
	{
		.name = "the_slow_path",
		.setup = has_had_a_writer,
		.threads = { THREAD(read), THREAD(write) },
		.expect = { HOLDS },
	},
	{
		.name = "the_fast_path",
		.threads = { THREAD(read), THREAD(write) },
		.expect = { HOLDS },
	},
	{}
};
