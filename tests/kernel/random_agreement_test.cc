// The two front ends agree on random tests: run from herd's format and from C++, they have the same executions, final states,
// flags and deadlocks. The twins in C++ are written when this is built (random_twins.h).
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "tests/kernel/agreement.h"
#include "tests/kernel/random_twins.h"

namespace lkmc {
namespace {

using kernel_test::Seen;
using kernel_test::StateText;

// Locks and srcu_structs have no value in C++, so that it cannot be asked for either.
Seen without_locks(const Seen& seen) {
  Seen rest = seen;
  std::erase(rest.flags, "lock-final");
  rest.states.clear();
  for (const auto& [state, executions] : seen.states) {
    StateText values = state;
    std::erase_if(values, [](const auto& value) { return value.first == "l" || value.first == "m" || value.first == "ss"; });
    rest.states[values] += executions;
  }
  return rest;
}

TEST_CASE("random tests have the same executions, states, flags and deadlocks in C++ as in herd's format") {
  std::map<std::string, const kernel::Registration*> twins;
  for (const kernel::Registration* registration : kernel::registered_tests()) twins.emplace(registration->name, registration);
  CHECK(twins.size() >= 400);
  int with_deadlock = 0, with_race = 0;
  for (const reference::TestProgram& program : kernel_test::random_twins(static_cast<int>(twins.size()))) {
    const std::string litmus = to_litmus(program);
    CAPTURE(litmus);
    REQUIRE(twins.contains(kernel_test::name_in_cpp(program)));
    const Seen expected = without_locks(kernel_test::run_litmus(program.name, litmus));
    const Seen found = kernel_test::run_cpp(*twins.at(kernel_test::name_in_cpp(program)),
                                            [](const kernel::SelfCheckingTest&, Word value) { return std::to_string(value); });
    CHECK_MESSAGE(found == expected, "\n.litmus:\n", text(expected), "C++:\n", text(found));
    with_deadlock += expected.deadlock ? 1 : 0;
    with_race += expected.flags.empty() ? 0 : 1;
  }
  CHECK(with_deadlock > 0);
  CHECK(with_race > 0);
}

}  // namespace
}  // namespace lkmc
