// SPDX-License-Identifier: Apache-2.0
// RCU (Documentation/RCU/whatisRCU.rst) and SRCU (include/linux/srcu.h).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

void grace_period(bool waits) {
  shared<int> x;
  shared<int> y;
  thread("reader", [&] {
    rcu_read_lock();
    const value<int> r0 = READ_ONCE(x);
    const value<int> r1 = READ_ONCE(y);
    rcu_read_unlock();
    exists("split", r0 == 1 && r1 == 0);
  });
  thread("updater", [&] {
    WRITE_ONCE(y, 1);
    if (waits) synchronize_rcu();
    WRITE_ONCE(x, 1);
  });
}
LITMUS(rcu_grace_period) { grace_period(true); }
LITMUS(rcu_no_grace_period) { grace_period(false); }
// What a reader of SRCU does, and what the updater waits for.
enum class Srcu { kReadLock, kDownRead, kSleeps, kOtherDomain, kNoGracePeriod };
void srcu_reader_and_updater(Srcu how) {
  auto& s = make<srcu_struct>();
  auto& other = make<srcu_struct>();
  auto& m = make<mutex>();
  shared<int> x;
  shared<int> y;
  thread("reader", [&, how] {
    const value<int> index = how == Srcu::kDownRead ? srcu_down_read(&s) : srcu_read_lock(&s);
    const value<int> r0 = READ_ONCE(x);
    if (how == Srcu::kSleeps) {
      mutex_lock(&m);
      mutex_unlock(&m);
    }
    const value<int> r1 = READ_ONCE(y);
    if (how == Srcu::kDownRead) {
      srcu_up_read(&s, index);
    } else {
      srcu_read_unlock(&s, index);
    }
    exists("before", r0 == 0 && r1 == 0);
    exists("after", r0 == 1 && r1 == 1);
    exists("split", r0 == 1 && r1 == 0);
  });
  thread("updater", [&, how] {
    WRITE_ONCE(y, 1);
    if (how == Srcu::kOtherDomain) {
      synchronize_srcu(&other);
    } else if (how != Srcu::kNoGracePeriod) {
      synchronize_srcu(&s);
    }
    WRITE_ONCE(x, 1);
  });
}
LITMUS(srcu_grace_period) { srcu_reader_and_updater(Srcu::kReadLock); }
LITMUS(srcu_down_grace_period) { srcu_reader_and_updater(Srcu::kDownRead); }
LITMUS(srcu_sleeping_reader) { srcu_reader_and_updater(Srcu::kSleeps); }
LITMUS(srcu_other_domain) { srcu_reader_and_updater(Srcu::kOtherDomain); }
LITMUS(srcu_no_grace_period) { srcu_reader_and_updater(Srcu::kNoGracePeriod); }
// A section that another thread ends is as long as that.
LITMUS(srcu_section_of_two_threads) {
  auto& s = make<srcu_struct>();
  shared<int> x;
  shared<int> y;
  shared<int> index;
  shared<int> passed_on;
  value<int> r0, r1;
  thread("down", [&] {
    WRITE_ONCE(index, srcu_down_read(&s));
    r0 = READ_ONCE(x);
    smp_store_release(&passed_on, 1);
  });
  thread("up", [&] {
    (void)smp_cond_load_acquire(&passed_on, VAL == 1);
    r1 = READ_ONCE(y);
    srcu_up_read(&s, READ_ONCE(index));
  });
  thread("updater", [&] {
    WRITE_ONCE(y, 1);
    synchronize_srcu(&s);
    WRITE_ONCE(x, 1);
  });
  finally([&] {
    exists("split", (r0 == 1) & (r1 == 0));
    exists("after", (r0 == 1) & (r1 == 1));
  });
}
struct node {
  shared<int> x;
};
LITMUS(rcu_publishes) {
  auto& n = make<node>();
  shared<node*> head;
  thread("writer", [&] {
    n.x = 1;
    rcu_assign_pointer(head, &n);
  });
  thread("reader", [&] {
    rcu_read_lock();
    const value<node*> p = rcu_dereference(head);
    IF (p != nullptr) CHECK_INVARIANT(READ_ONCE(p->x) == 1, "initialised");
    rcu_read_unlock();
  });
}
LITMUS(rcu_sleeps) {
  thread("a", [&] {
    rcu_read_lock();
    synchronize_rcu();
    rcu_read_unlock();
  });
}
LITMUS(rcu_never_unlocks) {
  thread("a", [&] { rcu_read_lock(); });
}
LITMUS(rcu_unlocks_twice) {
  thread("a", [&] {
    rcu_read_lock();
    rcu_read_lock();
    rcu_read_unlock();
    rcu_read_unlock();
    rcu_read_unlock();
  });
}

