// What the kernel says to KCSAN.
#pragma once

#include <linux/compiler.h>

#define ASSERT_EXCLUSIVE_WRITER(variable) ((void)0)
#define ASSERT_EXCLUSIVE_ACCESS(variable) ((void)0)
#define kcsan_atomic_next(n) ((void)0)
// Races of the accesses in between are meant.
#define kcsan_nestable_atomic_begin() lkmc_race_is_meant()
#define kcsan_nestable_atomic_end() lkmc_race_is_over()
