// What the kernel says when something is wrong: here, a violated property.
#pragma once

#include <linux/compiler.h>

void lkmc_check(int holds, const char *message);
void lkmc_must(int holds, const char *message);
void lkmc_fail(const char *message) __noreturn;

#define BUG() lkmc_fail("BUG()")
#define BUG_ON(condition) lkmc_must(!(condition), "BUG_ON(" #condition ")")
#define LKMC_WARN(condition, message)		\
({						\
	int __warn = !!(condition);		\
	lkmc_check(!__warn, message);		\
	unlikely(__warn);			\
})
#define WARN_ON(condition) LKMC_WARN(condition, "WARN_ON(" #condition ")")
#define WARN_ON_ONCE(condition) LKMC_WARN(condition, "WARN_ON_ONCE(" #condition ")")
#define WARN(condition, ...) LKMC_WARN(condition, "WARN(" #condition ")")
#define WARN_ONCE(condition, ...) LKMC_WARN(condition, "WARN_ONCE(" #condition ")")
#define VM_BUG_ON(condition) BUG_ON(condition)
#define VM_BUG_ON_VMA(condition, vma) BUG_ON(condition)
#define VM_BUG_ON_MM(condition, mm) BUG_ON(condition)
#define VM_WARN_ON(condition) ((void)WARN_ON(condition))
#define VM_WARN_ON_ONCE(condition) ((void)WARN_ON_ONCE(condition))
#define VM_WARN_ON_ONCE_VMA(condition, vma) ((void)WARN_ON_ONCE(condition))
#define DEBUG_LOCKS_WARN_ON(condition) WARN_ON(condition)
#define lockdep_assert_held(l) ((void)0)
#define lockdep_assert(c) ((void)0)
#define might_sleep() ((void)0)
