// SPDX-License-Identifier: Apache-2.0
// The explorer against the naive enumerator on random tests (tests/reference/generator.h).
//
// Bazel runs this in shards: each takes the seeds that are its own modulo the number of shards. To try other seeds, or
// more of them, set LKMC_FIRST_SEED and LKMC_SEEDS.
#include <doctest/doctest.h>

#include <string>

#include "tests/explore/differential.h"
#include "tests/reference/generator.h"

namespace lkmc::explore_test {
namespace {

void check_random(int count, const reference::GeneratorOptions& options) {
  const int first = environment_number("LKMC_FIRST_SEED", 1);
  count = environment_number("LKMC_SEEDS", count);
  const TestShard shard = this_shard();
  Differential differential;
  for (int i = shard.index; i < count; i += shard.total) {
    const bool also_in_parallel = i / shard.total % 10 == 0;
    const auto seed = static_cast<std::uint64_t>(first + i);
    differential.check(reference::generate(seed, options), "seed " + std::to_string(seed),
                       also_in_parallel ? std::vector<int>{1, 2} : std::vector<int>{1});
  }
  MESSAGE(differential.summary());
  CHECK(differential.too_large() * 8 < differential.compared());
}

TEST_CASE("random tests of everything") { check_random(4000, {}); }

TEST_CASE("random tests that copy values by plain accesses") {
  check_random(1000,
               {.features = {.plain = 100, .branches = 30, .atomics = 10, .pointers = 20, .locks = 0, .rcu = 0, .srcu = 0, .awaits = 0},
                .plain_percent = 85,
                .copy_percent = 90});
}

TEST_CASE("random tests of values that go in circles and choose what is written") {
  check_random(1000, {.max_threads = 3,
                      .max_locations = 1,
                      .max_statements = 2,
                      .max_accesses = 6,
                      .features = {.plain = 100,
                                   .branches = 10,
                                   .atomics = 10,
                                   .pointers = 10,
                                   .locks = 0,
                                   .rcu = 0,
                                   .srcu = 0,
                                   .awaits = 0,
                                   .operands = 5,
                                   .assigns = 5,
                                   .widths = 0,
                                   .arrays = 100,
                                   .copies = 100},
                      .plain_percent = 60});
}

TEST_CASE("random tests of dependencies and pointers") {
  check_random(1000,
               {.max_accesses = 9,
                .features = {.plain = 30, .branches = 90, .atomics = 10, .pointers = 70, .locks = 0, .rcu = 10, .srcu = 0, .awaits = 10},
                .copy_percent = 80});
}

TEST_CASE("random tests of loops that try again, and of locks made by hand") {
  check_random(1000, {.max_threads = 2,
                      .max_locations = 2,
                      .max_statements = 1,
                      .max_accesses = 4,
                      .features = {.plain = 40,
                                   .branches = 20,
                                   .atomics = 10,
                                   .pointers = 0,
                                   .locks = 5,
                                   .rcu = 0,
                                   .srcu = 0,
                                   .awaits = 30,
                                   .retries = 100,
                                   .operands = 0,
                                   .assigns = 10,
                                   .widths = 0,
                                   .arrays = 0,
                                   .misuse = 0}});
}

TEST_CASE("random tests of unordered operands") {
  check_random(1000, {.max_threads = 3,
                      .max_locations = 2,
                      .max_statements = 3,
                      .max_accesses = 6,
                      .features = {.plain = 30,
                                   .branches = 50,
                                   .atomics = 60,
                                   .pointers = 40,
                                   .locks = 0,
                                   .rcu = 5,
                                   .srcu = 0,
                                   .awaits = 5,
                                   .operands = 100,
                                   .assigns = 50}});
}

TEST_CASE("random tests of locks") {
  check_random(1000,
               {.max_accesses = 9,
                .features = {.plain = 30, .branches = 30, .atomics = 15, .pointers = 0, .locks = 100, .rcu = 0, .srcu = 0, .awaits = 5}});
}

TEST_CASE("random tests of RCU and SRCU") {
  check_random(1000,
               {.max_accesses = 9,
                .features = {.plain = 20, .branches = 20, .atomics = 10, .pointers = 20, .locks = 5, .rcu = 80, .srcu = 50, .awaits = 0}});
}

}  // namespace
}  // namespace lkmc::explore_test