TEST_CASE("a grace period waits for the readers before it (whatisRCU.rst, \"synchronize_rcu()\")") {
  CHECK_FALSE(run("rcu_grace_period").reaches("split"));
  CHECK(run("rcu_no_grace_period").reaches("split"));
}
TEST_CASE(
    "synchronize_srcu() waits for the readers of its srcu_struct, who may sleep, and no others (include/linux/srcu.h; "
    "Documentation/RCU/checklist.rst)") {
  for (const char* test : {"srcu_grace_period", "srcu_down_grace_period", "srcu_sleeping_reader", "srcu_section_of_two_threads"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK_FALSE(o.reaches("split"));
    CHECK(o.reaches("after"));
    CHECK(o.failures.empty());
    CHECK(o.flags.empty());
    CHECK(o.deadlocks == 0);
  }
  CHECK(run("srcu_grace_period").reaches("before"));
  CHECK(run("srcu_other_domain").reaches("split"));
  CHECK(run("srcu_no_grace_period").reaches("split"));
}

// A reader that waits for what comes behind a grace period, which waits for the reader.
enum class Waits { kRcu, kSrcu, kSrcuOfAnother, kBehindSection };
void reader_waits_for_updater(Waits how) {
  auto& s = make<srcu_struct>();
  auto& other = make<srcu_struct>();
  shared<int> flag;
  thread("reader", [&, how] {
    if (how == Waits::kRcu) {
      rcu_read_lock();
      (void)smp_cond_load_relaxed(&flag, VAL == 1);
      rcu_read_unlock();
      return;
    }
    const value<int> index = srcu_read_lock(&s);
    if (how == Waits::kBehindSection) srcu_read_unlock(&s, index);
    (void)smp_cond_load_relaxed(&flag, VAL == 1);
    if (how != Waits::kBehindSection) srcu_read_unlock(&s, index);
  });
  thread("updater", [&, how] {
    if (how == Waits::kRcu) {
      synchronize_rcu();
    } else {
      synchronize_srcu(how == Waits::kSrcuOfAnother ? &other : &s);
    }
    WRITE_ONCE(flag, 1);
  });
}
LITMUS(rcu_reader_waits) { reader_waits_for_updater(Waits::kRcu); }
LITMUS(srcu_reader_waits) { reader_waits_for_updater(Waits::kSrcu); }
LITMUS(srcu_reader_waits_for_another) { reader_waits_for_updater(Waits::kSrcuOfAnother); }
LITMUS(srcu_reader_waits_outside) { reader_waits_for_updater(Waits::kBehindSection); }
LITMUS(srcu_waits_for_itself) {
  auto& s = make<srcu_struct>();
  thread("a", [&] {
    const value<int> index = srcu_read_lock(&s);
    synchronize_srcu(&s);
    srcu_read_unlock(&s, index);
  });
}
LITMUS(srcu_and_mutex) {
  auto& s = make<srcu_struct>();
  auto& m = make<mutex>();
  thread("reader", [&] {
    const value<int> index = srcu_read_lock(&s);
    mutex_lock(&m);
    mutex_unlock(&m);
    srcu_read_unlock(&s, index);
  });
  thread("updater", [&] {
    mutex_lock(&m);
    synchronize_srcu(&s);
    mutex_unlock(&m);
  });
}
TEST_CASE(
    "a grace period that waits for a reader that waits for it is a deadlock (Documentation/RCU/checklist.rst; "
    "include/linux/srcu.h: synchronize_srcu() in a read-side critical section of the same srcu_struct)") {
  const std::set<std::string> both{"reader waits for a value", "updater waits for the end of a grace period"};
  for (const char* test : {"rcu_reader_waits", "srcu_reader_waits"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);  // the reader comes later
    CHECK(o.deadlocks == 1);
    CHECK(o.all_blocked == both);
  }
  for (const char* test : {"srcu_reader_waits_for_another", "srcu_reader_waits_outside"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.deadlocks == 0);
  }
  const Outcome itself = run("srcu_waits_for_itself");
  CHECK(itself.executions == 0);
  CHECK(itself.blocked == std::vector<std::string>{"a waits for the end of a grace period"});
  const Outcome lock = run("srcu_and_mutex");
  CHECK(lock.executions > 0);
  CHECK(lock.all_blocked ==
        std::set<std::string>{"reader waits for a lock held by updater", "updater waits for the end of a grace period"});
}
TEST_CASE("rcu_assign_pointer() and rcu_dereference() publish an object (Documentation/RCU/rcu_dereference.rst)") {
  const Outcome o = run("rcu_publishes");
  CHECK(o.executions == 2);
  CHECK(o.failures.empty());
}
TEST_CASE("mistakes with read-side critical sections are explained (Documentation/RCU/lockdep.rst)") {
  CHECK(run("rcu_sleeps").fails_with("synchronize_rcu() inside an RCU read-side critical section"));
  CHECK(run("rcu_never_unlocks").fails_with("the thread ends inside an RCU read-side critical section"));
  CHECK(run("rcu_unlocks_twice").fails_with("rcu_read_unlock() without rcu_read_lock()"));
}

// A reader that fails where it sees what comes behind the grace period, before it leaves its section.
enum class Section { kRcu, kNested, kSrcu, kSrcuInRcu };
void reader_that_fails(Section in, bool waits) {
  auto& s = make<srcu_struct>();
  auto& x = make<shared<int>>();
  auto& y = make<shared<int>>();
  const bool srcu = in == Section::kSrcu || in == Section::kSrcuInRcu;
  thread("reader", [&, in, srcu] {
    if (in != Section::kSrcu) rcu_read_lock();
    if (in == Section::kNested) rcu_read_lock();
    const value<int> index = srcu ? srcu_read_lock(&s) : value<int>(0);
    IF (READ_ONCE(y) == 0) CHECK_INVARIANT(READ_ONCE(x) == 0, "seen too early");
    if (srcu) srcu_read_unlock(&s, index);
    if (in == Section::kNested) rcu_read_unlock();
    if (in != Section::kSrcu) rcu_read_unlock();
  });
  thread("updater", [&, srcu, waits] {
    WRITE_ONCE(y, 1);
    if (waits) srcu ? synchronize_srcu(&s) : synchronize_rcu();
    WRITE_ONCE(x, 1);
  });
}
LITMUS(rcu_fails_inside) { reader_that_fails(Section::kRcu, true); }
LITMUS(rcu_fails_inside_two) { reader_that_fails(Section::kNested, true); }
LITMUS(srcu_fails_inside) { reader_that_fails(Section::kSrcu, true); }
LITMUS(srcu_fails_inside_two) { reader_that_fails(Section::kSrcuInRcu, true); }
LITMUS(rcu_fails_without_grace_period) { reader_that_fails(Section::kRcu, false); }
LITMUS(srcu_fails_without_grace_period) { reader_that_fails(Section::kSrcuInRcu, false); }
TEST_CASE("a grace period waits for a reader that fails, too") {
  for (const char* test : {"rcu_fails_inside", "rcu_fails_inside_two", "srcu_fails_inside", "srcu_fails_inside_two"}) {
    CAPTURE(test);
    CHECK(run(test).failures.empty());
  }
  for (const char* test : {"rcu_fails_without_grace_period", "srcu_fails_without_grace_period"}) {
    CAPTURE(test);
    CHECK(run(test).fails_with("seen too early"));
  }
}

}  // namespace
}  // namespace lkmc
