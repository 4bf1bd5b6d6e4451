// Threads as tasks that sleep and wake each other: the part of kernel/sched/core.c that orders memory.
#pragma once

#include <asm/barrier.h>
#include <linux/atomic.h>
#include <linux/percpu.h>

#define TASK_RUNNING 0
#define TASK_INTERRUPTIBLE 1
#define TASK_UNINTERRUPTIBLE 2
#define TASK_IDLE 0x402
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

struct task_struct {
	unsigned int __state;
};
static struct task_struct lkmc_tasks[LKMC_CPUS];
#define current (&lkmc_tasks[smp_processor_id()])

#define __set_current_state(state) WRITE_ONCE(current->__state, state)
#define set_current_state(state) smp_store_mb(current->__state, state)
// Nobody sends signals, nobody else wants the CPU.
#define signal_pending_state(state, task) 0
#define need_resched() 0
#define cond_resched() ((void)0)

// Sleeps as long as the state of the task is not TASK_RUNNING.
static inline void schedule(void)
{
	while (READ_ONCE(current->__state) != TASK_RUNNING)
		cpu_relax();
}

// A full barrier before the state is looked at, as try_to_wake_up() says of itself.
static inline int wake_up_process(struct task_struct *task)
{
	unsigned int state;

	smp_mb();
	state = READ_ONCE(task->__state);
	if (!(state & TASK_NORMAL))
		return 0;
	return cmpxchg(&task->__state, state, TASK_RUNNING) == state;
}
