// SPDX-License-Identifier: Apache-2.0
// Sequence counters: writers make the count odd while they write, readers try again if it was odd or has changed
// (Documentation/locking/seqlock.rst, include/linux/seqlock.h). Reading the count is an acquire and comparing it comes
// behind an smp_rmb(); an smp_wmb() stands on the inner side of both increments. The increments are plain in the kernel,
// which tells KCSAN to take for atomic what stands between begin and end; here they are marked. What the count protects is read while it
// may be written, so in LKMM both are data races unless they are marked.
#pragma once

#include "src/kernel/cond.h"
#include "src/kernel/kcsan.h"
#include "src/kernel/spinlock.h"

namespace lkmc {

struct seqcount_t {
  shared<unsigned> sequence;
};

namespace kernel {
// For how many accesses of a reader KCSAN looks away, unless it comes to the retry before (include/linux/seqlock.h).
inline constexpr int kSeqlockRegion = 1000;
inline void add_to_sequence(seqcount_t* s, const Site& site) {
  const value<unsigned> sequence = s->sequence.read(Tag::kOnce, site);
  s->sequence.write((sequence + 1u).symbolic(), Tag::kOnce, site);
}
}  // namespace kernel

// Acquire. Waits while the count is odd.
[[nodiscard]] inline value<unsigned> read_seqcount_begin(const seqcount_t* s, const kernel::Site& site = kernel::Site::current()) {
  const value<unsigned> sequence = s->sequence.read(Tag::kAcquire, site);
  kernel::thread_for("read_seqcount_begin()", site)
      .await(((sequence & 1u) == 0u).symbolic(), kernel::position(site),
             {.what = "the end of a write section", .looks = sequence.symbolic().reads});
  kcsan_atomic_next(kernel::kSeqlockRegion, site);
  return sequence;
}
// Acquire. Takes an odd count for what it is.
[[nodiscard]] inline value<unsigned> raw_read_seqcount(const seqcount_t* s, const kernel::Site& site = kernel::Site::current()) {
  const value<unsigned> sequence = s->sequence.read(Tag::kAcquire, site);
  kcsan_atomic_next(kernel::kSeqlockRegion, site);
  return sequence;
}
// An smp_rmb() and a READ_ONCE(). Whether what was read since `start` may be torn.
[[nodiscard]] inline value<bool> read_seqcount_retry(const seqcount_t* s, const kernel::Stored<unsigned>& start,
                                                     const kernel::Site& site = kernel::Site::current()) {
  kcsan_atomic_next(0, site);
  kernel::thread_for("read_seqcount_retry()", site).fence(Tag::kRmb, kernel::position(site));
  return s->sequence.read(Tag::kOnce, site) != value<unsigned>::from(start.value);
}
// Makes the count odd; smp_wmb() behind it. Writers exclude each other by other means.
inline void write_seqcount_begin(seqcount_t* s, const kernel::Site& site = kernel::Site::current()) {
  kcsan_nestable_atomic_begin(site);
  kernel::add_to_sequence(s, site);
  kernel::thread_for("write_seqcount_begin()", site).fence(Tag::kWmb, kernel::position(site));
}
// smp_wmb(), and makes the count even.
inline void write_seqcount_end(seqcount_t* s, const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("write_seqcount_end()", site).fence(Tag::kWmb, kernel::position(site));
  kernel::add_to_sequence(s, site);
  kcsan_nestable_atomic_end(site);
}

// A counter with the spinlock of its writers.
struct seqlock_t {
  seqcount_t seqcount;
  spinlock_t lock;
};
[[nodiscard]] inline value<unsigned> read_seqbegin(const seqlock_t* sl, const kernel::Site& site = kernel::Site::current()) {
  return read_seqcount_begin(&sl->seqcount, site);
}
[[nodiscard]] inline value<bool> read_seqretry(const seqlock_t* sl, const kernel::Stored<unsigned>& start,
                                               const kernel::Site& site = kernel::Site::current()) {
  return read_seqcount_retry(&sl->seqcount, start, site);
}
inline void write_seqlock(seqlock_t* sl, const kernel::Site& site = kernel::Site::current()) {
  spin_lock(&sl->lock, site);
  write_seqcount_begin(&sl->seqcount, site);
}
inline void write_sequnlock(seqlock_t* sl, const kernel::Site& site = kernel::Site::current()) {
  write_seqcount_end(&sl->seqcount, site);
  spin_unlock(&sl->lock, site);
}

}  // namespace lkmc
