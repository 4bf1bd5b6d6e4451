// SPDX-License-Identifier: Apache-2.0
// Writes random tests as C++: `write_twins COUNT` (see random_twins.h), or `write_twins COUNT checked` for each one twice, as it is
// and with checks, or `write_twins COUNT flags` (see flag_twins.h).
#include <cstdlib>
#include <iostream>
#include <string_view>

#include "tests/kernel/flag_twins.h"
#include "tests/kernel/random_twins.h"

int main(int argc, char** argv) {
  const std::string_view kind = argc == 3 ? argv[2] : "plain";
  if (argc < 2 || argc > 3) return 2;
  const int count = std::atoi(argv[1]);
  std::cout << "#include \"lkmc/litmus.h\"\nnamespace lkmc {\n";
  if (kind == "flags") {
    for (const auto& twin : lkmc::kernel_test::flag_twins(count)) std::cout << twin.cpp;
  } else {
    for (const auto& program : lkmc::kernel_test::random_twins(count)) {
      std::cout << lkmc::kernel_test::to_cpp(program);
      if (kind == "checked") std::cout << lkmc::kernel_test::to_cpp_with_checks(program);
    }
  }
  std::cout << "}\n";
}
