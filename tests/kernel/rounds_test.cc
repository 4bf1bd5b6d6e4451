// SPDX-License-Identifier: Apache-2.0
// Rounds of a WHILE that leave no trace are left out (src/program/rounds.h), and those that leave one which the runtime does not see are
// not (src/program/repetition.h).
#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

constexpr int kMore = 100;  // rounds than are ever followed here
constexpr const char* kTakes = "takes the lock";
constexpr const char* kGivesUp = "gives up";

// One thread gives a lock back, another tries to take it. What it does between two tries says whether it gives up.
void try_to_take(const std::function<bool()>& failed) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock, failed] {
    const std::function<bool()> fails = failed;  // with what it counts in a variable of the thread's
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) {
      if (!fails()) continue;
      exists(kGivesUp, true);
      return;
    }
    exists(kTakes, true);
  });
}

LITMUS(rounds_plain) {
  try_to_take([] { return false; });
}
LITMUS(rounds_counted_to_3) {
  try_to_take([n = 0]() mutable { return ++n == 3; });
}
template <int limit>
void count_on_stack() {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    int n = 0;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) {
      if (++n != limit) continue;
      exists(kGivesUp, true);
      return;
    }
    exists(kTakes, true);
  });
}
LITMUS(rounds_counted_on_stack_to_3) { count_on_stack<3>(); }
LITMUS(rounds_counted_on_stack_to_64) { count_on_stack<64>(); }
LITMUS(rounds_counted_in_copy) {
  try_to_take([n = 0]() mutable { return ++n == kMore; });
}
LITMUS(rounds_counted_on_heap) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    const auto n = std::make_unique<int>(0);
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) {
      if (++*n == kMore) return;
    }
  });
}
LITMUS(rounds_with_backoff) {
  try_to_take([delay = 1u]() mutable {
    for (unsigned i = 0; i < delay % 8; ++i) cpu_relax();
    return (delay *= 2) == 1u << 31;
  });
}
// The delay ends at a limit, and nobody asks for it.
LITMUS(rounds_with_limited_backoff) {
  try_to_take([delay = 1u]() mutable {
    if (delay < 4) delay *= 2;
    return false;
  });
}
// The number of rounds does not matter, but whether it is even does.
LITMUS(rounds_told_apart) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    bool even = true;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) even = !even;
    exists("after an even number of rounds", even);
    exists("after an odd number of rounds", !even);
  });
}
// What the first round leaves does: it is kept.
LITMUS(rounds_that_fail_at_all) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock] { smp_store_release(&lock, 0); });
  thread("taker", [&lock] {
    bool contended = false;
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) contended = true;
    exists("contended", contended);
    exists("not contended", !contended);
  });
}
LITMUS(rounds_that_check) {
  auto& lock = make<shared<int>>();
  auto& seen = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock, &seen] {
    WRITE_ONCE(seen, 1);
    smp_store_release(&lock, 0);
  });
  thread("taker", [&lock, &seen] {
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) CHECK_INVARIANT(READ_ONCE(seen) == 0, "seen in a round that fails");
  });
}
LITMUS(rounds_that_race) {
  auto& lock = make<shared<int>>();
  auto& x = make<shared<int>>();
  lock = 1;
  thread("holder", [&lock, &x] {
    x = 1;
    smp_store_release(&lock, 0);
  });
  thread("taker", [&lock, &x] {
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) (void)READ_ONCE(x);
  });
}
LITMUS(rounds_that_wait_and_race) {
  auto& x = make<shared<int>>();
  thread("writer", [&x] {
    x = 1;
    smp_store_release(&x, 2);
  });
  thread("reader", [&x] { (void)smp_cond_load_acquire(&x, VAL == 2); });
}
LITMUS(rounds_for_ever) {
  auto& lock = make<shared<int>>();
  lock = 1;
  thread("taker", [&lock] {
    WHILE (cmpxchg_acquire(&lock, 0, 1) != 0) cpu_relax();
  });
}

// Whether a round can be shown to leave nothing hangs on what the compiler leaves on the stack of this binary; that loops end so is tested
// where tests are compiled as users do it (litmus/locks/retry.cc, tests/cli/cpp_test.sh).
TEST_CASE("a round that leaves the thread as it was hides nothing") {
  for (const char* name : {"rounds_plain", "rounds_with_limited_backoff"}) {
    CAPTURE(name);
    const Outcome o = run(name);
    CHECK(o.reaches(kTakes));
    CHECK_FALSE(o.reaches(kGivesUp));
    CHECK(o.deadlocks == 0);
  }
  CHECK(run("rounds_for_ever").deadlocks == 1);
}

TEST_CASE("who counts rounds is followed to the bound, wherever among its variables the counter is") {
  for (const char* name : {"rounds_counted_to_3", "rounds_counted_on_stack_to_3"}) {
    CAPTURE(name);
    const Outcome o = run(name);
    CHECK_FALSE(o.bound_hit);
    CHECK(o.reaches(kTakes));
    CHECK(o.reaches(kGivesUp));
  }
  for (const char* name : {"rounds_counted_on_stack_to_64", "rounds_counted_in_copy", "rounds_counted_on_heap", "rounds_with_backoff"}) {
    CAPTURE(name);
    CHECK(run(name).bound_hit);
  }
  CHECK(run("rounds_counted_on_stack_to_64", 70).reaches(kGivesUp));
}

TEST_CASE("what rounds leave in a variable of the compiler's is there afterwards") {
  const Outcome parity = run("rounds_told_apart");
  CHECK(parity.reaches("after an even number of rounds"));
  CHECK(parity.reaches("after an odd number of rounds"));
  const Outcome contention = run("rounds_that_fail_at_all");
  CHECK(contention.reaches("contended"));
  CHECK(contention.reaches("not contended"));
}

TEST_CASE("what goes wrong in a round that fails is found") {
  CHECK(run("rounds_that_check").fails_with("seen in a round that fails"));
  for (const char* name : {"rounds_that_race", "rounds_that_wait_and_race"}) {
    CAPTURE(name);
    CHECK(run(name).flags.contains("data-race"));
  }
}

}  // namespace
}  // namespace lkmc
