// Bits of words. Those that change a bit do it atomically, in the order that Documentation/atomic_bitops.txt gives them.
#pragma once

#include <linux/atomic.h>
#include <linux/kernel.h>

#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)
#define LKMC_WORD(nr, addr) ((atomic_long_t *)(addr) + BIT_WORD(nr))

static inline bool test_bit(long nr, const volatile unsigned long *addr)
{
	return READ_ONCE(addr[BIT_WORD(nr)]) & BIT_MASK(nr);
}
static inline bool test_bit_acquire(long nr, const volatile unsigned long *addr)
{
	return smp_load_acquire(&addr[BIT_WORD(nr)]) & BIT_MASK(nr);
}
static inline void set_bit(long nr, volatile unsigned long *addr)
{
	atomic_long_or(BIT_MASK(nr), LKMC_WORD(nr, addr));
}
static inline void clear_bit(long nr, volatile unsigned long *addr)
{
	atomic_long_andnot(BIT_MASK(nr), LKMC_WORD(nr, addr));
}
static inline void change_bit(long nr, volatile unsigned long *addr)
{
	atomic_long_xor(BIT_MASK(nr), LKMC_WORD(nr, addr));
}
static inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	return atomic_long_fetch_or(BIT_MASK(nr), LKMC_WORD(nr, addr)) & BIT_MASK(nr);
}
static inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	return atomic_long_fetch_andnot(BIT_MASK(nr), LKMC_WORD(nr, addr)) & BIT_MASK(nr);
}
static inline bool test_and_change_bit(long nr, volatile unsigned long *addr)
{
	return atomic_long_fetch_xor(BIT_MASK(nr), LKMC_WORD(nr, addr)) & BIT_MASK(nr);
}
static inline bool test_and_set_bit_lock(long nr, volatile unsigned long *addr)
{
	return atomic_long_fetch_or_acquire(BIT_MASK(nr), LKMC_WORD(nr, addr)) & BIT_MASK(nr);
}
static inline void clear_bit_unlock(long nr, volatile unsigned long *addr)
{
	(void)atomic_long_fetch_andnot_release(BIT_MASK(nr), LKMC_WORD(nr, addr));
}
// Plain.
static inline void __set_bit(long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] |= BIT_MASK(nr);
}
static inline void __clear_bit(long nr, unsigned long *addr)
{
	addr[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}
