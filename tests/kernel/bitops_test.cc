// SPDX-License-Identifier: Apache-2.0
// Bit operations (Documentation/atomic_bitops.txt).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct page {
  shared<unsigned long> flags[2];
  shared<int> x;
  shared<int> y;
};

LITMUS(bits_compute) {
  auto& p = make<page>();
  thread("a", [&] {
    set_bit(3, p.flags);
    CHECK_INVARIANT(test_bit(3, p.flags), "set");
    CHECK_INVARIANT(!test_bit(4, p.flags), "not another");
    CHECK_INVARIANT(!test_and_set_bit(70, p.flags), "was clear");
    CHECK_INVARIANT(test_and_set_bit(70, p.flags), "was set");
    CHECK_INVARIANT(READ_ONCE(p.flags[1]) == 1UL << 6, "bit 70 is in the second word");
    change_bit(3, p.flags);
    CHECK_INVARIANT(!test_and_change_bit(3, p.flags), "was changed");
    CHECK_INVARIANT(test_and_clear_bit(3, p.flags), "and again");
    __set_bit(63, p.flags);
    CHECK_INVARIANT(READ_ONCE(p.flags[0]) == 1UL << 63, "the highest bit");
    __change_bit(63, p.flags);
    CHECK_INVARIANT(!__test_and_set_bit(0, p.flags), "plain test and set");
    CHECK_INVARIANT(!test_and_set_bit_lock(1, p.flags), "free");
    CHECK_INVARIANT(test_and_set_bit_lock(1, p.flags), "taken");
    clear_bit_unlock(1, p.flags);
    __clear_bit(0, p.flags);
  });
  finally([&] { CHECK_INVARIANT(p.flags[0] == 0UL, "all are clear"); });
}
void two_bits(bool atomic) {
  auto& p = make<page>();
  for (const unsigned bit : {0U, 1U}) {
    thread(bit == 0 ? "a" : "b", [&, bit] {
      if (atomic) {
        set_bit(bit, p.flags);
      } else {
        __set_bit(bit, p.flags);
      }
    });
  }
  finally([&] { CHECK_INVARIANT(p.flags[0] == 3UL, "both are set"); });
}
LITMUS(bits_atomic) { two_bits(true); }
LITMUS(bits_plain) { two_bits(false); }

TEST_CASE("bit operations compute on arrays of words (Documentation/atomic_bitops.txt)") {
  const Outcome o = run("bits_compute");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.final_failures.empty());
}
TEST_CASE("set_bit() is atomic, __set_bit() is not and races (atomic_bitops.txt: non-atomic operations)") {
  const Outcome atomic = run("bits_atomic");
  CHECK(atomic.final_failures.empty());
  CHECK(atomic.flags.empty());
  const Outcome plain = run("bits_plain");
  CHECK(plain.final_failures.size() == 1);
  CHECK(plain.flags.size() == 1);
}

enum class Setter { kVoid, kAfterAtomic, kTestAndSet };
void bits_sb(Setter setter) {
  auto& p = make<page>();
  value<bool> r0;
  value<int> r1;
  thread("a", [&] {
    WRITE_ONCE(p.x, 1);
    smp_mb();
    r0 = test_bit(0, p.flags);
  });
  thread("b", [&] {
    if (setter == Setter::kTestAndSet) {
      (void)test_and_set_bit(0, p.flags);
    } else {
      set_bit(0, p.flags);
    }
    if (setter == Setter::kAfterAtomic) smp_mb__after_atomic();
    r1 = READ_ONCE(p.x);
  });
  finally([&] { CHECK_INVARIANT(r0 || r1 == 1, "store buffering"); });
}
LITMUS(bits_sb_void) { bits_sb(Setter::kVoid); }
LITMUS(bits_sb_after_atomic) { bits_sb(Setter::kAfterAtomic); }
LITMUS(bits_sb_test_and_set) { bits_sb(Setter::kTestAndSet); }

TEST_CASE("test_and_set_bit() is fully ordered, set_bit() is not without smp_mb__after_atomic() (atomic_bitops.txt)") {
  CHECK(run("bits_sb_void").final_failures.size() == 1);
  CHECK(run("bits_sb_after_atomic").final_failures.empty());
  CHECK(run("bits_sb_test_and_set").final_failures.empty());
}

