// SPDX-License-Identifier: Apache-2.0
// The command line as it is understood.
#include "src/cli/options.h"

#include <doctest/doctest.h>

#include "src/cli/exit_status.h"
#include "src/cli/progress.h"

namespace lkmc {
namespace {

Command parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "lkmc");
  return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

TEST_CASE("defaults") {
  const Command command = parse({"check", "a.litmus", "b.litmus"});
  const auto& options = std::get<CheckOptions>(command);
  CHECK(options.files == std::vector<std::string>{"a.litmus", "b.litmus"});
  CHECK(options.model == "lkmm");
  CHECK(options.unroll == 8);
  CHECK(options.jobs == 1);
  CHECK_FALSE(options.timeout);
  CHECK_FALSE(options.max_executions);
  CHECK(options.format == Format::kDefault);
  CHECK_FALSE(options.states);
  CHECK_FALSE(options.stats);
  CHECK(options.trace.empty());
}

TEST_CASE("every option, before and after the files") {
  const Command command = parse({"check", "--model", "m.cat", "--unroll", "3", "a.litmus", "--jobs=4", "--timeout", "0.5",
                                 "--max-executions", "1000000000000", "--format", "json", "--states", "--stats", "--trace", "t.json"});
  const auto& options = std::get<CheckOptions>(command);
  CHECK(options.files == std::vector<std::string>{"a.litmus"});
  CHECK(options.model == "m.cat");
  CHECK(options.unroll == 3);
  CHECK(options.jobs == 4);
  CHECK(options.timeout == 0.5);
  CHECK(options.max_executions == 1'000'000'000'000U);
  CHECK(options.format == Format::kJson);
  CHECK(options.states);
  CHECK(options.stats);
  CHECK(options.trace == "t.json");
}

TEST_CASE("what is wrong is said with the range") {
  const Command command = parse({"check", "--jobs", "0", "a.litmus"});
  const auto& answer = std::get<Answer>(command);
  CHECK(answer.status == kError);
  CHECK(answer.text.find("--jobs needs a whole number from 1 to 1024, not 0") != std::string::npos);
}

TEST_CASE("questions about lkmc itself") {
  CHECK(std::get<Answer>(parse({"--version"})).status == kSuccess);
  CHECK(std::get<Answer>(parse({"check", "--help"})).text.find("--max-executions N") != std::string::npos);
  CHECK(std::get<ModelsOptions>(parse({"models", "--print", "sc"})).print == "sc");
}

TEST_CASE("the graver exit status") {
  CHECK(graver(kSuccess, kInconclusive) == kInconclusive);
  CHECK(graver(kInconclusive, kViolation) == kViolation);
  CHECK(graver(kViolation, kError) == kError);
  CHECK(graver(kSuccess, kSuccess) == kSuccess);
}

TEST_CASE("progress estimates the total where it can") {
  CHECK(progress_text("a.litmus", {.executions = 12345, .seconds = 2.04, .fraction = 0.25}) ==
        "a.litmus: 12,345 executions, 25% of about 49,000, 2.0 s");
  CHECK(progress_text("a.litmus", {.executions = 7, .seconds = 1, .fraction = {}}) == "a.litmus: 7 executions, 1.0 s");
  CHECK(progress_text("a.litmus", {.executions = 7, .seconds = 1, .fraction = 0.0}) == "a.litmus: 7 executions, 1.0 s");
}

}  // namespace
}  // namespace lkmc
