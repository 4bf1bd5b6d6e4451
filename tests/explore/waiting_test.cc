// SPDX-License-Identifier: Apache-2.0
// Threads that wait: for locks, for values, and in loops that may go on for ever.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

using Blocked = Findings::Blocked;

// The line of the text in which `code` stands.
std::int32_t line_of(const std::string& text, const std::string& code) {
  const std::size_t at = text.find(code);
  REQUIRE(at != std::string::npos);
  return 1 + static_cast<std::int32_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// Locations as litmus_text() declares them.
constexpr Location kLockL = 3;
constexpr Location kLockM = 4;

TEST_CASE("two threads that take two locks in opposite orders may wait for each other") {
  const std::string text = litmus_text({"spin_lock(l);\nspin_lock(m);\nspin_unlock(m);\nspin_unlock(l);",
                                        "spin_lock(m); // first\nspin_lock(l);\nspin_unlock(l);\nspin_unlock(m);"});
  const std::int32_t l_first = line_of(text, "spin_lock(l)");
  const std::int32_t m_first = line_of(text, "spin_lock(m); // first");
  for (const char* model : {"sc", "tso", "pso", "lkmm"}) {
    for (const int jobs : {1, 2}) {
      const Exploration e = run_explorer(text, model, {.jobs = jobs});
      CHECK(e.statistics.executions == 2);
      CHECK(e.statistics.blocked == 1);
      const std::vector<Blocked> expected = {{0, l_first + 1, kLockM, 1, m_first}, {1, m_first + 1, kLockL, 0, l_first}};
      CHECK(e.findings.deadlocks == std::set{expected});
    }
  }
}

TEST_CASE("two threads that take two locks in the same order never wait for ever") {
  const std::string body = "spin_lock(l); spin_lock(m); spin_unlock(m); spin_unlock(l);";
  const Exploration e = run_explorer(litmus_text({body, body}), "lkmm");
  CHECK(e.statistics.executions == 2);
  CHECK(e.statistics.blocked == 0);
}

TEST_CASE("three threads may wait in a circle") {
  const std::string text = litmus_text({"spin_lock(l); spin_lock(m); spin_unlock(m); spin_unlock(l);",
                                        "spin_lock(m); spin_lock(x); spin_unlock(x); spin_unlock(m);",
                                        "spin_lock(x); spin_lock(l); spin_unlock(l); spin_unlock(x);"});
  const Exploration e = run_explorer(text, "lkmm");
  // Each pair shares a lock: of the eight ways to order the three pairs two go round in a circle.
  CHECK(e.statistics.executions == 6);
  CHECK(e.statistics.blocked == 1);
  REQUIRE(e.findings.deadlocks.size() == 1);
  CHECK(e.findings.deadlocks.begin()->size() == 3);
}

TEST_CASE("a thread that ends with a lock held makes others wait for ever") {
  const std::string text = litmus_text({"spin_lock(l); // kept", "\nspin_lock(l);\nspin_unlock(l);"});
  const std::int32_t kept = line_of(text, "// kept");
  const std::int32_t wanted = line_of(text, "\nspin_lock(l);\n") + 1;
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 1);  // the one that gives it back comes first
  CHECK(e.statistics.blocked == 1);
  CHECK(e.findings.deadlocks == std::set{std::vector<Blocked>{{1, wanted, kLockL, 0, kept}}});
}

TEST_CASE("a thread that takes a lock twice waits for itself") {
  const std::string text = litmus_text({"spin_lock(l); spin_lock(l); spin_unlock(l); spin_unlock(l);"});
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 0);
  CHECK(e.statistics.blocked == 1);
  REQUIRE(e.findings.deadlocks.size() == 1);
  CHECK(e.findings.deadlocks.begin()->front().holder == 0);
}

