// Mutexes. The checker waits for them; what the kernel does to wait is not modelled.
#pragma once

#include <linux/rwsem.h>

struct mutex {
	long owner;
};
#define DEFINE_MUTEX(name) struct mutex name
#define mutex_init(lock) WRITE_ONCE((lock)->owner, 0)
#define mutex_lock(lock) lkmc_take(&(lock)->owner, -1UL, 1)
#define mutex_trylock(lock) lkmc_try_take(&(lock)->owner, -1UL, 1)
#define mutex_unlock(lock) lkmc_give_back(&(lock)->owner, -1)
#define mutex_is_locked(lock) (READ_ONCE((lock)->owner) != 0)
