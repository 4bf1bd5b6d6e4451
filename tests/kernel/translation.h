// SPDX-License-Identifier: Apache-2.0
// Lines of a random .litmus test (tests/reference/generator.h) in the words of the C++ API.
#pragma once

#include <set>
#include <string>

#include "tests/reference/test_program.h"

namespace lkmc::kernel_test {

// How the objects of a test are declared in C++, which its lines follow: an `int` is an atomic_t, of which the counter is
// accessed; other integers and pointers are shared variables.
class Translation {
 public:
  explicit Translation(const reference::TestProgram& program);

  // The declaration and, in finally(), the observation of a location; the second is empty where it has no value in C++.
  [[nodiscard]] std::string declared(const reference::TestLocation& location) const;
  [[nodiscard]] std::string observed(const reference::TestLocation& location) const;
  // `value<short> r3`, 0 or null at first.
  [[nodiscard]] std::string register_declared(const std::string& name) const;
  [[nodiscard]] std::string line(const std::string& litmus) const;

 private:
  [[nodiscard]] std::string type_of(const std::string& type) const;
  [[nodiscard]] std::string element(const std::string& index, bool of_counter) const;

  const reference::TestProgram& program_;
  std::set<std::string> atomics_;  // variables and arrays that are atomic_t
  std::set<std::string> pointers_;
};

}  // namespace lkmc::kernel_test
