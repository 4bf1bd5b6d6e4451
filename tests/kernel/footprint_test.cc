// SPDX-License-Identifier: Apache-2.0
// What is known of what threads may write (src/explore/footprint.h) makes the search shorter and changes nothing that it finds:
// tests that follow pointers, allocate and free, walk lists and wait are explored with it and without it. (For the classic
// tests agreement_test.cc does that.)
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;

// The files whose tests are compared.
constexpr std::array<std::string_view, 8> kFiles = {"dependency_test.cc", "finally_test.cc", "list_test.cc", "locks_test.cc",
                                                    "maple_tree_test.cc", "memory_test.cc",  "rcu_test.cc",  "rwlock_test.cc"};

bool is_compared(const kernel::Registration& test) {
  return std::any_of(kFiles.begin(), kFiles.end(), [&](std::string_view file) { return test.file.ends_with(file); });
}

TEST_CASE("the footprint of a test changes nothing that is found") {
  int compared = 0;
  for (const kernel::Registration* test : kernel::registered_tests()) {
    if (!is_compared(*test)) continue;
    CAPTURE(test->name);
    const auto [with, without] = kernel_test::run_with_and_without_footprint(test->name);
    CHECK(with.executions == without.executions);
    CHECK(with.deadlocks == without.deadlocks);
    CHECK(with.failures == without.failures);
    CHECK(with.flags == without.flags);
    CHECK((with == without));
    ++compared;
  }
  CHECK(compared > 90);
}

struct holder {
  shared<int> x, member;
};
// Follows a pointer to the object, or to a member of it.
template <class Pointed>
void follow(Pointed* (*of)(holder&), value<holder*> (*found)(const value<Pointed*>&)) {
  auto& one = make<holder>();
  auto& other = make<holder>();
  auto& p = make<shared<Pointed*>>();
  p = of(one);
  thread("mover", [&] { WRITE_ONCE(p, of(other)); });
  thread("reader", [&] {
    IF (READ_ONCE(one.member) == 0) exists("as it was", true);
  });
  thread("writer", [&] { WRITE_ONCE(found(READ_ONCE(p))->x, 1); });
}
LITMUS(pointer_to_an_object) {
  follow<holder>([](holder& h) { return &h; }, [](const value<holder*>& p) { return p; });
}
LITMUS(pointer_to_a_member) {
  follow<shared<int>>([](holder& h) { return &h.member; },
                      [](const value<shared<int>*>& p) { return value<holder*>(container_of(p, holder, member)); });
}
TEST_CASE("who follows container_of() is known to write no more than who follows the pointer itself") {
  const auto [object, without] = kernel_test::choices_with_and_without_footprint("pointer_to_an_object");
  CHECK(object < without);
  CHECK(kernel_test::choices_with_and_without_footprint("pointer_to_a_member").first == object);
}

}  // namespace
}  // namespace lkmc
