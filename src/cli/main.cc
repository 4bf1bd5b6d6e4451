// The entry point of lkmc.
#include <iostream>
#include <string_view>

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::cout << "lkmc 0.1\n";
    return 0;
  }
  std::cerr << "usage: lkmc --version\n";
  return 2;
}
