// SPDX-License-Identifier: Apache-2.0
// Small tests whose numbers of executions can be worked out by hand.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

using Bodies = std::vector<std::string>;

// The number of executions; each must be reported once and none be a deadlock.
std::uint64_t count(const Bodies& bodies, std::string_view model, int jobs = 1) {
  const Exploration e = run_explorer(litmus_text(bodies), model, {.jobs = jobs});
  CHECK(e.statistics.interruption == Interruption::kNone);
  CHECK(e.statistics.blocked == 0);
  CHECK_FALSE(e.statistics.bound_hit);
  CHECK(e.findings.failures.empty());
  CHECK(e.findings.repeated == 0);
  CHECK(e.findings.executions == e.statistics.executions);
  return e.statistics.executions;
}

std::uint64_t factorial(std::uint64_t n) { return n < 2 ? 1 : n * factorial(n - 1); }

TEST_CASE("store buffering: three of four outcomes are left by a full barrier") {
  const Bodies plain = {"WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x);"};
  const Bodies fenced = {"WRITE_ONCE(*x, 1); smp_mb(); r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); smp_mb(); r0 = READ_ONCE(*x);"};
  CHECK(count(plain, "sc") == 3);
  for (const char* weaker : {"tso", "pso", "lkmm"}) CHECK(count(plain, weaker) == 4);
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) CHECK(count(fenced, any) == 3);
}

TEST_CASE("message passing: only pso and lkmm reorder plain WRITE_ONCE() calls, release and acquire stop them") {
  const Bodies relaxed = {"WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); r1 = READ_ONCE(*x);"};
  const Bodies ordered = {"WRITE_ONCE(*x, 1); smp_store_release(y, 1);", "r0 = smp_load_acquire(y); r1 = READ_ONCE(*x);"};
  CHECK(count(relaxed, "sc") == 3);
  CHECK(count(relaxed, "tso") == 3);
  CHECK(count(relaxed, "pso") == 4);
  CHECK(count(relaxed, "lkmm") == 4);
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) CHECK(count(ordered, any) == 3);
}

TEST_CASE("the order of two operands is left open, whatever their own orderings") {
  const Bodies operands = {"r0 = smp_load_acquire(x) * 2 + READ_ONCE(*y);", "WRITE_ONCE(*y, 1); smp_mb(); WRITE_ONCE(*x, 1);"};
  const Bodies statements = {"r0 = smp_load_acquire(x); r1 = READ_ONCE(*y);", operands[1]};
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) {
    CHECK(count(operands, any) == 4);
    CHECK(count(statements, any) == 3);
    // The models make an RMW atomic towards other threads only. So the stores take effect in any order, and each of the
    // exchanges reads any store that precedes its own: 2! * (1 * 2), and 3! * (1 * 2 * 3).
    CHECK(count({"r0 = xchg(x, 1) + xchg(x, 2);"}, any) == 4);
    CHECK(count({"r0 = xchg(x, 1) + xchg(x, 2) + xchg(x, 3);"}, any) == 36);
    CHECK(count({"r0 = xchg(x, 1) + READ_ONCE(*x); r1 = xchg(x, 3);"}, any) == 2);
  }
}

TEST_CASE("load buffering: only lkmm lets a load read from a store that comes after it, and not over a dependency") {
  const Bodies free = {"r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1);"};
  const Bodies data = {"r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 + 1);", "r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0 + 1);"};
  const Bodies control = {"r0 = READ_ONCE(*x); if (r0) WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); if (r0) WRITE_ONCE(*x, 1);"};
  const Bodies joined = {"r0 = READ_ONCE(*x); if (r0) r1 = 1; WRITE_ONCE(*y, 1);",
                         "r0 = READ_ONCE(*y); if (r0) r1 = 1; WRITE_ONCE(*x, 1);"};
  for (const char* stronger : {"sc", "tso", "pso"}) {
    CHECK(count(free, stronger) == 3);
    CHECK(count(joined, stronger) == 3);
  }
  CHECK(count(free, "lkmm") == 4);
  CHECK(count(joined, "lkmm") == 4);
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) {
    CHECK(count(data, any) == 3);
    CHECK(count(control, any) == 1);
  }
}

