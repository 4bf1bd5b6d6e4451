// SPDX-License-Identifier: Apache-2.0
// What orders what: each primitive that touches memory, between two accesses or as one of them, in the shapes that tell its
// orderings apart. A row says what the kernel documents promise, and each shape checks both ways: what is promised makes an
// outcome unreachable, and what is not leaves it reachable.
//
// Where the other tests of the primitives are: critical sections, deadlocks and misuse of locks in locks_test.cc,
// rwlock_test.cc and misuse_test.cc; waiting and lost wake-ups in wait_test.cc and waitqueue_test.cc; RCU and SRCU in
// rcu_test.cc; lists in list_test.cc; the maple tree in maple_tree_test.cc; memory and RCU callbacks in memory_test.cc; what
// atomics, bits and counts compute in counts_test.cc, bitops_test.cc and misuse_test.cc.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct places {
  shared<int> x, y;  // what the accesses that are ordered or not go to
  shared<int> other;
  // What a primitive works on: 2 at first, and 1 once another thread has published something by it.
  shared<int> word{2};
  atomic_t a{shared<int>(2)};
  atomic64_t a64{shared<std::int64_t>(2)};
  atomic_long_t al{shared<long>(2)};
  shared<unsigned long> bits{2UL};
  refcount_t refs{2};
  refcount_t object;  // 0 before it is published
  shared<int*> pointer;
  spinlock_t l, m;
  mutex mtx;
  rw_semaphore sem;
  rwlock_t rw;
  srcu_struct srcu;
};

// --- between two accesses ---------------------------------------------------------------------------------------------------

// Of an access before and one behind it: what is ordered.
struct Orders {
  bool store_load = false, store_store = false, load_load = false, load_store = false;
};
constexpr Orders kNothing{};
constexpr Orders kAll{true, true, true, true};
constexpr Orders kStores{.store_store = true};
constexpr Orders kLoads{.load_load = true};
constexpr Orders kAllButStoreLoad{false, true, true, true};

struct Between {
  const char* name;
  void (*code)(places&);
  Orders orders;
};
void (*between)(places&);  // of the row that is checked

LITMUS(store_then_load) {
  auto& p = make<places>();
  value<int> r0, r1;
  thread("a", [&] {
    WRITE_ONCE(p.x, 1);
    between(p);
    r0 = READ_ONCE(p.y);
  });
  thread("b", [&] {
    WRITE_ONCE(p.y, 1);
    smp_mb();
    r1 = READ_ONCE(p.x);
  });
  finally([&] { exists("weak", (r0 == 0) & (r1 == 0)); });
}
LITMUS(store_then_store) {
  auto& p = make<places>();
  thread("a", [&] {
    WRITE_ONCE(p.x, 1);
    between(p);
    WRITE_ONCE(p.y, 1);
  });
  thread("b", [&] {
    const value<int> r0 = smp_load_acquire(&p.y);
    const value<int> r1 = READ_ONCE(p.x);
    exists("weak", (r0 == 1) & (r1 == 0));
  });
}
LITMUS(load_then_load) {
  auto& p = make<places>();
  thread("a", [&] {
    const value<int> r0 = READ_ONCE(p.y);
    between(p);
    const value<int> r1 = READ_ONCE(p.x);
    exists("weak", (r0 == 1) & (r1 == 0));
  });
  thread("b", [&] {
    WRITE_ONCE(p.x, 1);
    smp_store_release(&p.y, 1);
  });
}
LITMUS(load_then_store) {
  auto& p = make<places>();
  value<int> r0, r1;
  thread("a", [&] {
    r0 = READ_ONCE(p.x);
    between(p);
    WRITE_ONCE(p.y, 1);
  });
  thread("b", [&] {
    r1 = READ_ONCE(p.y);
    smp_mb();
    WRITE_ONCE(p.x, 1);
  });
  finally([&] { exists("weak", (r0 == 1) & (r1 == 1)); });
}

