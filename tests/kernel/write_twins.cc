// SPDX-License-Identifier: Apache-2.0
// Writes random tests as C++ (see random_twins.h): `write_twins COUNT`, or `write_twins COUNT checked` for each one twice, as it is
// and with checks.
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tests/kernel/random_twins.h"

int main(int argc, char** argv) {
  const bool checked = argc == 3 && argv[2] == std::string_view("checked");
  if (argc != 2 && !checked) return 2;
  std::cout << "#include \"lkmc/litmus.h\"\nnamespace lkmc {\n";
  for (const auto& program : lkmc::kernel_test::random_twins(std::atoi(argv[1]))) {
    std::cout << lkmc::kernel_test::to_cpp(program);
    if (checked) std::cout << lkmc::kernel_test::to_cpp_with_checks(program);
  }
  std::cout << "}\n";
}