TEST_CASE("independent reads of independent writes: one of sixteen outcomes needs barriers to go away") {
  const auto iriw = [](const std::string& between) {
    return Bodies{"WRITE_ONCE(*x, 1);", "r0 = READ_ONCE(*x); " + between + " r1 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1);",
                  "r0 = READ_ONCE(*y); " + between + " r1 = READ_ONCE(*x);"};
  };
  CHECK(count(iriw(""), "lkmm") == 16);
  CHECK(count(iriw("smp_rmb();"), "lkmm") == 16);
  CHECK(count(iriw("smp_mb();"), "lkmm") == 15);
  for (const char* stronger : {"sc", "tso", "pso"}) CHECK(count(iriw(""), stronger) == 15);
}

TEST_CASE("reads of one location never go back") {
  // Two reads of a location with k writes by one thread: the pairs (i, j) with i <= j <= k.
  const std::string reads = "r0 = READ_ONCE(*x); r1 = READ_ONCE(*x);";
  CHECK(count({"WRITE_ONCE(*x, 1);", reads}, "lkmm") == 3);
  CHECK(count({"WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2);", reads}, "lkmm") == 6);
  CHECK(count({"WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); WRITE_ONCE(*x, 3);", reads}, "lkmm") == 10);
}

TEST_CASE("n threads that write, add to or lock one location take turns in n! ways") {
  for (std::uint64_t n = 1; n <= 5; ++n) {
    CAPTURE(n);
    for (const char* body : {"WRITE_ONCE(*x, 1);", "atomic_inc(x);", "r0 = xchg_relaxed(x, 1);", "spin_lock(l); spin_unlock(l);"}) {
      CAPTURE(body);
      const Bodies bodies(n, body);
      for (const char* any : {"sc", "lkmm"}) {
        CHECK(count(bodies, any) == factorial(n));
        CHECK(count(bodies, any, 2) == factorial(n));
      }
    }
  }
}

TEST_CASE("n writers and a reader: any order, and the reader sees any of them or none") {
  for (std::uint64_t n = 1; n <= 4; ++n) {
    Bodies bodies(n, "WRITE_ONCE(*x, 1);");
    bodies.emplace_back("r0 = READ_ONCE(*x);");
    CHECK(count(bodies, "lkmm") == factorial(n) * (n + 1));
  }
}

TEST_CASE("n readers of one writer see it or not") {
  for (int n = 1; n <= 6; ++n) {
    Bodies bodies(static_cast<std::size_t>(n), "r0 = READ_ONCE(*x);");
    bodies.emplace_back("WRITE_ONCE(*x, 1);");
    CHECK(count(bodies, "lkmm") == std::uint64_t{1} << n);
    CHECK(count(bodies, "lkmm", 2) == std::uint64_t{1} << n);
  }
}

TEST_CASE("of n compare-and-exchanges one succeeds first; the others see it") {
  // One wins; each other one reads what it left.
  for (std::uint64_t n = 1; n <= 5; ++n) CHECK(count(Bodies(n, "r0 = cmpxchg(x, 0, 1);"), "lkmm") == n);
}

TEST_CASE("trylock fails only against a holder") {
  // Both get it, in two orders; or one of them fails while the other holds it. Not both fail.
  CHECK(count(Bodies(2, "if (spin_trylock(l)) { spin_unlock(l); }"), "lkmm") == 4);
}

TEST_CASE("spin_is_locked sees the holder, the free lock before, or the free lock after") {
  CHECK(count({"spin_lock(l); spin_unlock(l);", "r0 = spin_is_locked(l);"}, "lkmm") == 3);
}

TEST_CASE("critical sections are ordered") {
  // The reader's section comes before or after the writer's.
  const Bodies locked = {"spin_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); spin_unlock(l);",
                         "spin_lock(l); r0 = READ_ONCE(*y); r1 = READ_ONCE(*x); spin_unlock(l);"};
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) CHECK(count(locked, any) == 2);
}

TEST_CASE("a grace period does not fall into a critical section") {
  const Bodies reader = {"rcu_read_lock(); r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); rcu_read_unlock();",
                         "WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1);"};
  for (const char* any : {"sc", "tso", "pso", "lkmm"}) CHECK(count(reader, any) == 3);
}

TEST_CASE("a pointer leads to one of two objects") {
  const std::string text = R"(C pointers

{
	int *p = &x;
}

P0(int **p, int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	rcu_assign_pointer(*p, y);
}

P1(int **p)
{
	int *r0;
	int r1;
	r0 = rcu_dereference(*p);
	r1 = READ_ONCE(*r0);
}

locations [1:r0; 1:r1;]
exists (true)
)";
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 2);
  CHECK(e.findings.lines == std::set<std::string>{"1:r0=x; 1:r1=0;", "1:r0=y; 1:r1=1;"});
}

}  // namespace
}  // namespace lkmc::explore_test
