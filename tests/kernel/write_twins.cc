// Writes random tests as C++ (see random_twins.h): `write_twins COUNT`.
#include <cstdlib>
#include <iostream>

#include "tests/kernel/random_twins.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::cout << "#include \"lkmc/litmus.h\"\nnamespace lkmc {\n";
  for (const auto& program : lkmc::kernel_test::random_twins(std::atoi(argv[1]))) std::cout << lkmc::kernel_test::to_cpp(program);
  std::cout << "}\n";
}
