// SPDX-License-Identifier: Apache-2.0
// Shards of an exploration: each execution, deadlock and failure of the whole is in one of them, and in no other.
#include <doctest/doctest.h>

#include <array>
#include <string>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

struct Example {
  const char* name;
  std::vector<std::string> bodies;
  const char* model = "lkmm";
};

// The smaller ones have fewer executions than there are shards.
const Example kExamples[] = {
    {"nothing to choose", {"WRITE_ONCE(*x, 1);"}},
    {"store buffering", {"WRITE_ONCE(*x, 1); r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); r0 = READ_ONCE(*x);"}},
    {"store buffering with barriers",
     {"WRITE_ONCE(*x, 1); smp_mb(); r0 = READ_ONCE(*y);", "WRITE_ONCE(*y, 1); smp_mb(); r0 = READ_ONCE(*x);"},
     "tso"},
    {"independent reads of independent writes",
     {"WRITE_ONCE(*x, 1);", "WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*x); r1 = READ_ONCE(*y);", "r0 = READ_ONCE(*y); r1 = READ_ONCE(*x);"}},
    {"many orders of writes",
     {"WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); WRITE_ONCE(*z, 1); r0 = READ_ONCE(*x);",
      "WRITE_ONCE(*x, 2); WRITE_ONCE(*y, 2); WRITE_ONCE(*z, 2); r0 = READ_ONCE(*y);",
      "WRITE_ONCE(*x, 3); WRITE_ONCE(*y, 3); r0 = READ_ONCE(*z);"}},
    {"branches",
     {"r0 = READ_ONCE(*x); if (r0 == 1) WRITE_ONCE(*y, 1); else WRITE_ONCE(*y, 2);",
      "r0 = READ_ONCE(*y); if (r0) WRITE_ONCE(*x, r0); r1 = READ_ONCE(*x);", "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1);"}},
    {"values out of thin air", {"r0 = *x; if (r0) *y = 1;", "r0 = *y; if (r0) *x = 1;", "r0 = *x; *z = r0;"}},
    {"counters",
     {"r0 = atomic_inc_return(x); r1 = atomic_inc_return(x);", "r0 = atomic_inc_return(x); r1 = atomic_inc_return(x);",
      "r0 = atomic_cmpxchg(x, 2, 7);"}},
    {"locks",
     {"spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); r0 = READ_ONCE(*y);",
      "spin_lock(l); r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1); spin_unlock(l);", "spin_lock(l); r0 = READ_ONCE(*y); spin_unlock(l);"}},
    {"a deadlock in some executions",
     {"r0 = READ_ONCE(*x); if (r0) spin_lock(m); spin_lock(l); spin_unlock(l); if (r0) spin_unlock(m);",
      "spin_lock(l); spin_lock(m); spin_unlock(m); spin_unlock(l);", "WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); WRITE_ONCE(*y, 2);"}},
    {"a lock that one path keeps",
     {"r0 = READ_ONCE(*x); if (r0 == 2) spin_lock(l);", "spin_lock(l); r0 = READ_ONCE(*y); spin_unlock(l);",
      "WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); WRITE_ONCE(*y, 1);"}},
    {"a loop beyond its bound", {"do { r0 = atomic_inc_return(x); } while (r0 != 100);", "r0 = READ_ONCE(*x);", "WRITE_ONCE(*x, 99);"}},
    {"grace periods",
     {"rcu_read_lock(); r0 = READ_ONCE(*x); r1 = READ_ONCE(*y); rcu_read_unlock();",
      "WRITE_ONCE(*x, 1); synchronize_rcu(); WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); WRITE_ONCE(*x, 2);"}},
    {"data races", {"*x = 1; WRITE_ONCE(*y, 1);", "r0 = READ_ONCE(*y); r1 = *x; WRITE_ONCE(*z, 1);", "r0 = READ_ONCE(*z); *x = 2;"}},
};

void is_sum_of_shards(const Example& example, std::uint32_t count) {
  CAPTURE(example.name);
  CAPTURE(count);
  const std::string text = litmus_text(example.bodies);
  const Exploration whole = run_explorer(text, example.model);
  REQUIRE(whole.findings.repeated == 0);
  Exploration sum;
  std::array<std::size_t, 2> cuts{};
  for (std::uint32_t index = 0; index < count; ++index) {
    const Exploration shard = run_explorer(text, example.model, {.jobs = index % 2 == 0 ? 1 : 3, .shard = {index, count}});
    CHECK(shard.statistics.interruption == Interruption::kShard);
    if (index == 0) cuts = shard.statistics.cuts;
    CHECK(shard.statistics.cuts == cuts);
    sum.findings.add(shard.findings);
    sum.statistics += shard.statistics;
  }
  CHECK(sum.findings.repeated == 0);
  CHECK(sum.findings.keys == whole.findings.keys);
  CHECK(sum.findings.deadlock_keys == whole.findings.deadlock_keys);
  CHECK(sum.findings.lines == whole.findings.lines);
  CHECK(sum.findings.failures == whole.findings.failures);
  CHECK(sum.statistics.executions == whole.statistics.executions);
  CHECK(sum.statistics.blocked == whole.statistics.blocked);
  CHECK(sum.statistics.bound_hit == whole.statistics.bound_hit);
  CHECK(sum.statistics.flags == whole.statistics.flags);
}

TEST_CASE("the shards of an exploration share its executions out") {
  for (const Example& example : kExamples) {
    for (const std::uint32_t count : {2U, 3U, 7U, 16U}) is_sum_of_shards(example, count);
  }
}

TEST_CASE("some of the examples have a deadlock, a loop beyond its bound, a race, and more executions than shards") {
  Exploration all;
  for (const Example& example : kExamples) all.statistics += run_explorer(litmus_text(example.bodies), example.model).statistics;
  CHECK(all.statistics.blocked > 1);
  CHECK(all.statistics.bound_hit);
  CHECK(all.statistics.flags != 0);
  CHECK(all.statistics.executions > 1000);
}

TEST_CASE("no shard has nothing to do where there is much") {
  const Example& orders = kExamples[4];
  for (std::uint32_t index = 0; index < 16; ++index) {
    CHECK(run_explorer(litmus_text(orders.bodies), "lkmm", {.shard = {index, 16}}).statistics.executions > 0);
  }
}

}  // namespace
}  // namespace lkmc::explore_test