void publishes_by_bit(bool acquire, bool release) {
  auto& p = make<page>();
  WRITE_ONCE(p.flags[0], 1UL);
  thread("writer", [&] {
    WRITE_ONCE(p.x, 1);
    if (release) {
      clear_bit_unlock(0, p.flags);
    } else {
      clear_bit(0, p.flags);
    }
  });
  thread("reader", [&] {
    IF (!(acquire ? test_bit_acquire(0, p.flags) : test_bit(0, p.flags))) exists("stale", READ_ONCE(p.x) == 0);
  });
}
LITMUS(bit_acquire_release) { publishes_by_bit(true, true); }
LITMUS(bit_acquire_only) { publishes_by_bit(true, false); }
LITMUS(bit_release_only) { publishes_by_bit(false, true); }
// A failed test_and_set_bit_lock() orders nothing, a successful one is an acquire.
void lock_bit(bool succeeds) {
  auto& p = make<page>();
  if (succeeds) WRITE_ONCE(p.flags[0], 1UL);
  thread("writer", [&] {
    WRITE_ONCE(p.x, 1);
    smp_wmb();
    WRITE_ONCE(p.flags[0], succeeds ? 0UL : 1UL);
  });
  thread("reader", [&] {
    const value<bool> was_set = test_and_set_bit_lock(0, p.flags);
    const value<int> r = READ_ONCE(p.x);
    exists("stale", (was_set == !succeeds) && r == 0);
  });
}
LITMUS(bit_lock_taken) { lock_bit(true); }
LITMUS(bit_lock_missed) { lock_bit(false); }

TEST_CASE("clear_bit_unlock() and test_bit_acquire() publish together, not alone (atomic_bitops.txt)") {
  CHECK_FALSE(run("bit_acquire_release").reaches("stale"));
  CHECK(run("bit_acquire_only").reaches("stale"));
  CHECK(run("bit_release_only").reaches("stale"));
}
TEST_CASE("test_and_set_bit_lock() is an acquire where it sets the bit, and nothing where not (atomic_bitops.txt)") {
  CHECK_FALSE(run("bit_lock_taken").reaches("stale"));
  CHECK(run("bit_lock_missed").reaches("stale"));
}

LITMUS(bit_spinlock_excludes) {
  auto& p = make<page>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      bit_spin_lock(5, p.flags);
      p.x = p.x + 1;
      bit_spin_unlock(5, p.flags);
    });
  }
  finally([&] { CHECK_INVARIANT(p.x == 2, "both counted"); });
}
LITMUS(bit_spinlocks_of_one_word) {
  auto& p = make<page>();
  for (const unsigned bit : {0U, 1U}) {
    thread(bit == 0 ? "ab" : "ba", [&, bit] {
      bit_spin_lock(bit, p.flags);
      bit_spin_lock(1 - bit, p.flags);
      bit_spin_unlock(1 - bit, p.flags);
      bit_spin_unlock(bit, p.flags);
    });
  }
}
LITMUS(bit_spinlock_tried) {
  auto& p = make<page>();
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      const value<bool> got = bit_spin_trylock(0, p.flags);
      exists("missed", !got);
      IF (got) {
        p.x = p.x + 1;
        bit_spin_unlock(0, p.flags);
      }
    });
  }
}
LITMUS(bit_spinlock_and_sleep) {
  auto& p = make<page>();
  thread("a", [&] {
    bit_spin_lock(0, p.flags);
    synchronize_rcu();
  });
}
LITMUS(bit_spin_unlock_of_another) {
  auto& p = make<page>();
  thread("a", [&] {
    bit_spin_lock(0, p.flags);
    bit_spin_unlock(1, p.flags);
  });
}

TEST_CASE("a bit spinlock excludes, may be tried, and is explained like any lock (include/linux/bit_spinlock.h)") {
  const Outcome o = run("bit_spinlock_excludes");
  CHECK(o.executions == 2);
  CHECK(o.final_failures.empty());
  CHECK(o.flags.empty());
  const Outcome tried = run("bit_spinlock_tried");
  CHECK(tried.reaches("missed"));
  CHECK(tried.flags.empty());
  CHECK(run("bit_spinlock_and_sleep").fails_with("inside a section that holds a bit spinlock"));
  CHECK(run("bit_spin_unlock_of_another").fails_with("does not hold"));
  const Outcome abba = run("bit_spinlocks_of_one_word");
  CHECK(abba.executions > 0);
  CHECK(abba.deadlocks == 2);  // whichever took its first bit first
}

}  // namespace
}  // namespace lkmc
