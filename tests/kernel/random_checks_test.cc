// SPDX-License-Identifier: Apache-2.0
// Checks change nothing: a random test has the same executions, final states, flags and deadlocks with checks at random places as
// without them.
#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include "src/kernel/array.h"
#include "src/kernel/atomic.h"
#include "tests/kernel/agreement.h"

namespace lkmc {
namespace {

using kernel_test::Checks;
using kernel_test::Seen;

TEST_CASE("random tests have the same executions with checks as without them") {
  std::map<std::string, const kernel::Registration*> tests;
  for (const kernel::Registration* registration : kernel::registered_tests()) tests.emplace(registration->name, registration);
  // An object lies elsewhere in the other test.
  const auto value = [](const SelfCheckingTest& test, Word word) {
    const std::vector<Word> objects = test.possible_words();
    for (std::size_t i = 1; i < objects.size(); ++i) {
      const Word offset = word - objects[i];
      if (offset >= 0 && offset < static_cast<Word>(sizeof(array<atomic_t, 2>)))
        return "object " + std::to_string(i) + " + " + std::to_string(offset);
    }
    return std::to_string(word);
  };
  int compared = 0;
  for (const auto& [name, test] : tests) {
    const auto checked = tests.find(name + "_checked");
    if (checked == tests.end()) continue;
    CAPTURE(name);
    const Seen expected = kernel_test::run_cpp(*test, value);
    const Seen found = kernel_test::run_cpp(*checked->second, value, Checks::kMayFail);
    CHECK_MESSAGE(found == expected, "\nwithout checks:\n", text(expected), "with checks:\n", text(found));
    ++compared;
  }
  CHECK(compared >= 60);
}

}  // namespace
}  // namespace lkmc
