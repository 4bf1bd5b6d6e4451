// Sequence counters, as include/linux/seqlock.h documents them.
#pragma once

#include <asm/barrier.h>
#include <linux/types.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;
#define SEQCNT_ZERO(name) { 0 }
#define seqcount_init(s) ((s)->sequence = 0)

static inline unsigned int raw_read_seqcount(const seqcount_t *s)
{
	return smp_load_acquire(&s->sequence);
}
static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	unsigned int seq;

	while ((seq = raw_read_seqcount(s)) & 1)
		cpu_relax();
	return seq;
}
static inline int do_read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	return unlikely(READ_ONCE(s->sequence) != start);
}
static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	smp_rmb();
	return do_read_seqcount_retry(s, start);
}
// The kernel's increments are plain, and KCSAN is told to take them for atomic; here they are marked.
static inline void do_raw_write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, READ_ONCE(s->sequence) + 1);
	smp_wmb();
}
static inline void do_raw_write_seqcount_end(seqcount_t *s)
{
	smp_wmb();
	WRITE_ONCE(s->sequence, READ_ONCE(s->sequence) + 1);
}
#define raw_write_seqcount_begin(s) do_raw_write_seqcount_begin(s)
#define raw_write_seqcount_end(s) do_raw_write_seqcount_end(s)
#define write_seqcount_begin(s) do_raw_write_seqcount_begin(s)
#define write_seqcount_end(s) do_raw_write_seqcount_end(s)
