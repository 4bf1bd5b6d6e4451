// Odds and ends.
#pragma once

#include <linux/bug.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define min(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a < __b ? __a : __b; })
#define max(a, b) ({ typeof(a) __a = (a); typeof(b) __b = (b); __a > __b ? __a : __b; })
#define swap(a, b) do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define BIT(nr) (1UL << (nr))
#define BITS_PER_LONG 64

// Whether the test defines the CONFIG_ symbol as 1.
#define LKMC_IS_ONE_1 0,
#define LKMC_SECOND(first, second, ...) second
#define LKMC_IS_DEFINED(symbol) LKMC_IS_DEFINED_AS(LKMC_IS_ONE_##symbol)
#define LKMC_IS_DEFINED_AS(comma) LKMC_SECOND(comma 1, 0, )
#define IS_ENABLED(symbol) LKMC_IS_DEFINED(symbol)
#define IS_BUILTIN(symbol) LKMC_IS_DEFINED(symbol)
