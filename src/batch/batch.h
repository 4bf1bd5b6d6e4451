// SPDX-License-Identifier: Apache-2.0
// Runs the tests of a batch, each by an lkmc of its own, several beside each other.
//
// A `.litmus` file is one test. A file in C++ or C is asked first which tests it has; then each of them runs by itself, with limits
// of its own. Whatever a test does, it ends only its own process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/batch/expectations.h"
#include "src/batch/find.h"
#include "src/batch/options.h"
#include "src/batch/record.h"

namespace lkmc::batch {

struct Progress {
  std::size_t done = 0, known = 0;   // tests; more may become known while files are compiled
  const Record* last = nullptr;      // that was finished now; null if nothing was
  std::vector<std::string> running;  // ids
};

// What somebody has found under limits may change with the load of the machine: it is kept only until a batch has come to its end.
enum class Kept : std::uint8_t { kForGood, kUntilTheEnd };

struct Surroundings {
  std::string lkmc;                                          // the path of the program to run
  std::function<std::string(const std::string& path)> read;  // the content of a file, empty if it cannot be read
  const std::atomic<bool>& interrupted;
  bool patches_tree = false;                                   // the kernel tree has Options::patch on it
  std::function<void(const Progress&)> on_progress;            // called often
  std::function<std::string(const std::string& text)> digest;  // of all that the result of a `.litmus` file with this text depends on
  // What an earlier batch has found, by a text that is the same for the same results; and keeps what is found for a later one.
  std::function<std::optional<std::string>(const std::string& key, Kept kept)> recall;
  std::function<void(const std::string& key, const std::string& found, Kept kept)> remember;
};

// All tests in the order of their files, and within a file in that of its text. With Options::list nothing is checked: each test
// has a record that says that it has not run.
[[nodiscard]] std::vector<Record> run(const Options& options, const Expectations& expectations, std::vector<FoundFile> files,
                                      const Surroundings& surroundings);

}  // namespace lkmc::batch
