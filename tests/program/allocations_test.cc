// SPDX-License-Identifier: Apache-2.0
#include "src/program/allocations.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <vector>

namespace lkmc {
namespace {

TEST_CASE("what is allocated meanwhile is known until it is freed") {
  Allocations allocations;
  allocations.begin();
  const auto kept = std::make_unique<int>(1);
  auto freed = std::make_unique<int>(2);
  const void* volatile was_at = freed.get();
  freed.reset();
  allocations.end();
  const auto later = std::make_unique<int>(3);
  CHECK(allocations.contain(kept.get()));
  CHECK_FALSE(allocations.contain(was_at));
  CHECK_FALSE(allocations.contain(later.get()));
}

TEST_CASE("what is freed when nobody notes any more is forgotten, whoever else does") {
  Allocations first;
  first.begin();
  auto of_first = std::make_unique<int>(1);
  auto other_of_first = std::make_unique<int>(2);
  first.end_and_forget_freed();
  auto second = std::make_unique<Allocations>();
  second->begin();
  auto of_second = std::make_unique<int>(3);
  second->end_and_forget_freed();
  const void* volatile of_first_at = of_first.get();
  const void* volatile of_second_at = of_second.get();
  of_first.reset();
  CHECK_FALSE(first.contain(of_first_at));
  CHECK(first.contain(other_of_first.get()));
  CHECK(second->contain(of_second_at));
  of_second.reset();
  CHECK_FALSE(second->contain(of_second_at));
  second.reset();
  const void* volatile other_at = other_of_first.get();
  other_of_first.reset();
  CHECK_FALSE(first.contain(other_at));
}

TEST_CASE("what is freed and kept is used for nothing else as long as that lasts") {
  Allocations allocations;
  allocations.begin_and_keep_freed();
  auto first = std::make_unique<std::array<char, 40>>();
  const void* volatile was_at = first.get();
  first.reset();
  std::vector<std::unique_ptr<std::array<char, 40>>> others(100);
  for (auto& other : others) other = std::make_unique<std::array<char, 40>>();
  for (const auto& other : others) CHECK(other.get() != was_at);
  const void* const word = was_at;
  std::vector<std::byte> bytes(sizeof word);
  std::memcpy(bytes.data(), &word, sizeof word);
  others.clear();
  allocations.end();
  auto renamed = bytes;
  allocations.append_to(renamed);
  CHECK_FALSE(allocations.contain(was_at));
  CHECK(renamed.size() >= bytes.size());
  CHECK_FALSE(std::equal(bytes.begin(), bytes.end(), renamed.begin()));
}

TEST_CASE("aligned memory is kept as well, and by the outer one whatever the inner one does") {
  struct alignas(64) Line {
    std::array<char, 64> bytes;
  };
  Allocations outer;
  outer.begin_and_keep_freed();
  auto inner = std::make_unique<Allocations>();
  inner->begin_and_keep_freed();
  auto first = std::make_unique<Line>();
  const void* volatile was_at = first.get();
  CHECK(inner->contain(was_at));
  CHECK(outer.contain(was_at));
  first.reset();
  CHECK_FALSE(inner->contain(was_at));
  CHECK_FALSE(outer.contain(was_at));
  inner->end();
  inner.reset();
  std::vector<std::unique_ptr<Line>> others(100);
  for (auto& other : others) other = std::make_unique<Line>();
  for (const auto& other : others) CHECK(other.get() != was_at);
  others.clear();
  outer.end();
}

TEST_CASE("what is freed when nobody notes any more is not kept") {
  auto allocations = std::make_unique<Allocations>();
  allocations->begin_and_keep_freed();
  auto one = std::make_unique<int>(1);
  allocations->end();
  one.reset();
  allocations.reset();  // must not free it again
  CHECK(one == nullptr);
}

}  // namespace
}  // namespace lkmc
