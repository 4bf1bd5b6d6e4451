// Barriers. What each orders is in the kernel's Documentation/memory-barriers.txt.
#pragma once

#include <linux/compiler.h>

void smp_mb(void);
void smp_rmb(void);
void smp_wmb(void);
void smp_mb__before_atomic(void);
void smp_mb__after_atomic(void);
void smp_mb__after_spinlock(void);
void smp_mb__after_unlock_lock(void);
#define mb() smp_mb()
#define rmb() smp_rmb()
#define wmb() smp_wmb()

// For objects of any type: the checker knows the operation by its name and the object by its pointer.
unsigned long lkmc_smp_load_acquire(const volatile void *p);
void lkmc_smp_store_release(volatile void *p, unsigned long v);
void lkmc_smp_store_mb(volatile void *p, unsigned long v);
#define smp_load_acquire(p) ((typeof(*(p)))lkmc_smp_load_acquire(p))
#define smp_store_release(p, v) lkmc_smp_store_release(p, (unsigned long)(v))
#define smp_store_mb(var, v) lkmc_smp_store_mb(&(var), (unsigned long)(v))

#define smp_acquire__after_ctrl_dep() smp_rmb()
// Waits; VAL in the condition is what has been read. The read that ends it is the acquire.
#define LKMC_COND_LOAD(load, ptr, cond_expr)		\
({							\
	typeof(ptr) __ptr = (ptr);			\
	typeof(*ptr) VAL;				\
	for (;;) {					\
		VAL = load;				\
		if (cond_expr)				\
			break;				\
		cpu_relax();				\
	}						\
	VAL;						\
})
#define smp_cond_load_relaxed(ptr, cond_expr) LKMC_COND_LOAD(READ_ONCE(*__ptr), ptr, cond_expr)
#define smp_cond_load_acquire(ptr, cond_expr) LKMC_COND_LOAD(smp_load_acquire(__ptr), ptr, cond_expr)
