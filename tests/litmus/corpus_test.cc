// SPDX-License-Identifier: Apache-2.0
// Whole files: the project's own tests in litmus/classic, and a corpus of others where LKMC_CORPUS names its folder.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/litmus/helpers.h"

namespace lkmc::litmus_test {
namespace {

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

int check_all(const std::filesystem::path& root, void (*check)(const std::string& text, const LitmusTest& test)) {
  int count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".litmus") continue;
    CAPTURE(entry.path().string());
    ++count;
    const std::string text = contents(entry.path());
    const auto result = parse_litmus(entry.path().string(), text);
    if (const auto* d = std::get_if<Diagnostic>(&result)) {
      FAIL_CHECK(d->line << ":" << d->column << ": " << d->message);
      continue;
    }
    check(text, *std::get<std::unique_ptr<LitmusTest>>(result));
  }
  return count;
}

TEST_CASE("the project's classic tests parse, and each says what its verdict is") {
  const int count = check_all("litmus/classic", [](const std::string& text, const LitmusTest& test) {
    const std::size_t result = text.find("(* Result: ");
    REQUIRE(result != std::string::npos);
    const std::string verdict = text.substr(result + 11, text.find_first_of(" *\n", result + 11) - result - 11);
    CHECK((verdict == "Never" || verdict == "Sometimes" || verdict == "Always"));
    CHECK(test.thread_count() >= 1);
  });
  CHECK(count >= 30);
}

TEST_CASE("the corpus parses") {
  const char* root = std::getenv("LKMC_CORPUS");
  if (root == nullptr) {
    MESSAGE("LKMC_CORPUS is not set: nothing to parse");
    return;
  }
  const int count = check_all(root, [](const std::string&, const LitmusTest& test) {
    CHECK_FALSE(test.name().empty());
    const std::vector<Word> registers(static_cast<std::size_t>(test.register_slots()));
    const std::vector<Word> memory(test.locations().size());
    (void)test.satisfies({registers, memory});
    CHECK((test.observed().empty() == test.state_line({registers, memory}).empty()));
  });
  CHECK(count > 0);
}

}  // namespace
}  // namespace lkmc::litmus_test
