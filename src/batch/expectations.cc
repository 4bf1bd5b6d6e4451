// SPDX-License-Identifier: Apache-2.0
#include "src/batch/expectations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace lkmc::batch {
namespace {

constexpr std::string_view kRace = " DATARACE";
constexpr std::array<std::string_view, 7> kResults = {"Never", "Sometimes", "Always", "DEADLOCK", "holds", "violated", "inconclusive"};

std::string_view without_race(std::string_view result) {
  return result.ends_with(kRace) ? result.substr(0, result.size() - kRace.size()) : result;
}

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

// Why a test is violated, or what else is to be said of it, in a few words.
std::string findings_text(const Json& details) {
  for (const char* key : {"violations", "races"}) {
    const auto found = details.find(key);
    if (found == details.end() || found->empty()) continue;
    const Json& first = found->front();
    if (first.contains("message")) return text_at(first, "message");
    if (key == std::string_view("races") && first.contains("location")) return "data race on " + text_at(first, "location");
  }
  if (details.contains("deadlock")) return "deadlock";
  const auto expectations = details.find("expectations");
  if (expectations != details.end()) {
    for (const Json& e : *expectations) {
      if (e.contains("met") && e["met"] == false) return "expected: " + text_at(e, "expected");
    }
  }
  return "violated";
}

// As judgelitmus.sh: a data race must be predicted and modelled, or neither; with one, a wrong result is forgiven.
std::string why_not(const std::string& result, const std::string& expected) {
  const bool race = result.ends_with(kRace);
  const bool race_expected = expected.ends_with(kRace);
  if (race_expected && !race) return "the data race that is expected was not found";
  if (!race_expected && race) return "a data race that is not expected";
  const std::string_view wanted = without_race(expected);
  if (wanted == "Maybe" || wanted == without_race(result) || race) return {};
  return fmt::format("{}, expected {}", without_race(result), wanted);
}

}  // namespace

std::string result_comment(std::string_view text) {
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("(* Result: ") && !line.starts_with(" * Result: ")) continue;
    std::istringstream words(line);
    std::string word, result;
    words >> word;
    if (word == "(*" || word == "*") words >> word;
    words >> result;
    return line.find(kRace) == std::string::npos ? result : result + std::string(kRace);
  }
  return {};
}

std::string result_of(const Json& details) {
  const std::string observation = text_at(details, "observation");
  if (observation.empty()) return text_at(details, "verdict");
  const bool no_execution = details.value("executions", 0) == 0 && details.value("complete", false);
  std::string result = no_execution ? "DEADLOCK" : observation == "Inconclusive" ? "inconclusive" : observation;
  const auto flags = details.find("flags");
  if (flags != details.end() && std::find(flags->begin(), flags->end(), "data-race") != flags->end()) result += kRace;
  return result;
}

std::variant<Expectations, ExpectationError> read_expectations(std::string_view text) {
  Expectations all;
  std::istringstream lines{std::string(text)};
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t colon = line.rfind(": ");
    if (colon == std::string::npos || colon == 0) return ExpectationError{number, "a line is TEST: RESULT"};
    const std::string result = line.substr(colon + 2);
    if (std::find(kResults.begin(), kResults.end(), without_race(result)) == kResults.end()) {
      return ExpectationError{number, fmt::format("a result is one of {}, perhaps followed by DATARACE", fmt::join(kResults, ", "))};
    }
    if (!all.emplace(line.substr(0, colon), result).second) return ExpectationError{number, "the test is there twice"};
  }
  return all;
}

std::string expectations_text(std::span<const Record> records) {
  std::string text = "# What the tests are expected to show: lkmc batch --expectations FILE compares, --write-expectations FILE writes.\n";
  for (const Record& r : records) {
    if (!r.result.empty()) text += fmt::format("{}: {}\n", r.id, r.result);
  }
  return text;
}

void judge(Record& record, Source source, const std::string& expected) {
  const std::string verdict = text_at(record.details, "verdict");
  record.result = result_of(record.details);
  record.expected = source == Source::kNone ? "" : expected;
  const auto is = [&](Outcome outcome, std::string message = {}) {
    record.outcome = outcome;
    record.message = std::move(message);
  };
  const bool is_open = without_race(record.result) == "inconclusive";
  if (source == Source::kFile && record.result == expected) return is(Outcome::kPassed);
  if (source == Source::kNone && verdict == "violated") return is(Outcome::kFailed, findings_text(record.details));
  if (is_open || (source == Source::kNone && verdict == "inconclusive")) {
    return is(Outcome::kInconclusive, text_at(record.details, "incomplete_because"));
  }
  if (source == Source::kNone) return is(Outcome::kPassed);
  std::string wrong =
      source == Source::kComment ? why_not(record.result, expected) : fmt::format("{}, expected {}", record.result, expected);
  const Outcome outcome = wrong.empty() ? Outcome::kPassed : Outcome::kFailed;
  is(outcome, std::move(wrong));
}

}  // namespace lkmc::batch