void check(const std::vector<Between>& rows) {
  for (const Between& row : rows) {
    CAPTURE(row.name);
    between = row.code;
    for (const auto& [test, ordered] : {std::pair{"store_then_load", row.orders.store_load},
                                        {"store_then_store", row.orders.store_store},
                                        {"load_then_load", row.orders.load_load},
                                        {"load_then_store", row.orders.load_store}}) {
      CAPTURE(test);
      const Outcome o = run(test);
      CHECK(o.executions > 0);
      CHECK(o.failures.empty());
      CHECK(o.deadlocks == 0);
      CHECK(o.reaches("weak") == !ordered);
    }
  }
}

TEST_CASE("barriers order what Documentation/memory-barriers.txt says, and nothing else") {
  check({{"nothing", [](places&) {}, kNothing},
         {"barrier()", [](places&) { barrier(); }, kNothing},
         {"cpu_relax()", [](places&) { cpu_relax(); }, kNothing},
         {"smp_mb()", [](places&) { smp_mb(); }, kAll},
         {"smp_rmb()", [](places&) { smp_rmb(); }, kLoads},
         {"smp_wmb()", [](places&) { smp_wmb(); }, kStores},
         {"smp_acquire__after_ctrl_dep() without a branch", [](places&) { smp_acquire__after_ctrl_dep(); }, kLoads},
         {"smp_store_mb()", [](places& p) { smp_store_mb(p.other, 1); }, kAll},
         {"a release store to elsewhere", [](places& p) { smp_store_release(&p.other, 1); }, kNothing},
         {"an acquire load from elsewhere", [](places& p) { (void)smp_load_acquire(&p.other); }, kNothing}});
}
TEST_CASE("smp_mb__before_atomic() and smp_mb__after_atomic() make an atomic a full barrier (Documentation/atomic_t.txt)") {
  check({{"atomic_inc()", [](places& p) { atomic_inc(&p.a); }, kNothing},
         {"before", [](places& p) { smp_mb__before_atomic(), atomic_inc(&p.a); }, kAll},
         {"after", [](places& p) { atomic_inc(&p.a), smp_mb__after_atomic(); }, kAll},
         {"before alone", [](places&) { smp_mb__before_atomic(); }, kNothing},
         {"after alone", [](places&) { smp_mb__after_atomic(); }, kNothing},
         {"after a bit operation", [](places& p) { set_bit(0, &p.bits), smp_mb__after_atomic(); }, kAll},
         {"a relaxed one", [](places& p) { (void)atomic_fetch_add_relaxed(1, &p.a); }, kNothing},
         {"a fully ordered one", [](places& p) { (void)atomic_fetch_add(1, &p.a); }, kAll},
         {"a fully ordered one that fails", [](places& p) { (void)atomic_cmpxchg(&p.a, 7, 8); }, kNothing}});
}
TEST_CASE("a critical section orders nothing outside (memory-barriers.txt, \"Lock acquisition functions\")") {
  check({{"spinlock", [](places& p) { spin_lock(&p.l), spin_unlock(&p.l); }, kNothing},
         {"mutex", [](places& p) { mutex_lock(&p.mtx), mutex_unlock(&p.mtx); }, kNothing},
         {"rw_semaphore, reader", [](places& p) { down_read(&p.sem), up_read(&p.sem); }, kNothing},
         {"rw_semaphore, writer", [](places& p) { down_write(&p.sem), up_write(&p.sem); }, kNothing},
         {"rwlock_t, reader", [](places& p) { read_lock(&p.rw), read_unlock(&p.rw); }, kNothing},
         {"rwlock_t, writer", [](places& p) { write_lock(&p.rw), write_unlock(&p.rw); }, kNothing},
         {"bit spinlock", [](places& p) { bit_spin_lock(0, &p.bits), bit_spin_unlock(0, &p.bits); }, kNothing}});
}
TEST_CASE(
    "a lock behind an unlock orders all but stores before loads; smp_mb__after_unlock_lock() these too "
    "(tools/memory-model/Documentation/explanation.txt, \"Odds and ends\")") {
  check({{"unlock and lock",
          [](places& p) {
            spin_lock(&p.l), spin_unlock(&p.l);
            spin_lock(&p.m), spin_unlock(&p.m);
          },
          kAllButStoreLoad},
         {"with smp_mb__after_unlock_lock()",
          [](places& p) {
            spin_lock(&p.l), spin_unlock(&p.l);
            spin_lock(&p.m), smp_mb__after_unlock_lock(), spin_unlock(&p.m);
          },
          kAll},
         {"smp_mb__after_spinlock()", [](places& p) { spin_lock(&p.l), smp_mb__after_spinlock(), spin_unlock(&p.l); }, kAll}});
}
TEST_CASE("RCU and SRCU sections order nothing outside, grace periods all (Documentation/RCU/whatisRCU.rst, include/linux/srcu.h)") {
  check({{"rcu_read_lock()", [](places&) { rcu_read_lock(), rcu_read_unlock(); }, kNothing},
         {"synchronize_rcu()", [](places&) { synchronize_rcu(); }, kAll},
         {"synchronize_rcu_expedited()", [](places&) { synchronize_rcu_expedited(); }, kAll},
         {"srcu_read_lock()", [](places& p) { srcu_read_unlock(&p.srcu, srcu_read_lock(&p.srcu)); }, kNothing},
         {"srcu_down_read()", [](places& p) { srcu_up_read(&p.srcu, srcu_down_read(&p.srcu)); }, kNothing},
         {"with smp_mb__after_srcu_read_unlock()",
          [](places& p) { srcu_read_unlock(&p.srcu, srcu_read_lock(&p.srcu)), smp_mb__after_srcu_read_unlock(); }, kAll},
         {"synchronize_srcu()", [](places& p) { synchronize_srcu(&p.srcu); }, kAll},
         {"synchronize_srcu_expedited()", [](places& p) { synchronize_srcu_expedited(&p.srcu); }, kAll}});
}

