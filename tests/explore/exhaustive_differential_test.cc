// SPDX-License-Identifier: Apache-2.0
// The explorer against the naive enumerator on all small tests of two threads (tests/reference/family.h).
//
// Bazel runs this in shards: each takes the members that are its own modulo the number of shards.
#include <doctest/doctest.h>

#include <string>

#include "tests/explore/differential.h"
#include "tests/reference/family.h"

namespace lkmc::explore_test {
namespace {

using enum reference::Access;

void check_family(const reference::Family& family) {
  const TestShard shard = this_shard();
  Differential differential;
  int index = 0;
  reference::for_each_member(family, [&](const reference::TestProgram& program) {
    if (index++ % shard.total == shard.index) differential.check(program, "family member " + std::to_string(index));
  });
  MESSAGE(differential.summary());
  CHECK(differential.too_large() == 0);
}

TEST_CASE("two threads of one or two accesses of every kind") {
  check_family({.alphabet = {kReadOnce, kWriteOnce, kReadAcquire, kWriteRelease, kReadPlain, kWritePlain, kExchange}, .max_accesses = 2});
}

TEST_CASE("two threads of up to three marked accesses") {
  check_family({.alphabet = {kReadOnce, kWriteOnce}, .max_accesses = 3, .fences = false});
}

// Under lkmm, values may come out of thin air in the last three.
TEST_CASE("two threads that copy values") {
  check_family({.alphabet = {kReadOnce, kWritePlain, kCopyOnce, kCopyPlain}, .max_accesses = 2});
}

TEST_CASE("two threads that write what they write only if they read something") {
  check_family({.alphabet = {kReadOnce, kWritePlain, kGuardOnce, kGuardPlain}, .max_accesses = 2});
}

TEST_CASE("two threads that write through pointers") {
  check_family(
      {.alphabet = {kReadOnce, kWritePlain, kThroughOnce, kThroughPlain}, .max_accesses = 2, .locations = reference::Locations::kPointers});
}

// Under lkmm, an element may be written only because its writing is what chooses it.
TEST_CASE("two threads that write elements of an array which they choose by what they read") {
  check_family({.alphabet = {kCopyPlain, kElementOnce, kElementPlain},
                .max_accesses = 2,
                .fences = false,
                .locations = reference::Locations::kNumberAndElement});
  check_family({.alphabet = {kReadOnce, kWritePlain, kCopyOnce, kCopyPlain, kElementOnce, kElementPlain, kFollowPlain},
                .max_accesses = 1,
                .locations = reference::Locations::kNumberAndElement});
}

}  // namespace
}  // namespace lkmc::explore_test
