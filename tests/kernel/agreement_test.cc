// SPDX-License-Identifier: Apache-2.0
// The two front ends agree: each test of litmus/classic/, run from its .litmus file and from its twin in C++, has the
// same executions, final states and flags.
#include "tests/kernel/agreement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace lkmc {
namespace {

namespace fs = std::filesystem;
using kernel_test::Seen;

// The objects that a twin makes, in that order, by the names that they have in the .litmus file, where their addresses are
// values of the final state.
const std::map<std::string, std::vector<std::string>> kObjects = {
    {"lb_addr", {"u", "y"}},
    {"mp_assign_deref", {"old", "new"}},
    {"mp_deref_dropped", {"old", "new"}},
    {"rcu_deferred_free", {"y", "z"}},
};

std::string content_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string value_text(const SelfCheckingTest& test, Word value) {
  const auto names = kObjects.find(test.name());
  if (names == kObjects.end()) return std::to_string(value);
  const std::vector<Word> words = test.possible_words();  // null, then the objects
  REQUIRE(words.size() == names->second.size() + 1);
  const auto at = std::find(words.begin() + 1, words.end(), value);
  return at == words.end() ? std::to_string(value) : names->second[static_cast<std::size_t>(at - words.begin()) - 1];
}

// mp-once and 2+2w-mb as names in C++.
std::string name_in_cpp(const fs::path& path) {
  std::string name = path.stem().string();
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '-' || c == '+'; }, '_');
  return name;
}

TEST_CASE("each classic test has a twin in C++ with the same executions, states and flags") {
  std::map<std::string, fs::path> files;
  for (const auto& entry : fs::directory_iterator("litmus/classic")) {
    if (entry.path().extension() == ".litmus") files.emplace(name_in_cpp(entry.path()), entry.path());
  }
  CHECK(files.size() >= 60);
  std::set<std::string> twins;
  for (const kernel::Registration* registration : kernel::registered_tests()) {
    CAPTURE(registration->name);
    REQUIRE(files.contains(registration->name));
    twins.insert(registration->name);
    const fs::path& path = files[registration->name];
    const Seen expected = kernel_test::run_litmus(path.string(), content_of(path));
    const Seen found = kernel_test::run_cpp(*registration, value_text);
    CHECK(expected.executions > 0);
    CHECK_FALSE(expected.deadlock);
    CHECK_MESSAGE(found == expected, "\n.litmus:\n", text(expected), "C++:\n", text(found));
  }
  for (const auto& [name, path] : files) CHECK_MESSAGE(twins.contains(name), path.string(), " has no twin");
}

}  // namespace
}  // namespace lkmc
