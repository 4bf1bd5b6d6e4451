// SPDX-License-Identifier: Apache-2.0
// What became of one test of a batch. Every test that was asked for has a record, whatever happened to it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lkmc::batch {

using Json = nlohmann::ordered_json;

enum class Outcome : std::uint8_t {
  kPassed,  // as expected; or, where nothing is expected, every property holds
  kFailed,
  kInconclusive,  // the exploration ended early
  kError,         // it could not be checked: wrong, crashed, out of memory, killed
  kNotRun,        // the batch ended before
};
inline constexpr Outcome kOutcomes[] = {Outcome::kPassed, Outcome::kFailed, Outcome::kInconclusive, Outcome::kError, Outcome::kNotRun};

// `passed`, `failed`, `inconclusive`, `error`, `not run`
[[nodiscard]] std::string_view to_string(Outcome outcome);

struct Record {
  std::string id;    // the file, of a C++ test followed by `:` and its name; printable, and different for different tests
  std::string file;  // as it is opened
  std::string name;  // of the test; the file's if the test is not known by name
  int line = 1;      // where it stands
  Outcome outcome = Outcome::kNotRun;
  std::string result{};       // what came out: `Never`, `Sometimes DATARACE`, `holds`; empty if nothing did
  std::string expected{};     // what a comment or a file says should; empty if they say nothing
  std::string message{};      // in a few words, why it has not passed
  std::string diagnostics{};  // what lkmc check said on stderr
  double seconds = 0;
  std::vector<std::string> files{};  // that the test is made of, as far as it is known
  std::string digest{};              // of all that the result depends on, when the test was looked at; empty if that is not known
  std::string page{};                // that shows how it comes about, in the folder of the HTML report's pages; empty if there is none
  bool is_cached = false;            // it was not run again: what was found before still holds
  Json details{};                    // the object of `lkmc check --format json` (docs/json.md); null if there is none
};

// How many records have an outcome.
[[nodiscard]] std::size_t count(std::span<const Record> records, Outcome outcome);

// The exit status of a batch, as lkmc check has it.
[[nodiscard]] int exit_status(std::span<const Record> records);

}  // namespace lkmc::batch