TEST_CASE("a lock that is held only on one path is waited for only there") {
  const std::string text =
      litmus_text({"spin_lock(l); r0 = READ_ONCE(*x); if (!r0) spin_unlock(l);", "WRITE_ONCE(*x, 1); spin_lock(l); spin_unlock(l);"});
  const Exploration e = run_explorer(text, "lkmm");
  // P0 reads 0 and gives the lock back: two orders of the sections, but P1's section first would show x = 1 to P0.
  // P0 reads 1 and keeps it: P1 came first, or waits for ever.
  CHECK(e.statistics.executions == 2);
  CHECK(e.statistics.blocked == 1);
}

TEST_CASE("a loop that waits for a value goes on once it is there, and counts as one round") {
  const std::string text =
      litmus_text({"while (READ_ONCE(*x) == 0) { } r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); smp_store_release(x, 1);"});
  for (const char* model : {"sc", "tso", "pso"}) {
    const Exploration e = run_explorer(text, model);
    CHECK(e.statistics.executions == 1);
    CHECK(e.statistics.blocked == 0);
    CHECK_FALSE(e.statistics.bound_hit);
  }
  const Exploration e = run_explorer(text, "lkmm");  // the two reads are not ordered
  CHECK(e.statistics.executions == 2);
  CHECK(e.statistics.blocked == 0);
  CHECK_FALSE(e.statistics.bound_hit);
}

TEST_CASE("a loop that waits for what nobody writes is a deadlock without a holder") {
  const std::string text = litmus_text({"while (READ_ONCE(*x) == 0) { } // waits", "WRITE_ONCE(*y, 1);"});
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 0);
  CHECK(e.statistics.blocked == 1);
  CHECK(e.findings.deadlocks == std::set{std::vector<Blocked>{{0, line_of(text, "// waits"), kNoLocation, kInitThread, 0}}});
}

TEST_CASE("what was read before a loop is not looked at again in it") {
  const std::string text = litmus_text({"r1 = READ_ONCE(*y); while (READ_ONCE(*x) == r1) { } // waits", "WRITE_ONCE(*y, 1);"});
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 1);  // it reads 1
  CHECK(e.statistics.blocked == 1);     // it reads 0, and so waits for another x, though y is 1 in the end
  CHECK(e.findings.deadlocks == std::set{std::vector<Blocked>{{0, line_of(text, "// waits"), kNoLocation, kInitThread, 0}}});
}

TEST_CASE("a loop goes on for ever only if all that a round reads stays as it is") {
  const std::string text = litmus_text({"while (READ_ONCE(*x) == 0 && READ_ONCE(*y) == 0) { }", "WRITE_ONCE(*x, 1);"});
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 1);
  CHECK(e.statistics.blocked == 0);
}

TEST_CASE("a grace period never ends if a reader never leaves") {
  const Exploration rcu = run_explorer(
      litmus_text({"rcu_read_lock(); while (READ_ONCE(*x) == 0) { } rcu_read_unlock();", "synchronize_rcu(); WRITE_ONCE(*x, 1);"}), "lkmm");
  CHECK(rcu.statistics.executions == 1);  // the reader came after the grace period
  CHECK(rcu.statistics.blocked == 1);
  REQUIRE(rcu.findings.deadlocks.size() == 1);
  CHECK(rcu.findings.deadlocks.begin()->size() == 2);
  const Exploration before = run_explorer(
      litmus_text({"while (READ_ONCE(*x) == 0) { } rcu_read_lock(); rcu_read_unlock();", "synchronize_rcu(); WRITE_ONCE(*x, 1);"}), "lkmm");
  CHECK(before.statistics.executions == 1);
  CHECK(before.statistics.blocked == 0);
  const Exploration lock = run_explorer(litmus_text({"rcu_read_lock(); spin_lock(l); spin_unlock(l); rcu_read_unlock();",
                                                     "spin_lock(l); synchronize_rcu(); spin_unlock(l);"}),
                                        "lkmm");
  CHECK(lock.statistics.executions == 2);
  CHECK(lock.statistics.blocked == 1);
}

