// rw_semaphore: any number of readers or one writer. The checker waits for it; what the kernel does to wait is not modelled.
#pragma once

#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/types.h>

// The writer is the lowest bit, each reader counts 256.
struct rw_semaphore {
	long count;
};
#define __RWSEM_INITIALIZER(name) { 0 }
#define DECLARE_RWSEM(name) struct rw_semaphore name
#define init_rwsem(sem) WRITE_ONCE((sem)->count, 0)

void lkmc_take(long *word, unsigned long mask, long addend);
int lkmc_try_take(long *word, unsigned long mask, long addend);
void lkmc_give_back(long *word, long addend);

#define down_read(sem) lkmc_take(&(sem)->count, 1, 256)
#define down_read_trylock(sem) lkmc_try_take(&(sem)->count, 1, 256)
#define up_read(sem) lkmc_give_back(&(sem)->count, -256)
#define down_write(sem) lkmc_take(&(sem)->count, -1UL, 1)
#define down_write_trylock(sem) lkmc_try_take(&(sem)->count, -1UL, 1)
#define up_write(sem) lkmc_give_back(&(sem)->count, -1)
#define downgrade_write(sem) lkmc_give_back(&(sem)->count, 255)
// Nobody sends signals.
#define down_read_killable(sem) ({ down_read(sem); 0; })
#define down_read_interruptible(sem) ({ down_read(sem); 0; })
#define down_write_killable(sem) ({ down_write(sem); 0; })
#define rwsem_is_locked(sem) (READ_ONCE((sem)->count) != 0)
#define rwsem_assert_held(sem) ((void)0)
#define rwsem_assert_held_write(sem) ((void)0)
