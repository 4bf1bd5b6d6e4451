// SPDX-License-Identifier: Apache-2.0
// What KCSAN reports of two accesses, row by row: observability, permissive rules, barriers, annotations.
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lkmc/litmus.h"
#include "src/cpp/cpp_test.h"
#include "src/kcsan/oracle.h"

namespace lkmc {
namespace {

// --- any two threads ----------------------------------------------------------------------------------------------------

struct Shared {
  shared<int> x, flag;
  shared<int> done;
  atomic_t counter;
  spinlock_t lock;
  mutex m;
  rwlock_t rw;
  rw_semaphore sem;
  shared<unsigned long> bits;
  alignas(8) shared<int> cells[2];
  shared<shared<int>*> cell;
};
using Step = std::function<void(Shared&)>;

// The test that is run, and what its threads do.
Step setup, one, other;
LITMUS(kcsan_table) {
  auto& s = make<Shared>();
  if (setup) setup(s);
  thread("one", [&] { one(s); });
  thread("other", [&] { other(s); });
}

struct Answer {
  std::vector<KcsanReport> reports;
  // By the watcher's thread, 0 for `one`; -1 for any.
  [[nodiscard]] int count(int watcher) const {
    int n = 0;
    for (const KcsanReport& r : reports) n += r.finder && (watcher < 0 || r.watcher.thread == watcher);
    return n;
  }
  [[nodiscard]] bool reported() const { return count(-1) > 0; }
  [[nodiscard]] bool unknown_origin() const {
    return std::any_of(reports.begin(), reports.end(), [](const KcsanReport& r) { return !r.finder; });
  }
};

KcsanProfile profile_of(const std::string& name) { return std::get<KcsanProfile>(parse_kcsan_profile(name, kcsan_profile_text(name))); }
KcsanProfile with_gcc(const std::string& name) {
  KcsanProfile profile = profile_of(name);
  profile.has_compound = false;
  return profile;
}

Answer ask(const KcsanProfile& profile, Step first, Step second, Step prepare = {}) {
  one = std::move(first);
  other = std::move(second);
  setup = std::move(prepare);
  const auto all = kernel::registered_tests();
  const auto test = std::find_if(all.begin(), all.end(), [](const auto* r) { return r->name == "kcsan_table"; });
  kernel::CppTest program(**test);
  REQUIRE(!program.setup_failure());
  while (true) {
    KcsanOracle oracle(program, {"one", "other"});
    const KcsanRun run = oracle.run(profile, {});
    if (!program.outgrown()) {
      REQUIRE(run.complete());
      return {run.reports()};
    }
    program.grow();
  }
}

Answer ask(const std::string& profile, Step first, Step second, Step prepare = {}) {
  return ask(profile_of(profile), std::move(first), std::move(second), std::move(prepare));
}

const Step plain_read = [](Shared& s) { (void)value<int>(s.x); };
const Step plain_write = [](Shared& s) { s.x = 1; };
const Step same_write = [](Shared& s) { s.x = 0; };
const Step compound = [](Shared& s) { s.x += 1; };
const Step marked_read = [](Shared& s) { (void)READ_ONCE(s.x); };
const Step marked_write = [](Shared& s) { WRITE_ONCE(s.x, 2); };
const Step same_marked_write = [](Shared& s) { WRITE_ONCE(s.x, 0); };
const Step marked_rmw = [](Shared& s) { (void)xchg(&s.x, 3); };

TEST_CASE("observability: a plain read and a write") {
  for (const Step& write : {plain_write, marked_write, compound, marked_rmw}) {
    CHECK(ask("strict", plain_read, write).reported());
    CHECK(ask("default", plain_read, write).reported());
  }
  for (const Step& write : {same_write, same_marked_write}) {
    CHECK(ask("strict", plain_read, write).reported());
    CHECK(!ask("default", plain_read, write).reported());
  }
  CHECK(!ask("strict", plain_read, plain_read).reported());
  CHECK(!ask("strict", plain_read, marked_read).reported());
}

TEST_CASE("observability: a plain write of a word counts as atomic by default") {
  CHECK(ask("strict", plain_write, marked_read).reported());
  CHECK(!ask("default", plain_write, marked_read).reported());
  // The reader's watchpoint, not the writer's.
  CHECK(ask("default", plain_write, plain_read).count(0) == 0);
  CHECK(ask("default", plain_write, plain_read).count(1) == 1);
  for (const Step& write : {same_write, marked_write}) {
    CHECK(ask("strict", plain_write, write).reported());
    CHECK(!ask("default", plain_write, write).reported());
  }
}

TEST_CASE("observability: compound, wide and unaligned writes do not count as atomic") {
  const Step wide = [](Shared& s) { set_bytes(s.x, 16); };
  const Step unaligned = [](Shared& s) { set_unaligned(s.x); };
  CHECK(ask("strict", compound, marked_read).reported());
  CHECK(!ask("default", compound, marked_read).reported());  // the value does not change while the other only reads
  CHECK(ask("default", compound, marked_write).count(0) == 1);
  CHECK(!ask("default", compound, same_marked_write).reported());
  CHECK(ask("default", plain_write, plain_read, wide).count(0) == 1);  // the value of so many bytes is not compared
  CHECK(!ask("default", plain_write, marked_rmw).reported());
  CHECK(ask("default", plain_write, marked_rmw, unaligned).count(0) == 1);
  CHECK(ask("default", plain_write, same_write, wide).count(0) == 1);
  // An unaligned write is watched, but a reader changes no value; and READ_ONCE() is plain there, so the reader watches, too.
  CHECK(ask("default", plain_write, marked_read, unaligned).count(0) == 0);
  CHECK(ask("default", plain_write, marked_read, unaligned).count(1) == 1);
  for (const Step& prepare : {wide, unaligned}) {
    CHECK(ask("strict", plain_write, marked_read, prepare).reported());
    CHECK(ask("strict", plain_write, marked_write, prepare).reported());
  }
  CHECK(ask("strict", compound, marked_write).count(0) == 1);
  CHECK(ask("strict", compound, same_marked_write).count(0) == 1);
}

TEST_CASE("observability: an access that is wide or unaligned is plain, even if it is volatile") {
  const Step wide = [](Shared& s) { set_bytes(s.x, 16); };
  CHECK(!ask("strict", marked_read, marked_write).reported());
  CHECK(!ask("default", marked_read, marked_write).reported());
  CHECK(ask("strict", marked_read, marked_write, wide).reported());
  CHECK(!ask("strict", marked_rmw, marked_read).reported());
}

TEST_CASE("observability: assertions see marked accesses") {
  const Step writer = [](Shared& s) { ASSERT_EXCLUSIVE_WRITER(s.x); };
  const Step access = [](Shared& s) { ASSERT_EXCLUSIVE_ACCESS(s.x); };
  for (const std::string profile : {"strict", "default", "permissive"}) {
    CHECK(ask(profile, writer, marked_write).reported());
    CHECK(ask(profile, writer, same_marked_write).reported());
    CHECK(ask(profile, writer, plain_write).reported());
    CHECK(!ask(profile, writer, marked_read).reported());
    CHECK(!ask(profile, writer, plain_read).reported());
    for (const Step& other : {plain_read, plain_write, marked_read, marked_write}) CHECK(ask(profile, access, other).reported());
  }
}

TEST_CASE("observability: regions that are declared atomic") {
  const Step nestable = [](Shared& s) {
    kcsan_nestable_atomic_begin();
    s.x = 1;
    kcsan_nestable_atomic_end();
  };
  const Step flat = [](Shared& s) {
    kcsan_flat_atomic_begin();
    (void)value<int>(s.x);
    kcsan_flat_atomic_end();
  };
  const Step next = [](Shared& s) {
    kcsan_atomic_next(1);
    (void)value<int>(s.x);
  };
  for (const std::string profile : {"strict", "default"}) {
    CHECK(!ask(profile, nestable, marked_read).reported());
    CHECK(!ask(profile, nestable, flat).reported());
    CHECK(!ask(profile, nestable, next).reported());
    CHECK(!ask(profile, flat, marked_write).reported());
    CHECK(!ask(profile, next, marked_write).reported());
  }
  CHECK(ask("strict", nestable, plain_read).count(0) == 0);
  CHECK(ask("strict", nestable, plain_read).count(1) == 1);
  CHECK(ask("default", nestable, plain_read).count(1) == 1);
  for (const Step& read : {flat, next}) {
    CHECK(ask("strict", read, plain_write).count(0) == 0);
    CHECK(ask("strict", read, plain_write).count(1) == 1);
    CHECK(!ask("default", read, plain_write).reported());  // a plain write is never reported against a marked read
  }
}

// --- permissive ---------------------------------------------------------------------------------------------------------

TEST_CASE("permissive: a change of one bit is harmless, unless it is between 0 and 1") {
  const auto from_to = [](int from, int to, const Step& reader) {
    return ask(
        "permissive", reader, [to](Shared& s) { WRITE_ONCE(s.x, to); }, [from](Shared& s) { s.x = from; });
  };
  CHECK(!from_to(0, 4, plain_read).reported());
  CHECK(!from_to(4, 0, plain_read).reported());
  CHECK(!from_to(2, 3, plain_read).reported());
  CHECK(from_to(0, 6, plain_read).reported());
  CHECK(from_to(0, 1, plain_read).reported());
  CHECK(from_to(1, 0, plain_read).reported());
  CHECK(from_to(1, 2, plain_read).reported());
  // The rule is about plain reads.
  CHECK(from_to(0, 4, compound).reported());
  CHECK(from_to(0, 4, [](Shared& s) { ASSERT_EXCLUSIVE_WRITER(s.x); }).reported());
}

TEST_CASE("permissive: with an access mask, the bits that change are those of the mask, the values are not cut") {
  const auto from_to = [](int from, int to, unsigned long mask) {
    return ask(
               "permissive",
               [mask](Shared& s) {
                 kcsan_set_access_mask(mask);
                 (void)value<int>(s.x);
                 kcsan_set_access_mask(0);
               },
               [to](Shared& s) { WRITE_ONCE(s.x, to); }, [from](Shared& s) { s.x = from; })
        .reported();
  };
  CHECK(from_to(0, 1, 1));
  CHECK(from_to(1, 0, 1));
  CHECK(!from_to(1, 2, 1));  // bit 0 goes, and neither value is 0
  CHECK(!from_to(2, 1, 1));
  CHECK(from_to(0, 3, 1));  // bit 0 comes to a value that was 0
  CHECK(from_to(3, 0, 1));
  CHECK(!from_to(0, 6, 2));  // one bit of the mask, and not bit 0
  CHECK(from_to(0, 6, 6));
  CHECK(!from_to(0, 6, 1));  // none of the mask
}

TEST_CASE("permissive: addresses are made up, so a pointer may change in more than one bit") {
  const Step prepare = [](Shared& s) { s.cell = &s.cells[0]; };
  const Step reader = [](Shared& s) { (void)value<shared<int>*>(s.cell); };
  const Step writer = [](Shared& s) { WRITE_ONCE(s.cell, &s.cells[1]); };
  const Shared* const none = nullptr;
  static_assert(sizeof(none->cells[0]) == 8);  // these two do differ in one bit
  CHECK(ask("permissive", reader, writer, prepare).reported());
}

TEST_CASE("permissive: current->flags is not looked at") {
  const Step flags = [](Shared& s) {
    set_task_flags(s.x);
    (void)value<int>(s.x);
  };
  const Step others_flags = [](Shared& s) { WRITE_ONCE(s.x, 6); };
  CHECK(ask("default", flags, others_flags).reported());
  CHECK(!ask("permissive", flags, others_flags).reported());
}

void my_inlined_update(Shared& s) { WRITE_ONCE(s.x, 0); }
void my_inlined_rcu_update(Shared& s) { WRITE_ONCE(s.x, 0); }
void my_rcu_update_by_inlined(Shared& s) {
  KERNEL_FUNCTION;
  my_inlined_update(s);
}
void my_rcu_update(Shared& s) {
  KERNEL_FUNCTION;
  WRITE_ONCE(s.x, 0);
}
void my_update(Shared& s) {
  KERNEL_FUNCTION;
  WRITE_ONCE(s.x, 0);
}
void my_rcu_read(Shared& s) {
  KERNEL_FUNCTION;
  (void)READ_ONCE(s.x);
}
void my_rcu_update_of_one_bit(Shared& s) {
  KERNEL_FUNCTION;
  WRITE_ONCE(s.x, 4);
}
TEST_CASE("what the functions of RCU do is reported without a change of value") {
  CHECK(ask("default", compound, my_rcu_read).count(0) == 1);
  CHECK(ask("permissive", plain_read, my_rcu_update_of_one_bit).reported());
  CHECK(!ask("default", plain_read, my_update).reported());
  CHECK(ask("default", plain_read, my_rcu_update).reported());
  // The function that counts is that of the access which runs into the watchpoint.
  CHECK(!ask(
             "default",
             [](Shared& s) {
               KERNEL_FUNCTION;
               (void)value<int>(s.x);
             },
             my_update)
             .reported());
  // An inlined function is part of the one that calls it.
  CHECK(!ask("default", plain_read, my_inlined_rcu_update).reported());
  CHECK(ask("default", plain_read, my_rcu_update_by_inlined).reported());
}

// --- barriers -----------------------------------------------------------------------------------------------------------

// Whether the access is delayed beyond the operation and a store that tells of it.
// `undo` gives back what the operation has taken, after one more access, where the delayed one is looked at again.
bool is_delayed(const Step& access, const Step& conflicting, const Step& operation, const Step& undo = {}) {
  const Step writer = [=](Shared& s) {
    access(s);
    operation(s);
    WRITE_ONCE(s.flag, 1);
    if (!undo) return;
    (void)READ_ONCE(s.done);
    undo(s);
  };
  const Step reader = [=](Shared& s) {
    IF (smp_load_acquire(&s.flag) == 1) conflicting(s);
  };
  return ask("strict", writer, reader).reported();
}

struct Operation {
  const char* name;
  bool read, write, compound;  // whether it ends the delay
  Step step;
  Step undo{};
};

// The kernel's own test (kernel/kcsan/kcsan_test.c) also has mb(), rmb(), wmb(), dma_rmb(), dma_wmb(), arch_spin_unlock(),
// xor_unlock_is_negative_byte() and the compiler's __atomic builtins and fences, which have no counterpart here.
const Operation operations[] = {
    {"none", false, false, false, [](Shared&) {}},
    {"barrier", false, false, false, [](Shared&) { barrier(); }},
    {"smp_mb", true, true, true, [](Shared&) { smp_mb(); }},
    {"smp_mb__before_atomic", true, true, true, [](Shared&) { smp_mb__before_atomic(); }},
    {"smp_mb__after_atomic", true, true, true, [](Shared&) { smp_mb__after_atomic(); }},
    {"smp_mb__after_spinlock", true, true, true,
     [](Shared& s) {
       spin_lock(&s.lock);
       smp_mb__after_spinlock();
       spin_unlock(&s.lock);
     }},
    {"smp_store_mb", true, true, true, [](Shared& s) { smp_store_mb(s.done, 1); }},
    {"smp_rmb", true, false, true, [](Shared&) { smp_rmb(); }},
    {"smp_wmb", false, true, true, [](Shared&) { smp_wmb(); }},
    {"smp_store_release", true, true, true, [](Shared& s) { smp_store_release(&s.done, 1); }},
    {"atomic_set_release", true, true, true, [](Shared& s) { atomic_set_release(&s.counter, 1); }},
    {"atomic_add_return_release", true, true, true, [](Shared& s) { (void)atomic_add_return_release(1, &s.counter); }},
    {"atomic_add_return", true, true, true, [](Shared& s) { (void)atomic_add_return(1, &s.counter); }},
    {"xchg", true, true, true, [](Shared& s) { (void)xchg(&s.done, 1); }},
    {"cmpxchg", true, true, true, [](Shared& s) { (void)cmpxchg(&s.done, 0, 1); }},
    {"cmpxchg that fails", true, true, true, [](Shared& s) { (void)cmpxchg(&s.done, 5, 1); }},
    {"xchg_release", true, true, true, [](Shared& s) { (void)xchg_release(&s.done, 1); }},
    {"refcount_dec_and_test", true, true, true,
     [](Shared& s) {
       (void)kernel::thread_for("test", kernel::Site::current())
           .release_rmw_acquire_if(
               s.done.address(), [](const Value& v) { return v; }, [](const Value& v) { return v; }, {});
     }},
    {"spin_lock and spin_unlock", true, true, true,
     [](Shared& s) {
       spin_lock(&s.lock);
       spin_unlock(&s.lock);
     }},
    {"mutex_lock and mutex_unlock", true, true, true,
     [](Shared& s) {
       mutex_lock(&s.m);
       mutex_unlock(&s.m);
     }},
    {"rwlock_t: write_lock and write_unlock", true, true, true,
     [](Shared& s) {
       write_lock(&s.rw);
       write_unlock(&s.rw);
     }},
    {"rwlock_t: read_lock and read_unlock", true, true, true,
     [](Shared& s) {
       read_lock(&s.rw);
       read_unlock(&s.rw);
     }},
    {"down_write and up_write", true, true, true,
     [](Shared& s) {
       down_write(&s.sem);
       up_write(&s.sem);
     }},
    {"test_and_set_bit", true, true, true, [](Shared& s) { (void)test_and_set_bit(0, &s.bits); }},
    {"test_and_clear_bit", true, true, true, [](Shared& s) { (void)test_and_clear_bit(0, &s.bits); }},
    {"test_and_change_bit", true, true, true, [](Shared& s) { (void)test_and_change_bit(0, &s.bits); }},
    {"clear_bit_unlock", true, true, true, [](Shared& s) { clear_bit_unlock(0, &s.bits); }},
    {"__clear_bit_unlock", true, true, true, [](Shared& s) { __clear_bit_unlock(0, &s.bits); }},
    {"bit_spin_lock and bit_spin_unlock", true, true, true,
     [](Shared& s) {
       bit_spin_lock(0, &s.bits);
       bit_spin_unlock(0, &s.bits);
     }},
    {"bit_spin_lock", false, false, false, [](Shared& s) { bit_spin_lock(0, &s.bits); }, [](Shared& s) { bit_spin_unlock(0, &s.bits); }},
    {"test_and_set_bit_lock", false, false, false, [](Shared& s) { (void)test_and_set_bit_lock(0, &s.bits); }},
    {"set_bit", false, false, false, [](Shared& s) { set_bit(0, &s.bits); }},
    {"test_bit", false, false, false, [](Shared& s) { (void)test_bit(0, &s.bits); }},
    {"smp_load_acquire", false, false, false, [](Shared& s) { (void)smp_load_acquire(&s.done); }},
    {"atomic_add_return_acquire", false, false, false, [](Shared& s) { (void)atomic_add_return_acquire(1, &s.counter); }},
    {"atomic_add_return_relaxed", false, false, false, [](Shared& s) { (void)atomic_add_return_relaxed(1, &s.counter); }},
    {"xchg_relaxed", false, false, false, [](Shared& s) { (void)xchg_relaxed(&s.done, 1); }},
    {"atomic_read", false, false, false, [](Shared& s) { (void)atomic_read(&s.counter); }},
    {"atomic_set", false, false, false, [](Shared& s) { atomic_set(&s.counter, 1); }},
    {"atomic_add", false, false, false, [](Shared& s) { atomic_add(1, &s.counter); }},
    {"mutex_lock", false, false, false, [](Shared& s) { mutex_lock(&s.m); }, [](Shared& s) { mutex_unlock(&s.m); }},
    {"READ_ONCE", false, false, false, [](Shared& s) { (void)READ_ONCE(s.done); }},
};

TEST_CASE("barriers: which operations end the delay of which access") {
  for (const Operation& o : operations) {
    CAPTURE(o.name);
    CHECK(is_delayed(plain_read, plain_write, o.step, o.undo) == !o.read);
    CHECK(is_delayed(plain_write, plain_read, o.step, o.undo) == !o.write);
    CHECK(is_delayed(compound, plain_write, o.step, o.undo) == !o.compound);
    // Marked accesses are not delayed, and neither is anything without weak memory.
    CHECK(!is_delayed(marked_write, plain_read, o.step, o.undo));
  }
}

TEST_CASE("barriers: a spin_lock() alone does not end a delay") {
  CHECK(is_delayed(
      plain_write, plain_read, [](Shared& s) { spin_lock(&s.lock); }, [](Shared& s) { spin_unlock(&s.lock); }));
}

void in_a_function(Shared& s) {
  KERNEL_FUNCTION;
  s.x = 1;
}
TEST_CASE("a delay ends with the function of the access, and goes on beyond the functions that it calls") {
  CHECK(!is_delayed(in_a_function, plain_read, [](Shared&) {}));
  CHECK(is_delayed(plain_write, plain_read, [](Shared&) { KERNEL_FUNCTION; }));
}

TEST_CASE("an access that comes too early is never seen: a missing acquire") {
  const Step writer = [](Shared& s) {
    s.x = 1;
    smp_store_release(&s.flag, 1);
  };
  const Step reader = [](Shared& s) {
    IF (READ_ONCE(s.flag) == 1) (void)value<int>(s.x);
  };
  CHECK(!ask("strict", writer, reader).reported());
}

TEST_CASE("a grace period ends the delays of readers") {
  const Step reader = [](Shared& s) {
    rcu_read_lock();
    IF (READ_ONCE(s.flag) == 0) (void)value<int>(s.x);
    rcu_read_unlock();
  };
  const Step updater = [](Shared& s) {
    WRITE_ONCE(s.flag, 1);
    synchronize_rcu();
    s.x = 1;
  };
  CHECK(!ask("strict", reader, updater).reported());
  CHECK(ask("strict", reader, [](Shared& s) {
          WRITE_ONCE(s.flag, 1);
          s.x = 1;
        }).reported());
}

TEST_CASE("no grace period that begins while a thread stalls ends before the thread goes on") {
  const Step adds = [](Shared& s) { s.x += 2; };
  const auto found_by_a_read = [&](const Step& reader) {
    const Answer answer = ask("default", adds, reader);
    return std::any_of(answer.reports.begin(), answer.reports.end(),
                       [](const KcsanReport& r) { return r.finder && (r.finder->type & kcsan::kWriteBit) == 0; });
  };
  // The read is of a value that changes only later: during the stall, or not.
  CHECK(found_by_a_read([](Shared& s) {
    (void)READ_ONCE(s.x);
    WRITE_ONCE(s.x, 5);
  }));
  CHECK_FALSE(found_by_a_read([](Shared& s) {
    (void)READ_ONCE(s.x);
    synchronize_rcu();
    WRITE_ONCE(s.x, 5);
  }));
}

// --- annotations --------------------------------------------------------------------------------------------------------

TEST_CASE("data_race() hides an access from both sides, but not its effect on the value") {
  const Step racy_read = [](Shared& s) { (void)data_race(s.x); };
  const Step racy_write = [](Shared& s) {
    kcsan_disable_current();
    s.x = 1;
    kcsan_enable_current();
  };
  const Step attribute = [](Shared& s) {
    NO_KCSAN;
    s.x = 1;
  };
  CHECK(!ask("strict", racy_read, marked_write).reported());
  CHECK(!ask("strict", racy_read, marked_write).unknown_origin());
  for (const Step& hidden : {racy_write, attribute}) {
    CHECK(!ask("strict", plain_read, hidden).reported());
    CHECK(ask("strict", plain_read, hidden).unknown_origin());
    CHECK(ask(
              "default", [](Shared& s) { ASSERT_EXCLUSIVE_WRITER(s.x); }, hidden)
              .unknown_origin());
  }
}

TEST_CASE("data_race() is about every access of its expression") {
  const Step steps[] = {
      [](Shared& s) { data_race(s.x = 1); },
      [](Shared& s) { data_race(s.x += 1); },
      [](Shared& s) { data_race(s.x <<= 1); },
      [](Shared& s) { (void)data_race(s.x++); },
      [](Shared& s) { (void)data_race(--s.x); },
      [](Shared& s) { (void)data_race(!s.x); },
      [](Shared& s) { (void)data_race(s.x + s.x); },
      [](Shared& s) { data_race(s.done = s.x); },
      [](Shared& s) { (void)data_race(READ_ONCE(s.x) + data_race(s.x) + s.x); },
      [](Shared& s) {
        IF (data_race(s.x == 1)) s.done = 1;
      },
  };
  for (const Step& step : steps) {
    for (const std::string profile : {"strict", "default", "permissive", "syzbot"}) {
      CHECK(!ask(profile, step, marked_write).reported());
      CHECK(!ask(profile, step, plain_read).reported());
      CHECK(!ask(with_gcc(profile), step, compound).reported());
    }
  }
  // It ends with the expression.
  const Step behind = [](Shared& s) {
    (void)data_race(s.done);
    s.x = 1;
  };
  CHECK(ask("strict", behind, marked_read).reported());
}

TEST_CASE("a variable that is __data_racy is taken for marked") {
  const Step racy = [](Shared& s) { set_data_racy(s.x); };
  CHECK(!ask("strict", plain_read, plain_write, racy).reported());
  CHECK(!ask("strict", compound, plain_write, racy).reported());
  CHECK(ask(
            "strict", [](Shared& s) { ASSERT_EXCLUSIVE_ACCESS(s.x); }, plain_read, racy)
            .reported());
}

// --- what there is to check of an operation -------------------------------------------------------------------------------

// The types of the accesses of `x` or `bits` by which KCSAN finds out about it.
using Types = std::multiset<kcsan::AccessType>;
Types checks_of(const KcsanProfile& profile, const Step& step, const Step& prepare = {}) {
  Types types;
  for (const Step& asserts :
       {Step([](Shared& s) { ASSERT_EXCLUSIVE_ACCESS(s.x); }), Step([](Shared& s) { ASSERT_EXCLUSIVE_ACCESS(s.bits); })}) {
    for (const KcsanReport& r : ask(profile, asserts, step, prepare).reports) {
      if (r.finder) types.insert(r.finder->type);
    }
  }
  return types;
}
constexpr kcsan::AccessType kRead = 0, kWrite = kcsan::kWriteBit, kMarked = kcsan::kAtomicBit;
constexpr kcsan::AccessType kMarkedWrite = kWrite | kMarked, kReadWrite = kWrite | kcsan::kCompoundBit,
                            kMarkedReadWrite = kReadWrite | kMarked;

TEST_CASE("bit operations are checked as include/asm-generic/bitops/instrumented-*.h says") {
  struct Row {
    const char* name;
    Step step;
    Types strict, usual;  // where plain writes count as atomic, a non-atomic test-and-set is a read and a write
  };
  const Row rows[] = {
      {"set_bit", [](Shared& s) { set_bit(1, &s.bits); }, {kMarkedWrite}, {kMarkedWrite}},
      {"clear_bit", [](Shared& s) { clear_bit(1, &s.bits); }, {kMarkedWrite}, {kMarkedWrite}},
      {"change_bit", [](Shared& s) { change_bit(1, &s.bits); }, {kMarkedWrite}, {kMarkedWrite}},
      {"clear_bit_unlock", [](Shared& s) { clear_bit_unlock(1, &s.bits); }, {kMarkedWrite}, {kMarkedWrite}},
      {"__set_bit", [](Shared& s) { __set_bit(1, &s.bits); }, {kWrite}, {kWrite}},
      {"__clear_bit", [](Shared& s) { __clear_bit(1, &s.bits); }, {kWrite}, {kWrite}},
      {"__change_bit", [](Shared& s) { __change_bit(1, &s.bits); }, {kWrite}, {kWrite}},
      {"__clear_bit_unlock", [](Shared& s) { __clear_bit_unlock(1, &s.bits); }, {kWrite}, {kWrite}},
      {"test_and_set_bit", [](Shared& s) { (void)test_and_set_bit(1, &s.bits); }, {kMarkedReadWrite}, {kMarkedReadWrite}},
      {"test_and_clear_bit", [](Shared& s) { (void)test_and_clear_bit(1, &s.bits); }, {kMarkedReadWrite}, {kMarkedReadWrite}},
      {"test_and_change_bit", [](Shared& s) { (void)test_and_change_bit(1, &s.bits); }, {kMarkedReadWrite}, {kMarkedReadWrite}},
      {"test_and_set_bit_lock", [](Shared& s) { (void)test_and_set_bit_lock(1, &s.bits); }, {kMarkedReadWrite}, {kMarkedReadWrite}},
      {"__test_and_set_bit", [](Shared& s) { (void)__test_and_set_bit(1, &s.bits); }, {kReadWrite}, {kRead, kWrite}},
      {"__test_and_clear_bit", [](Shared& s) { (void)__test_and_clear_bit(1, &s.bits); }, {kReadWrite}, {kRead, kWrite}},
      {"__test_and_change_bit", [](Shared& s) { (void)__test_and_change_bit(1, &s.bits); }, {kReadWrite}, {kRead, kWrite}},
      {"test_bit", [](Shared& s) { (void)test_bit(1, &s.bits); }, {kMarked}, {kMarked}},
      {"test_bit_acquire", [](Shared& s) { (void)test_bit_acquire(1, &s.bits); }, {kMarked}, {kMarked}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(checks_of(profile_of("strict"), row.step) == row.strict);
    CHECK(checks_of(profile_of("default"), row.step) == row.usual);
    CHECK(checks_of(with_gcc("strict"), row.step) == row.strict);
  }
}

TEST_CASE("a bit operation with two underscores is reported as a plain write is") {
  const Step once = [](Shared& s) { WRITE_ONCE(s.bits, 4UL); };
  const Step looks = [](Shared& s) { (void)READ_ONCE(s.bits); };
  const Step reader = [](Shared& s) { (void)value<unsigned long>(s.bits); };
  const Step tests = [](Shared& s) { (void)__test_and_set_bit(1, &s.bits); };
  for (const Step& step : {Step([](Shared& s) { __set_bit(1, &s.bits); }), Step([](Shared& s) { __clear_bit_unlock(1, &s.bits); })}) {
    CHECK(ask("strict", step, once).reported());
    CHECK(!ask("default", step, once).reported());
    CHECK(!ask("default", step, [](Shared& s) { set_bit(2, &s.bits); }).reported());
    CHECK(!ask("default", step, looks).reported());
  }
  CHECK(ask("default", reader, [](Shared& s) { __set_bit(1, &s.bits); }).reported());
  CHECK(!ask("permissive", reader, [](Shared& s) { __set_bit(1, &s.bits); }).reported());
  // If it returns what the bit was, its read is watched.
  CHECK(ask("default", tests, once).count(0) == 1);
  CHECK(!ask("default", tests, looks).reported());
}

TEST_CASE("compound assignments are one access for clang, and a read and a write for gcc") {
  const Step steps[] = {
      [](Shared& s) { s.x++; },    [](Shared& s) { ++s.x; },     [](Shared& s) { s.x--; },     [](Shared& s) { --s.x; },
      [](Shared& s) { s.x += 1; }, [](Shared& s) { s.x -= 1; },  [](Shared& s) { s.x *= 2; },  [](Shared& s) { s.x /= 2; },
      [](Shared& s) { s.x %= 2; }, [](Shared& s) { s.x <<= 1; }, [](Shared& s) { s.x >>= 1; }, [](Shared& s) { s.x &= 1; },
      [](Shared& s) { s.x |= 1; }, [](Shared& s) { s.x ^= 1; },
  };
  const Step racy = [](Shared& s) { set_data_racy(s.x); };
  const Step unaligned = [](Shared& s) { set_unaligned(s.x); };
  for (const Step& step : steps) {
    for (const std::string profile : {"strict", "default"}) {
      CHECK(checks_of(profile_of(profile), step) == Types{kReadWrite});
      CHECK(checks_of(with_gcc(profile), step) == Types{kRead, kWrite});
      // A volatile variable is never accessed by one instruction.
      CHECK(checks_of(profile_of(profile), step, racy) == Types{kMarked, kMarkedWrite});
      CHECK(checks_of(profile_of(profile), step, unaligned) == Types{kReadWrite});
    }
  }
  // For gcc the write counts as atomic by default; the read is watched all the same.
  CHECK(ask("default", compound, marked_write).count(0) == 1);
  CHECK(ask(with_gcc("default"), compound, marked_write).count(0) == 1);
  CHECK(!ask("default", compound, marked_read).reported());
  CHECK(ask("strict", compound, marked_read).reports.front().watcher.type == kReadWrite);
  CHECK(ask(with_gcc("strict"), compound, marked_read).reports.front().watcher.type == kWrite);
}

TEST_CASE("the value of an assignment is what it stored, and no access") {
  CHECK(checks_of(profile_of("strict"), [](Shared& s) { s.done = s.x = 1; }) == Types{kWrite});
  CHECK(checks_of(profile_of("strict"), [](Shared& s) { s.done = s.x++; }) == Types{kReadWrite});
  CHECK(checks_of(profile_of("strict"), [](Shared& s) {
          IF (s.x += 1) s.done = 1;
        }) == Types{kReadWrite});
}

// --- unknown origin -------------------------------------------------------------------------------------------------------

TEST_CASE("a change that nobody can be caught at is reported beside others") {
  const Step silent = [](Shared& s) {
    NO_KCSAN;
    s.x = 2;
  };
  const Step loud_then_silent = [](Shared& s) {
    s.x = 1;
    NO_KCSAN;
    s.x = 2;
  };
  const auto known_and_unknown = [](const Answer& answer) { return std::pair(answer.count(0), answer.unknown_origin()); };
  CHECK(known_and_unknown(ask("default", plain_read, silent)) == std::pair(0, true));
  CHECK(known_and_unknown(ask("default", plain_read, loud_then_silent)) == std::pair(1, true));
  CHECK(known_and_unknown(ask("strict", plain_read, loud_then_silent)) == std::pair(1, true));
  // That a write can also come between its check and the end of a stall is not worth a report of its own.
  CHECK(known_and_unknown(ask("default", plain_read, plain_write)) == std::pair(1, false));
  CHECK(known_and_unknown(ask("strict", plain_read, plain_write)) == std::pair(1, false));
  // The same value is no change.
  CHECK(known_and_unknown(ask("default", plain_read, [](Shared& s) {
          s.x = 1;
          NO_KCSAN;
          s.x = 1;
        })) == std::pair(1, false));
  KcsanProfile ignores = profile_of("default");
  ignores.ignore_atomics = true;
  const Step both = [](Shared& s) {
    s.x = 1;
    WRITE_ONCE(s.x, 2);
  };
  CHECK(known_and_unknown(ask(ignores, plain_read, both)) == std::pair(1, true));
  CHECK(known_and_unknown(ask("syzbot", plain_read, both)) == std::pair(1, false));
  CHECK(known_and_unknown(ask("syzbot", plain_read, marked_write)) == std::pair(0, false));
  // Nor is one found who looks at some bits only, or has the flags of its task there.
  CHECK(known_and_unknown(ask("default", plain_read, [](Shared& s) {
          kcsan_set_access_mask(1);
          s.x = 2;
          kcsan_set_access_mask(0);
        })) == std::pair(0, true));
  CHECK(known_and_unknown(ask("permissive", plain_read, [](Shared& s) {
          set_task_flags(s.x);
          s.x = 6;
        })) == std::pair(0, true));
}

Step third;
LITMUS(kcsan_three) {
  auto& s = make<Shared>();
  thread("one", [&] { one(s); });
  thread("other", [&] { other(s); });
  thread("third", [&] { third(s); });
}
TEST_CASE("of three threads, the one that is silent is told of beside the one that is not") {
  one = plain_read;
  other = plain_write;
  third = [](Shared& s) {
    kcsan_disable_current();
    s.x = 2;
    kcsan_enable_current();
  };
  const auto all = kernel::registered_tests();
  const auto test = std::find_if(all.begin(), all.end(), [](const auto* r) { return r->name == "kcsan_three"; });
  using Pairs = std::vector<std::pair<int, int>>;  // watcher and finder, -1 if there is none
  const auto reports = [&](const std::string& profile) {
    kernel::CppTest program(**test);
    KcsanOracle oracle(program, {"one", "other", "third"});
    Pairs found;
    const KcsanRun run = oracle.run(profile_of(profile), {});
    for (const KcsanReport& r : run.reports()) found.emplace_back(r.watcher.thread, r.finder ? r.finder->thread : -1);
    std::sort(found.begin(), found.end());
    return found;
  };
  CHECK(reports("default") == Pairs{{0, -1}, {0, 1}});
  // Where a plain write is watched, too, it sees the same.
  CHECK(reports("strict") == Pairs{{0, -1}, {0, 1}, {1, -1}});
  CHECK(reports("syzbot") == Pairs{{0, 1}});
  other = plain_read;
  CHECK(reports("default") == Pairs{{0, -1}, {1, -1}});
  other = third;
  CHECK(reports("default") == Pairs{{0, -1}});
}

TEST_CASE("a ghost is not there, for KCSAN") {
  const Step ghost = [](Shared& s) { set_ghost(s.x); };
  const Step access = [](Shared& s) { ASSERT_EXCLUSIVE_ACCESS(s.x); };
  CHECK(!ask("strict", plain_read, plain_write, ghost).reported());
  CHECK(!ask("strict", plain_read, plain_write, ghost).unknown_origin());
  CHECK(!ask("strict", access, marked_read, ghost).reported());
  // Nor is a delayed access looked at once more where the ghost is accessed.
  const Step writer = [](Shared& s) {
    s.done = 1;
    WRITE_ONCE(s.flag, 1);
    (void)READ_ONCE(s.x);
    smp_mb();
  };
  const Step reader = [](Shared& s) {
    IF (READ_ONCE(s.flag)) (void)value<int>(s.done);
  };
  CHECK(ask("strict", writer, reader).reported());
  CHECK(!ask("strict", writer, reader, ghost).reported());
}

TEST_CASE("ASSERT_EXCLUSIVE_BITS is about its bits, and makes the next access atomic") {
  const Step bits = [](Shared& s) {
    ASSERT_EXCLUSIVE_BITS(s.x, 6);
    (void)value<int>(s.x);
  };
  CHECK(ask("default", bits, [](Shared& s) { WRITE_ONCE(s.x, 2); }).reported());
  CHECK(!ask("default", bits, [](Shared& s) { WRITE_ONCE(s.x, 1); }).reported());
  CHECK(!ask("strict", bits, [](Shared& s) { WRITE_ONCE(s.x, 1); }).reported());
}

TEST_CASE("scoped assertions hold up to the end of their scope") {
  const auto hand_over = [](bool inside) {
    return [inside](Shared& s) {
      {
        ASSERT_EXCLUSIVE_WRITER_SCOPED(s.x);
        (void)READ_ONCE(s.done);
        if (inside) smp_store_release(&s.flag, 1);
        (void)READ_ONCE(s.done);
      }
      if (!inside) smp_store_release(&s.flag, 1);
    };
  };
  const Step intruder = [](Shared& s) {
    IF (smp_load_acquire(&s.flag) == 1) WRITE_ONCE(s.x, 1);
  };
  CHECK(ask("default", hand_over(true), intruder).reported());
  CHECK(!ask("default", hand_over(false), intruder).reported());
}

TEST_CASE("the readers and writers of a sequence counter do not race with each other") {
  static seqcount_t* count = nullptr;
  const Step prepare = [](Shared&) { count = &make<seqcount_t>(); };
  const Step writer = [](Shared& s) {
    write_seqcount_begin(count);
    s.x = 1;
    write_seqcount_end(count);
  };
  const Step reader = [](Shared& s) {
    const value<unsigned> start = raw_read_seqcount(count);
    (void)value<int>(s.x);
    (void)read_seqcount_retry(count, start);
  };
  CHECK(!ask("strict", writer, reader, prepare).reported());
  CHECK(ask("strict", writer, plain_read, prepare).reported());
}

// --- verdicts -----------------------------------------------------------------------------------------------------------

TEST_CASE("a program without plain accesses and assertions needs no exploration") {
  one = marked_write;
  other = marked_read;
  setup = {};
  const auto all = kernel::registered_tests();
  const auto test = std::find_if(all.begin(), all.end(), [](const auto* r) { return r->name == "kcsan_table"; });
  kernel::CppTest program(**test);
  KcsanOracle oracle(program, {"one", "other"});
  const auto parsed = parse_kcsan_profile("strict", kcsan_profile_text("strict"));
  const KcsanRun run = oracle.run(std::get<KcsanProfile>(parsed), {});
  CHECK(run.complete());
  CHECK(run.states() == 0);
}

TEST_CASE("a configuration that needs no exploration knows why, also beside one that does") {
  one = plain_write;
  other = marked_read;
  setup = {};
  const auto all = kernel::registered_tests();
  const auto test = std::find_if(all.begin(), all.end(), [](const auto* r) { return r->name == "kcsan_table"; });
  kernel::CppTest program(**test);
  KcsanOracle oracle(program, {"one", "other"});
  const auto run = [&](const std::string& name) {
    return oracle.run(std::get<KcsanProfile>(parse_kcsan_profile(name, kcsan_profile_text(name))), {});
  };
  const KcsanRun usual = run("default");
  const KcsanRun strict = run("strict");
  CHECK(usual.states() == 0);
  REQUIRE(strict.reports().size() == 1);
  const KcsanReport& r = strict.reports().front();
  const RacingPair pair{{r.watcher.thread, r.watcher.pos}, {r.finder->thread, r.finder->pos}, r.watcher.location};
  CHECK(strict.verdict(pair).answer == KcsanVerdict::Answer::kReported);
  CHECK(usual.verdict(pair).answer == KcsanVerdict::Answer::kNotReported);
  CHECK(usual.verdict(pair).reason == "the plain write counts as atomic (KCSAN_ASSUME_PLAIN_WRITES_ATOMIC), and the read is marked");
}

TEST_CASE("what is not explored is not known") {
  one = plain_read;
  other = marked_write;
  setup = {};
  const auto all = kernel::registered_tests();
  const auto test = std::find_if(all.begin(), all.end(), [](const auto* r) { return r->name == "kcsan_table"; });
  kernel::CppTest program(**test);
  KcsanOracle oracle(program, {"one", "other"});
  const KcsanRun whole = oracle.run(profile_of("strict"), {});
  REQUIRE(whole.reports().size() == 1);
  const KcsanReport& r = whole.reports().front();
  const RacingPair pair{{r.watcher.thread, r.watcher.pos}, {r.finder->thread, r.finder->pos}, r.watcher.location};
  const KcsanRun part = oracle.run(profile_of("default"), {.max_states = 0, .deadline = {}});
  CHECK(!part.complete());
  CHECK(part.verdict(pair).answer == KcsanVerdict::Answer::kUnknown);
  CHECK(part.verdict(pair).reason == "the exploration of what KCSAN sees did not end");
}

TEST_CASE("a scoped assertion that looks at some bits only in one place is reported of another") {
  const Step asserts = [](Shared& s) {
    ASSERT_EXCLUSIVE_ACCESS_SCOPED(s.x);
    kcsan_set_access_mask(2);
    s.done = 1;
    kcsan_set_access_mask(0);
  };
  const Step reads = [](Shared& s) { (void)READ_ONCE(s.x); };
  CHECK(ask("strict", asserts, reads).count(0) == 1);
}

TEST_CASE("a path is looked at that a thread takes for one bare number only") {
  const Step waits = [](Shared& s) {
    if (raw(READ_ONCE(s.flag)) == 7) s.x = 1;
  };
  const Step posts = [](Shared& s) {
    WRITE_ONCE(s.flag, 7);
    s.x = 2;
  };
  CHECK(ask("strict", waits, posts).reported());
}

}  // namespace
}  // namespace lkmc
