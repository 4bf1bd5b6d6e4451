// SPDX-License-Identifier: Apache-2.0
// What is compared of a test that is run from a .litmus file and from its twin in C++.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "src/cpp/cpp_test.h"

namespace lkmc::kernel_test {

// A final state: the text of each value by its name.
using StateText = std::map<std::string, std::string>;

struct Seen {
  std::uint64_t executions = 0;
  std::uint64_t satisfying = 0;
  bool deadlock = false;
  std::map<StateText, std::uint64_t> states;  // with the number of executions that end in each
  std::vector<std::string> flags;
  friend bool operator==(const Seen&, const Seen&) = default;
};

[[nodiscard]] std::string text(const Seen& seen);

// All executions that LKMM allows to a test in herd's format; `path` is for messages.
[[nodiscard]] Seen run_litmus(const std::string& path, const std::string& content);

// The same of a twin. Satisfying are the executions that reach the condition of the one exists(), or without one those in which
// finally() finds nothing wrong. `value_text` prints the values of observe().
enum class Checks : std::uint8_t { kHold, kMayFail };
using ValueText = std::function<std::string(const SelfCheckingTest&, Word)>;
[[nodiscard]] Seen run_cpp(const kernel::Registration& registration, const ValueText& value_text, Checks checks = Checks::kHold);
[[nodiscard]] Seen run_twin(const SelfCheckingTest& test, const ValueText& value_text, Checks checks = Checks::kHold);

}  // namespace lkmc::kernel_test