// --- as one of the accesses ---------------------------------------------------------------------------------------------------

enum class Order { kRelaxed, kAcquire, kRelease, kFull };

// What a primitive works on: whether it is no longer as at first, and publishing 1 in it.
struct Cell {
  value<bool> (*has_changed)(places&);
  void (*publish)(places&);
};
#define CELL(name, place, first)                                                                                                    \
  const Cell name {                                                                                                                 \
    [](places& p) -> value<bool> { return smp_load_acquire(&p.place) != first; }, [](places& p) { smp_store_release(&p.place, 1); } \
  }
CELL(kWord, word, 2);
CELL(kAtomic, a.counter, 2);
CELL(kAtomic64, a64.counter, 2);
CELL(kAtomicLong, al.counter, 2L);
CELL(kBits, bits, 2UL);
CELL(kRefs, refs.refs, 2);
CELL(kObject, object.refs, 0);

struct Access {
  const char* name;
  const Cell* cell;
  Order order;
  void (*change)(places&);        // changes what it works on; null if it cannot
  value<bool> (*found)(places&);  // reads it, and returns whether it was published; null if it cannot
};
const Access* access;  // of the row that is checked

// Behind a store: a full barrier orders it before a later load.
LITMUS(access_between) {
  auto& p = make<places>();
  value<int> r0, r1;
  thread("a", [&] {
    WRITE_ONCE(p.x, 1);
    access->change(p);
    r0 = READ_ONCE(p.y);
  });
  thread("b", [&] {
    WRITE_ONCE(p.y, 1);
    smp_mb();
    r1 = READ_ONCE(p.x);
  });
  finally([&] { exists("weak", (r0 == 0) & (r1 == 0)); });
}
// Publishes what was stored before it.
LITMUS(access_publishes) {
  auto& p = make<places>();
  thread("a", [&] {
    WRITE_ONCE(p.x, 1);
    access->change(p);
  });
  thread("b", [&] {
    const value<bool> changed = access->cell->has_changed(p);
    const value<int> r = READ_ONCE(p.x);
    exists("weak", changed & (r == 0));
    exists("seen", changed);
  });
}
// Sees what was published.
LITMUS(access_sees) {
  auto& p = make<places>();
  thread("a", [&] {
    const value<bool> found = access->found(p);
    const value<int> r = READ_ONCE(p.x);
    exists("weak", found & (r == 0));
    exists("seen", found);
  });
  thread("b", [&] {
    WRITE_ONCE(p.x, 1);
    access->cell->publish(p);
  });
}

