// SPDX-License-Identifier: Apache-2.0
// What a test should show, and whether it did.
//
// The kernel's litmus tests carry a comment `(* Result: Never *)`: the `Observation` that herd7 prints, `DEADLOCK` if there is
// no execution, `Maybe` if anything is right, and perhaps `DATARACE`. It is judged as the kernel's judgelitmus.sh does. A file of
// expectations has a line `ID: RESULT` for each test, in the words of Record::result; the results of a batch can be written as one.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "src/batch/record.h"

namespace lkmc::batch {

// `Never DATARACE`, from the first comment of that kind; empty if there is none.
[[nodiscard]] std::string result_comment(std::string_view text);

// What came out, from the object of `lkmc check --format json`.
[[nodiscard]] std::string result_of(const Json& details);

// By the tests' ids.
using Expectations = std::map<std::string, std::string>;

struct ExpectationError {
  int line;
  std::string message;
};
[[nodiscard]] std::variant<Expectations, ExpectationError> read_expectations(std::string_view text);
[[nodiscard]] std::string expectations_text(std::span<const Record> records);

// Where the expectation of a test comes from.
enum class Source : std::uint8_t { kNone, kComment, kFile };

// Fills in outcome, result, expected and message of a test that was checked: it has details.
void judge(Record& record, Source source, const std::string& expected);

}  // namespace lkmc::batch
