// Runs the tests of a batch, each by an lkmc of its own, several beside each other.
//
// A `.litmus` file is one test. A C++ file is compiled first and asked which tests it has; then each of them runs by itself, with
// limits of its own. Whatever a test does, it ends only its own process.
#pragma once

#include <atomic>
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
  std::size_t done = 0, known = 0;  // tests; more may become known while files are compiled
  const Record* last = nullptr;     // that was finished now; null if nothing was
  std::vector<std::string> running; // ids
};

struct Surroundings {
  std::string lkmc;  // the path of the program to run
  std::function<std::string(const std::string& path)> read;  // the content of a file, empty if it cannot be read
  const std::atomic<bool>& interrupted;
  std::function<void(const Progress&)> on_progress;  // called often
  std::function<std::string(const std::vector<std::string>& files)> digest;  // of what is in them
  // What an earlier batch has found in the test as it is; and keeps that for a later one.
  std::function<std::optional<std::string>(const Record& test)> recall;
  std::function<void(const Record& test, const std::string& found)> remember;
};

// All tests in the order of their files, and within a file in that of its text. With Options::list nothing is checked: each test
// has a record that says that it has not run.
[[nodiscard]] std::vector<Record> run(const Options& options, const Expectations& expectations, std::vector<FoundFile> files,
                                      const Surroundings& surroundings);

}  // namespace lkmc::batch