void check(const std::vector<Access>& rows) {
  for (const Access& row : rows) {
    CAPTURE(row.name);
    access = &row;
    const bool full = row.order == Order::kFull;
    if (row.change != nullptr) {
      const Outcome o = run("access_between");
      CHECK(o.failures.empty());
      CHECK(o.reaches("weak") == !full);
      const Outcome publishes = run("access_publishes");
      CHECK(publishes.failures.empty());
      CHECK(publishes.reaches("seen"));
      CHECK(publishes.reaches("weak") == !(full || row.order == Order::kRelease));
    }
    if (row.found != nullptr) {
      const Outcome sees = run("access_sees");
      CHECK(sees.failures.empty());
      CHECK(sees.reaches("seen"));
      CHECK(sees.reaches("weak") == !(full || row.order == Order::kAcquire));
    }
  }
}

#define BOTH(function, cell, order, change, found)                                                                                   \
  {                                                                                                                                  \
#function, &cell, order, [](places & p) { (void)(function change); }, [](places & p) -> value < bool> { return function found; } \
  }
#define CHANGES(function, cell, order, change)                                    \
  {                                                                               \
#function, &cell, order, [](places & p) { (void)(function change); }, nullptr \
  }
#define FINDS(function, cell, order, found)                                                      \
  {                                                                                              \
#function, &cell, order, nullptr, [](places & p) -> value < bool> { return function found; } \
  }
