// SPDX-License-Identifier: Apache-2.0
// The explorer against herd7: the tests of a corpus whose results are known, where LKMC_CORPUS names its folder.
//
// expected.jsonl in that folder has one test a line: its path, and the verdict, the numbers of executions that satisfy
// the condition or not, the states and the flags that herd7 found.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/explore/exploration.h"

namespace lkmc::explore_test {
namespace {

using Json = nlohmann::json;

std::string contents(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string listed(const std::set<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n    " + line;
  return text.empty() ? " none" : text;
}

std::set<std::string> flag_names(const Model& model, std::uint64_t flags) {
  std::set<std::string> names;
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    if (flags >> i & 1) names.insert(model.axioms[i].name);
  }
  return names;
}

std::string_view verdict(std::uint64_t positive, std::uint64_t negative) {
  return positive == 0 ? "Never" : negative == 0 ? "Always" : "Sometimes";
}

// What differs; empty if nothing does.
std::string compare(const Json& expected, const Model& model, const Exploration& found) {
  std::string what;
  const auto differ = [&](std::string_view name, const auto& wanted, const auto& got) {
    if (wanted == got) return;
    std::ostringstream text;
    if constexpr (requires { text << wanted; }) {
      text << "\n  " << name << ": expected " << wanted << ", found " << got;
    } else {
      text << "\n  " << name << ": expected" << listed(wanted) << "\n  found" << listed(got);
    }
    what += text.str();
  };
  const std::uint64_t positive = found.findings.satisfying;
  const std::uint64_t negative = found.findings.executions - positive;
  differ("verdict", expected.at("verdict").get<std::string>(), std::string(verdict(positive, negative)));
  differ("positive", expected.at("positive").get<std::uint64_t>(), positive);
  differ("negative", expected.at("negative").get<std::uint64_t>(), negative);
  differ("states", expected.at("states").get<std::set<std::string>>(), found.findings.lines);
  differ("flags", expected.at("flags").get<std::set<std::string>>(), flag_names(model, found.statistics.flags));
  differ("repeated executions", std::uint64_t{0}, found.findings.repeated);
  differ("failures", std::set<std::string>{}, found.findings.failures);
  if (found.statistics.interruption != Interruption::kNone) what += "\n  timeout";
  if (found.statistics.bound_hit) what += "\n  the loop bound was hit";
  return what;
}

TEST_CASE("the corpus has the verdicts, counts, states and flags that herd7 found") {
  const char* root = std::getenv("LKMC_CORPUS");
  if (root == nullptr) {
    MESSAGE("LKMC_CORPUS is not set: nothing to compare with");
    return;
  }
  const auto loaded = load_model("lkmm");
  REQUIRE(std::holds_alternative<Model>(loaded));
  const Model& model = std::get<Model>(loaded);
  const ModelFacts facts(model);
  std::ifstream lines(std::filesystem::path(root) / "expected.jsonl");
  REQUIRE(lines.is_open());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json expected = Json::parse(line);
    const auto path = expected.at("path").get<std::string>();
    const std::string text = contents(std::filesystem::path(root) / path);
    const auto parsed = parse_litmus(path, text);
    if (const auto* d = std::get_if<Diagnostic>(&parsed)) {
      FAIL_CHECK(path << ":" << d->line << ":" << d->column << ": " << d->message);
      continue;
    }
    const Exploration found = run_explorer(*std::get<std::unique_ptr<LitmusTest>>(parsed), model, facts);
    const std::string difference = compare(expected, model, found);
    if (!difference.empty()) FAIL_CHECK(path << difference);
  }
  CHECK(count > 0);
  MESSAGE("compared " << count << " tests");
}

}  // namespace
}  // namespace lkmc::explore_test
