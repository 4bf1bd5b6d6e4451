// What is known of what threads may write (src/explore/footprint.h) makes the search shorter and changes nothing that it finds:
// tests that follow pointers, allocate and free, walk lists and wait are explored with it and without it. (For the classic
// tests agreement_test.cc does that.)
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "src/kernel/runtime.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;

// The files whose tests are compared.
constexpr std::array<std::string_view, 8> kFiles = {
    "dependency_test.cc", "finally_test.cc", "list_test.cc", "locks_test.cc",
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

}  // namespace
}  // namespace lkmc
