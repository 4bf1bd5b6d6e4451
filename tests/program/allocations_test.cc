// SPDX-License-Identifier: Apache-2.0
#include "src/program/allocations.h"

#include <doctest/doctest.h>

#include <memory>

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

}  // namespace
}  // namespace lkmc