TEST_CASE("a value that is overwritten may be missed") {
  const std::string text = litmus_text({"while (READ_ONCE(*x) != 1) { }", "WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2);"});
  const Exploration e = run_explorer(text, "lkmm");
  CHECK(e.statistics.executions == 1);
  CHECK(e.statistics.blocked == 1);
}

TEST_CASE("two threads that wait for each other's flag") {
  const Exploration e = run_explorer(
      litmus_text({"while (READ_ONCE(*x) == 0) { } WRITE_ONCE(*y, 1);", "while (READ_ONCE(*y) == 0) { } WRITE_ONCE(*x, 1);"}), "sc");
  CHECK(e.statistics.executions == 0);
  CHECK(e.statistics.blocked == 1);
  REQUIRE(e.findings.deadlocks.size() == 1);
  CHECK(e.findings.deadlocks.begin()->size() == 2);
}

TEST_CASE("a loop with effects is unrolled up to the bound, which is reported") {
  const std::string text = litmus_text({"while (READ_ONCE(*x) == 0) { atomic_inc(y); }", "WRITE_ONCE(*x, 1);"});
  for (const int unroll : {1, 2, 3}) {
    const Exploration e = run_explorer(text, "lkmm", {.unroll = unroll});
    CHECK(e.statistics.executions == static_cast<std::uint64_t>(unroll) + 1);
    CHECK(e.statistics.bound_hit);
  }
}

TEST_CASE("a thread that waits while another one is at its loop bound is in no deadlock, whichever comes first") {
  const std::string waits = "while (READ_ONCE(*x) == 0) { }";
  const std::string goes_on = "while (READ_ONCE(*z) == 0) { atomic_inc(y); }";
  for (const auto& bodies : {std::vector{waits, goes_on}, std::vector{goes_on, waits}}) {
    const Exploration e = run_explorer(litmus_text(bodies), "lkmm", {.unroll = 2});
    CHECK(e.statistics.bound_hit);
    CHECK(e.statistics.blocked == 0);
  }
}

TEST_CASE("a loop that ends within the bound does not hit it") {
  const std::string text = litmus_text({"r0 = 0; while (r0 < 3) { r0 = r0 + 1; WRITE_ONCE(*x, r0); }"});
  const Exploration within = run_explorer(text, "lkmm", {.unroll = 3});
  CHECK(within.statistics.executions == 1);
  CHECK_FALSE(within.statistics.bound_hit);
  const Exploration beyond = run_explorer(text, "lkmm", {.unroll = 2});
  CHECK(beyond.statistics.executions == 0);
  CHECK(beyond.statistics.bound_hit);
}

}  // namespace
TEST_CASE("a thread that waits for what another one writes behind its loop bound makes the answer open") {
  const std::string text = litmus_text({"int r0;\nr0 = 0;\nwhile (r0 < 3) {\nr0 = r0 + 1;\nWRITE_ONCE(*y, r0);\n}\nWRITE_ONCE(*x, 1);",
                                        "int r1;\nr1 = READ_ONCE(*x);\nwhile (r1 == 0)\nr1 = READ_ONCE(*x);"});
  for (const int unroll : {1, 2}) CHECK(run_explorer(text, "lkmm", {.unroll = unroll}).statistics.bound_hit);
  const Exploration within = run_explorer(text, "lkmm", {.unroll = 3});
  CHECK_FALSE(within.statistics.bound_hit);
  CHECK(within.statistics.executions > 0);
}

TEST_CASE("a thread that comes to its loop bound by no execution leaves the answer alone") {
  const std::string body = "int o;\nint r;\nr = 0;\nwhile (r == 0) {\no = READ_ONCE(*x);\nif (cmpxchg(x, o, o + 1) == o) {\nr = 1;\n}\n}";
  const Exploration e = run_explorer(litmus_text({body, body}), "lkmm", {.unroll = 4});
  CHECK_FALSE(e.statistics.bound_hit);
  CHECK(e.statistics.executions == 4);
}

}  // namespace lkmc::explore_test
