// Atomic operations. The checker performs what is declared here; see the kernel's Documentation/atomic_t.txt.
#pragma once

#include <asm/barrier.h>
#include <linux/types.h>

// In all orderings.
#define LKMC_ORDERED(type, name, ...)		\
	type name(__VA_ARGS__);			\
	type name##_relaxed(__VA_ARGS__);	\
	type name##_acquire(__VA_ARGS__);	\
	type name##_release(__VA_ARGS__)

#define LKMC_ATOMIC(prefix, atomic, word)					\
	word prefix##_read(const atomic *v);					\
	word prefix##_read_acquire(const atomic *v);				\
	void prefix##_set(atomic *v, word i);					\
	void prefix##_set_release(atomic *v, word i);				\
	void prefix##_add(word i, atomic *v);					\
	void prefix##_sub(word i, atomic *v);					\
	void prefix##_inc(atomic *v);						\
	void prefix##_dec(atomic *v);						\
	void prefix##_and(word i, atomic *v);					\
	void prefix##_or(word i, atomic *v);					\
	void prefix##_xor(word i, atomic *v);					\
	void prefix##_andnot(word i, atomic *v);				\
	LKMC_ORDERED(word, prefix##_fetch_add, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_fetch_sub, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_fetch_inc, atomic *v);			\
	LKMC_ORDERED(word, prefix##_fetch_dec, atomic *v);			\
	LKMC_ORDERED(word, prefix##_fetch_and, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_fetch_or, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_fetch_xor, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_fetch_andnot, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_add_return, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_sub_return, word i, atomic *v);		\
	LKMC_ORDERED(word, prefix##_inc_return, atomic *v);			\
	LKMC_ORDERED(word, prefix##_dec_return, atomic *v);			\
	LKMC_ORDERED(word, prefix##_xchg, atomic *v, word i);			\
	LKMC_ORDERED(word, prefix##_cmpxchg, atomic *v, word old, word new);	\
	LKMC_ORDERED(bool, prefix##_add_negative, word i, atomic *v);		\
	bool prefix##_sub_and_test(word i, atomic *v);				\
	bool prefix##_inc_and_test(atomic *v);					\
	bool prefix##_dec_and_test(atomic *v);					\
	bool prefix##_add_unless(atomic *v, word a, word u);			\
	static inline bool prefix##_inc_not_zero(atomic *v)			\
	{									\
		return prefix##_add_unless(v, 1, 0);				\
	}									\
	LKMC_TRY_CMPXCHG(prefix, atomic, word, )				\
	LKMC_TRY_CMPXCHG(prefix, atomic, word, _relaxed)			\
	LKMC_TRY_CMPXCHG(prefix, atomic, word, _acquire)			\
	LKMC_TRY_CMPXCHG(prefix, atomic, word, _release)

// Where it fails, the caller learns what was there.
#define LKMC_TRY_CMPXCHG(prefix, atomic, word, order)					\
	static inline bool prefix##_try_cmpxchg##order(atomic *v, word *old, word new)	\
	{										\
		word expected = *old, found = prefix##_cmpxchg##order(v, expected, new);	\
		if (unlikely(found != expected))					\
			*old = found;							\
		return likely(found == expected);					\
	}

LKMC_ATOMIC(atomic, atomic_t, int)
LKMC_ATOMIC(atomic64, atomic64_t, s64)
LKMC_ATOMIC(atomic_long, atomic_long_t, long)

LKMC_ORDERED(unsigned long, lkmc_xchg, volatile void *p, unsigned long v);
LKMC_ORDERED(unsigned long, lkmc_cmpxchg, volatile void *p, unsigned long old, unsigned long new);
#define LKMC_XCHG(order, p, v) ((typeof(*(p)))lkmc_xchg##order(p, (unsigned long)(v)))
#define LKMC_CMPXCHG(order, p, old, new) ((typeof(*(p)))lkmc_cmpxchg##order(p, (unsigned long)(old), (unsigned long)(new)))
#define xchg(p, v) LKMC_XCHG(, p, v)
#define xchg_relaxed(p, v) LKMC_XCHG(_relaxed, p, v)
#define xchg_acquire(p, v) LKMC_XCHG(_acquire, p, v)
#define xchg_release(p, v) LKMC_XCHG(_release, p, v)
#define cmpxchg(p, old, new) LKMC_CMPXCHG(, p, old, new)
#define cmpxchg_relaxed(p, old, new) LKMC_CMPXCHG(_relaxed, p, old, new)
#define cmpxchg_acquire(p, old, new) LKMC_CMPXCHG(_acquire, p, old, new)
#define cmpxchg_release(p, old, new) LKMC_CMPXCHG(_release, p, old, new)
#define LKMC_TRY(order, p, oldp, new)					\
({									\
	typeof(p) __p = (p);						\
	typeof(*(p)) __expected = *(oldp);				\
	typeof(*(p)) __found = LKMC_CMPXCHG(order, __p, __expected, new); \
	if (unlikely(__found != __expected))				\
		*(oldp) = __found;					\
	likely(__found == __expected);					\
})
#define try_cmpxchg(p, oldp, new) LKMC_TRY(, p, oldp, new)
#define try_cmpxchg_relaxed(p, oldp, new) LKMC_TRY(_relaxed, p, oldp, new)
#define try_cmpxchg_acquire(p, oldp, new) LKMC_TRY(_acquire, p, oldp, new)
#define try_cmpxchg_release(p, oldp, new) LKMC_TRY(_release, p, oldp, new)

#define atomic_cond_read_relaxed(v, c) smp_cond_load_relaxed(&(v)->counter, (c))
#define atomic_cond_read_acquire(v, c) smp_cond_load_acquire(&(v)->counter, (c))
