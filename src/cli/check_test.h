// SPDX-License-Identifier: Apache-2.0
// Checks one test of any front end: explores it, asks what the user asks besides its verdict, and reports.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/cli/options.h"
#include "src/inquiry/inquiries.h"
#include "src/model/checker.h"
#include "src/model/model.h"
#include "src/report/paint.h"
#include "src/report/test.h"

namespace lkmc {

// What all checks of a run have in common.
struct CheckContext {
  const CheckOptions& options;
  const Model& model;
  const ModelFacts& facts;
  const Asked& asked;
  const std::atomic<bool>& interrupted;
  Colour colour;
  std::function<void(std::string_view)> out;  // what is for stdout
  std::optional<Part> part{};                 // without the program's digest, if a shard is asked for

  // When the time for a file that is begun now is over; nothing if it has no limit.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> deadline() const;
  // What JSON has as `digest`, of a test with this full_digest.
  [[nodiscard]] std::string digest_of_results(const std::string& full_digest) const;
};

struct TestReport {
  std::string out, err;  // for stdout and stderr
  int status = 0;
  std::optional<std::string> trace{};  // if one is wanted and there is something to show
};

struct ListedTest {
  std::string name;
  int line;
  std::vector<std::string> files;  // that it is made of
  std::string digest{};            // Test::full_digest
};
// What `--list` prints of a test.
[[nodiscard]] std::string listed_test(const std::string& file, const ListedTest& test, const CheckContext& context);

[[nodiscard]] TestReport check_test(const Test& test, Format format, std::optional<std::chrono::steady_clock::time_point> deadline,
                                    const CheckContext& context);

// That of a test with this verdict.
[[nodiscard]] int exit_status(Verdict verdict);

// Writes what --trace asks for, which is of `file`; returns the exit status.
[[nodiscard]] int write_trace(const std::string& file, const CheckOptions& options, const std::optional<std::string>& trace);

}  // namespace lkmc
