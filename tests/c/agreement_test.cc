// SPDX-License-Identifier: Apache-2.0
// The front ends agree: tests in herd's format and their twins in C (twins.h) have the same executions, final states, flags and
// deadlocks.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "src/c/c_test.h"
#include "tests/c/parsed.h"
#include "tests/c/twins.h"
#include "tests/kernel/agreement.h"
#include "tests/reference/generator.h"

namespace lkmc {
namespace {

namespace fs = std::filesystem;
using kernel_test::Seen;

struct Named {
  std::string name;
  std::string litmus;
};

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// As herd writes it: a location is called by its own name.
std::string value_text(const SelfCheckingTest& test, Word value) {
  if (const auto symbol = Program::symbol_number(value)) return 'S' + std::to_string(*symbol);
  const std::string name = test.pointer_name(value);
  return name.empty() ? std::to_string(value) : name.substr(name.find('_') + 1);
}

void compare(const std::vector<Named>& tests) {
  std::vector<c_test::Original> originals;
  std::vector<Seen> expected;
  for (const Named& test : tests) {
    CAPTURE(test.name);
    expected.push_back(kernel_test::run_litmus(test.name, test.litmus));
    std::erase(expected.back().flags, "lock-final");  // the twin asks for the word in which a lock is
    c_test::Original original{test.litmus, {}};
    if (!expected.back().states.empty()) {
      for (const auto& [name, value] : expected.back().states.begin()->first) original.observed.push_back(name);
    }
    originals.push_back(std::move(original));
  }
  const auto file = c_test::parsed(c_test::to_c(originals));
  REQUIRE(file->cases().size() == tests.size());
  for (std::size_t i = 0; i < tests.size(); ++i) {
    CAPTURE(tests[i].litmus);
    const c::CTest twin(*file, file->cases()[i], 8);
    REQUIRE_FALSE(twin.failure());
    Seen found = kernel_test::run_twin(twin, value_text);
    found.satisfying = expected[i].satisfying;  // the condition is not in the twin
    CHECK_MESSAGE(found == expected[i], "\n.litmus:\n", text(expected[i]), "C:\n", text(found));
  }
}

TEST_CASE("the classic tests have the same executions, states and flags in C") {
  std::vector<Named> tests;
  for (const auto& entry : fs::directory_iterator("litmus/classic")) {
    if (entry.path().extension() == ".litmus") tests.push_back({entry.path().string(), content_of(entry.path())});
  }
  CHECK(tests.size() >= 60);
  compare(tests);
}

TEST_CASE("random tests have the same executions, states and flags in C") {
  reference::GeneratorOptions options;
  options.features.widths = 0;  // herd computes in other widths than C
  options.features.misuse = 0;
  options.features.arrays = 0;
  const char* count = std::getenv("LKMC_RANDOM_TESTS");
  const std::uint64_t seeds = count != nullptr ? std::strtoull(count, nullptr, 10) : 400;
  constexpr std::uint64_t kAtOnce = 50;  // in one file
  for (std::uint64_t seed = 1; seed <= seeds;) {
    std::vector<Named> tests;
    for (; tests.size() < kAtOnce && seed <= seeds; ++seed) {
      const reference::TestProgram program = reference::generate(seed, options);
      tests.push_back({program.name, reference::to_litmus(program)});
    }
    compare(tests);
  }
}

}  // namespace
}  // namespace lkmc
