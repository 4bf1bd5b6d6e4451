// Marked accesses, and what the kernel says to its compilers.
//
// A read or write through a pointer to volatile is a marked access, READ_ONCE() or WRITE_ONCE(); any other is plain.
#pragma once

#include <linux/types.h>

#define __READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define __WRITE_ONCE(x, val) do { *(volatile typeof(x) *)&(x) = (val); } while (0)
#define READ_ONCE(x) __READ_ONCE(x)
#define WRITE_ONCE(x, val) __WRITE_ONCE(x, val)
#define READ_ONCE_NOCHECK(x) __READ_ONCE(x)

// To LKMM a plain access stays one, but its races are not reported.
void lkmc_race_is_meant(void);
void lkmc_race_is_over(void);
#define data_race(expr)				\
({						\
	lkmc_race_is_meant();			\
	typeof(expr) __v = (expr);		\
	lkmc_race_is_over();			\
	__v;					\
})

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define __always_inline inline
#define noinline
#define __must_check
#define __maybe_unused
#define __always_unused
#define __used
#define __cold
#define __init
#define __initdata
#define __exit
#define __read_mostly
#define __ro_after_init
#define __cacheline_aligned_in_smp
#define ____cacheline_aligned_in_smp
#define __percpu
#define __user
#define __rcu
#define __iomem
#define __force
#define __acquires(x)
#define __releases(x)
#define __acquire(x) ((void)0)
#define __release(x) ((void)0)
#define __must_hold(x)
#define __cond_acquires(x)
#define __counted_by(x)
#define __private
#define __packed __attribute__((__packed__))
#define __aligned(x) __attribute__((__aligned__(x)))
#define __noreturn __attribute__((__noreturn__))
#define __pure
#define __malloc
#define notrace
#define noinstr
#define __sched
#define __lockfunc
#define __no_kcsan
#define __no_sanitize_or_inline inline
#define __no_kasan_or_inline inline
#define __signed_wrap
#define __randomize_layout
#define __no_randomize_layout
#define __attribute_const__
#define __bitwise
#define __weak
#define __visible
#define asmlinkage
#define __data_racy
#define fallthrough do {} while (0)
#define randomized_struct_fields_start
#define randomized_struct_fields_end
#define ACCESS_PRIVATE(p, member) ((p)->member)

#define EXPORT_SYMBOL(sym)
#define EXPORT_SYMBOL_GPL(sym)
#define MODULE_LICENSE(s)

#define __same_type(a, b) __builtin_types_compatible_p(typeof(a), typeof(b))
#define BUILD_BUG_ON(condition) ((void)0)
#define BUILD_BUG_ON_ZERO(condition) 0
#define static_assert(...)
#define compiletime_assert(condition, msg)
#define compiletime_assert_atomic_type(t)

#define OPTIMIZER_HIDE_VAR(var) ((void)0)

#define cpu_relax() ((void)0)
#define barrier_data(p) barrier()
void barrier(void);