#define IN_FOUR_ORDERS(function, cell, change, found)                                                                \
  BOTH(function, cell, Order::kFull, change, found), BOTH(function##_relaxed, cell, Order::kRelaxed, change, found), \
      BOTH(function##_acquire, cell, Order::kAcquire, change, found), BOTH(function##_release, cell, Order::kRelease, change, found)

TEST_CASE("loads and stores order as their names say (memory-barriers.txt, \"Implicit kernel memory barriers\"; rcupdate.h)") {
  check({CHANGES(WRITE_ONCE, kWord, Order::kRelaxed, (p.word, 1)), CHANGES(smp_store_release, kWord, Order::kRelease, (&p.word, 1)),
         FINDS(READ_ONCE, kWord, Order::kRelaxed, (p.word) == 1), FINDS(smp_load_acquire, kWord, Order::kAcquire, (&p.word) == 1)});
}
TEST_CASE("xchg(), cmpxchg() and try_cmpxchg() order as their names say, and nothing where they fail (atomic_t.txt, \"Ordering\")") {
  check({IN_FOUR_ORDERS(xchg, kWord, (&p.word, 5), (&p.word, 5) == 1),
         IN_FOUR_ORDERS(cmpxchg, kWord, (&p.word, 2, 5), (&p.word, 1, 5) == 1)});
  // The value that is expected has to be a variable.
#define TRY(suffix, order)                                                                                \
  {"try_cmpxchg" #suffix, &kWord, order,                                                                  \
   [](places& p) {                                                                                        \
     value<int> old = 2;                                                                                  \
     (void)try_cmpxchg##suffix(&p.word, &old, 5);                                                         \
   },                                                                                                     \
   [](places& p) -> value<bool> {                                                                         \
     value<int> old = 1;                                                                                  \
     return try_cmpxchg##suffix(&p.word, &old, 5);                                                        \
   }},                                                                                                    \
  {                                                                                                       \
    "try_cmpxchg" #suffix " that fails", &kWord, Order::kRelaxed, nullptr, [](places& p) -> value<bool> { \
      value<int> old = 2;                                                                                 \
      const value<bool> stored = try_cmpxchg##suffix(&p.word, &old, 5);                                   \
      return (!stored) & (old == 1);                                                                      \
    }                                                                                                     \
  }
  check({TRY(, Order::kFull), TRY(_relaxed, Order::kRelaxed), TRY(_acquire, Order::kAcquire), TRY(_release, Order::kRelease),
         FINDS(cmpxchg, kWord, Order::kRelaxed, (&p.word, 2, 5) == 1),
         FINDS(cmpxchg_acquire, kWord, Order::kRelaxed, (&p.word, 2, 5) == 1)});
#undef TRY
}

#define FAMILY(prefix, cell, v)                                                                                                            \
  IN_FOUR_ORDERS(prefix##_fetch_add, cell, (1, &p.v), (1, &p.v) == 1),                                                                     \
      IN_FOUR_ORDERS(prefix##_fetch_sub, cell, (1, &p.v), (1, &p.v) == 1), IN_FOUR_ORDERS(prefix##_fetch_inc, cell, (&p.v), (&p.v) == 1),  \
      IN_FOUR_ORDERS(prefix##_fetch_dec, cell, (&p.v), (&p.v) == 1), IN_FOUR_ORDERS(prefix##_fetch_and, cell, (1, &p.v), (1, &p.v) == 1),  \
      IN_FOUR_ORDERS(prefix##_fetch_or, cell, (1, &p.v), (1, &p.v) == 1),                                                                  \
      IN_FOUR_ORDERS(prefix##_fetch_xor, cell, (1, &p.v), (1, &p.v) == 1),                                                                 \
      IN_FOUR_ORDERS(prefix##_fetch_andnot, cell, (2, &p.v), (2, &p.v) == 1),                                                              \
      IN_FOUR_ORDERS(prefix##_add_return, cell, (1, &p.v), (1, &p.v) == 2),                                                                \
      IN_FOUR_ORDERS(prefix##_sub_return, cell, (1, &p.v), (1, &p.v) == 0),                                                                \
      IN_FOUR_ORDERS(prefix##_inc_return, cell, (&p.v), (&p.v) == 2), IN_FOUR_ORDERS(prefix##_dec_return, cell, (&p.v), (&p.v) == 0),      \
      IN_FOUR_ORDERS(prefix##_add_negative, cell, (-1, &p.v), (-2, &p.v)), IN_FOUR_ORDERS(prefix##_xchg, cell, (&p.v, 5), (&p.v, 5) == 1), \
      IN_FOUR_ORDERS(prefix##_cmpxchg, cell, (&p.v, 2, 5), (&p.v, 1, 5) == 1), CHANGES(prefix##_add, cell, Order::kRelaxed, (1, &p.v)),    \
      CHANGES(prefix##_sub, cell, Order::kRelaxed, (1, &p.v)), CHANGES(prefix##_inc, cell, Order::kRelaxed, (&p.v)),                       \
      CHANGES(prefix##_dec, cell, Order::kRelaxed, (&p.v)), CHANGES(prefix##_and, cell, Order::kRelaxed, (1, &p.v)),                       \
      CHANGES(prefix##_or, cell, Order::kRelaxed, (1, &p.v)), CHANGES(prefix##_xor, cell, Order::kRelaxed, (1, &p.v)),                     \
      CHANGES(prefix##_andnot, cell, Order::kRelaxed, (2, &p.v)), CHANGES(prefix##_set, cell, Order::kRelaxed, (&p.v, 1)),                 \
      CHANGES(prefix##_set_release, cell, Order::kRelease, (&p.v, 1)), FINDS(prefix##_read, cell, Order::kRelaxed, (&p.v) == 1),           \
      FINDS(prefix##_read_acquire, cell, Order::kAcquire, (&p.v) == 1), FINDS(prefix##_cmpxchg, cell, Order::kRelaxed, (&p.v, 2, 5) == 1), \
      BOTH(prefix##_dec_and_test, cell, Order::kFull, (&p.v), (&p.v)),                                                                     \
      BOTH(prefix##_sub_and_test, cell, Order::kFull, (1, &p.v), (1, &p.v)), CHANGES(prefix##_inc_and_test, cell, Order::kFull, (&p.v)),   \
      BOTH(prefix##_add_unless, cell, Order::kFull, (&p.v, 1, 7), (&p.v, 1, 2)),                                                           \
      CHANGES(prefix##_inc_not_zero, cell, Order::kFull, (&p.v)),                                                                          \
      BOTH(prefix##_fetch_add_unless, cell, Order::kFull, (&p.v, 1, 7), (&p.v, 1, 7) == 1),                                                \
      CHANGES(prefix##_inc_unless_negative, cell, Order::kFull, (&p.v)),                                                                   \
      BOTH(prefix##_dec_if_positive, cell, Order::kFull, (&p.v), (&p.v) == 0),                                                             \
      FINDS(!prefix##_add_unless, cell, Order::kRelaxed, (&p.v, 1, 1)),                                                                    \
      FINDS(prefix##_fetch_add_unless, cell, Order::kRelaxed, (&p.v, 1, 1) == 1)

TEST_CASE("atomic_t: nothing without a result, all with one, else what the name says; nothing on failure (atomic_t.txt)") {
  check({FAMILY(atomic, kAtomic, a)});
}
TEST_CASE("atomic64_t: the same (atomic_t.txt)") { check({FAMILY(atomic64, kAtomic64, a64)}); }
TEST_CASE("atomic_long_t: the same (atomic_t.txt)") { check({FAMILY(atomic_long, kAtomicLong, al)}); }

TEST_CASE("bit operations: nothing without a result, all with one (Documentation/atomic_bitops.txt)") {
  check({CHANGES(set_bit, kBits, Order::kRelaxed, (0, &p.bits)), CHANGES(clear_bit, kBits, Order::kRelaxed, (1, &p.bits)),
         CHANGES(change_bit, kBits, Order::kRelaxed, (0, &p.bits)), CHANGES(clear_bit_unlock, kBits, Order::kRelease, (1, &p.bits)),
         BOTH(test_and_set_bit, kBits, Order::kFull, (0, &p.bits), (0, &p.bits)),
         BOTH(!test_and_clear_bit, kBits, Order::kFull, (1, &p.bits), (1, &p.bits)),
         BOTH(test_and_change_bit, kBits, Order::kFull, (0, &p.bits), (0, &p.bits)),
         BOTH(!test_and_set_bit_lock, kBits, Order::kAcquire, (0, &p.bits), (1, &p.bits)),
         FINDS(test_and_set_bit_lock, kBits, Order::kRelaxed, (0, &p.bits)), FINDS(test_bit, kBits, Order::kRelaxed, (0, &p.bits)),
         FINDS(test_bit_acquire, kBits, Order::kAcquire, (0, &p.bits))});
}
TEST_CASE(
    "counts: no ordering where they grow, a release where they fall, an acquire at zero and in the _acquire forms "
    "(Documentation/core-api/refcount-vs-atomic.rst)") {
  check({CHANGES(refcount_inc, kRefs, Order::kRelaxed, (&p.refs)),
         CHANGES(refcount_add, kRefs, Order::kRelaxed, (3, &p.refs)),
         CHANGES(refcount_set, kRefs, Order::kRelaxed, (&p.refs, 1)),
         CHANGES(refcount_set_release, kRefs, Order::kRelease, (&p.refs, 1)),
         FINDS(refcount_read, kRefs, Order::kRelaxed, (&p.refs) == 1u),
         CHANGES(refcount_dec, kRefs, Order::kRelease, (&p.refs)),
         CHANGES(refcount_dec_not_one, kRefs, Order::kRelease, (&p.refs)),
         CHANGES(refcount_dec_and_test, kRefs, Order::kRelease, (&p.refs)),
         CHANGES(refcount_sub_and_test, kRefs, Order::kRelease, (1, &p.refs)),
         FINDS(refcount_dec_and_test, kRefs, Order::kAcquire, (&p.refs)),
         FINDS(!refcount_dec_not_one, kRefs, Order::kRelaxed, (&p.refs)),
         FINDS(refcount_dec_if_one, kRefs, Order::kRelaxed, (&p.refs)),
         FINDS(refcount_inc_not_zero, kObject, Order::kRelaxed, (&p.object)),
         FINDS(refcount_add_not_zero, kObject, Order::kRelaxed, (2, &p.object)),
         FINDS(refcount_inc_not_zero_acquire, kObject, Order::kAcquire, (&p.object)),
         FINDS(refcount_add_not_zero_acquire, kObject, Order::kAcquire, (2, &p.object)),
         FINDS(__refcount_inc_not_zero_limited_acquire, kObject, Order::kAcquire, (&p.object, nullptr, 3)),
         {"__refcount_inc_not_zero_limited_acquire beyond the limit", &kRefs, Order::kRelaxed, nullptr, [](places& p) -> value<bool> {
            value<int> old;
            const value<bool> taken = __refcount_inc_not_zero_limited_acquire(&p.refs, &old, 0);
            return (!taken) & (old == 1);
          }}});
}

}  // namespace
}  // namespace lkmc
