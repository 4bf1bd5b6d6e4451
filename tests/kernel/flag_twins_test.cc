// SPDX-License-Identifier: Apache-2.0
// Plain variables carry conditions in C++ as registers do in herd's language (flag_twins.h): as many executions, and the same answer
// where one dependency decides. The twins in C++ are written when this is built.
#include "tests/kernel/flag_twins.h"

#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/kernel/agreement.h"

namespace lkmc {
namespace {

TEST_CASE("flags in C++ carry conditions as herd's registers do") {
  std::map<std::string, const kernel::Registration*> in_cpp;
  for (const kernel::Registration* registration : kernel::registered_tests()) in_cpp.emplace(registration->name, registration);
  REQUIRE(in_cpp.size() > 0);
  int with_dependency = 0, without = 0;
  for (const kernel_test::FlagTwin& twin : kernel_test::flag_twins(static_cast<int>(in_cpp.size()))) {
    CAPTURE(twin.litmus);
    REQUIRE(in_cpp.contains(twin.name));
    const kernel_test::Seen expected = kernel_test::run_litmus(twin.name, twin.litmus);
    const kernel_test::Seen found =
        kernel_test::run_cpp(*in_cpp[twin.name], [](const SelfCheckingTest&, Word value) { return std::to_string(value); });
    CHECK(found.executions == expected.executions);
    CHECK(found.satisfying == expected.satisfying);
    ++(expected.satisfying == 0 ? with_dependency : without);
  }
  CHECK(with_dependency > 0);
  CHECK(without > 0);
}

}  // namespace
}  // namespace lkmc
