// SPDX-License-Identifier: Apache-2.0
// The two front ends agree on random tests: run from herd's format and from C++, they have the same executions, final states,
// flags and deadlocks. The twins in C++ are written when this is built (random_twins.h).
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

#include "src/kernel/atomic.h"
#include "tests/kernel/agreement.h"
#include "tests/kernel/random_twins.h"

namespace lkmc {
namespace {

using kernel_test::Seen;
using kernel_test::StateText;

// `a={1,2}` as two values.
void split_arrays(StateText& values) {
  const auto array = values.find("a");
  if (array == values.end()) return;
  std::string elements = array->second.substr(1, array->second.size() - 2) + ',';
  values.erase(array);
  for (int i = 0; !elements.empty(); ++i) {
    values["a[" + std::to_string(i) + ']'] = elements.substr(0, elements.find(','));
    elements.erase(0, elements.find(',') + 1);
  }
}

// Locks and srcu_structs have no value in C++, so that it cannot be asked for either.
Seen without_locks(const Seen& seen) {
  Seen rest = seen;
  std::erase(rest.flags, "lock-final");
  rest.states.clear();
  for (const auto& [state, executions] : seen.states) {
    StateText values = state;
    std::erase_if(values, [](const auto& value) { return value.first == "l" || value.first == "m" || value.first == "ss"; });
    split_arrays(values);
    rest.states[values] += executions;
  }
  return rest;
}

// The bytes of an element, as herd counts them.
int element_bytes(const std::string& type) { return type == "u8" ? 1 : type == "short" ? 2 : type == "long" ? 8 : 4; }

// A value as .litmus prints it: a pointer by the name of the location, of which the twin makes the objects in the same order.
std::string value_text(const reference::TestProgram& program, const SelfCheckingTest& test, Word value) {
  const std::vector<Word> words = test.possible_words();  // null, the objects, and others
  for (std::size_t i = 0; i < program.locations.size(); ++i) {
    const reference::TestLocation& l = program.locations[i];
    const Word offset = value - words[i + 1];
    if (offset == 0) return l.name;
    if (l.is_array && offset > 0 && offset <= static_cast<Word>(sizeof(atomic_t)))
      return l.name + '+' + std::to_string(element_bytes(l.type));
  }
  return std::to_string(value);
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
                                            [&](const SelfCheckingTest& test, Word value) { return value_text(program, test, value); });
    CHECK_MESSAGE(found == expected, "\n.litmus:\n", text(expected), "C++:\n", text(found));
    with_deadlock += expected.deadlock ? 1 : 0;
    with_race += expected.flags.empty() ? 0 : 1;
  }
  CHECK(with_deadlock > 0);
  CHECK(with_race > 0);
}

}  // namespace
}  // namespace lkmc
