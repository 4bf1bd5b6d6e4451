// SPDX-License-Identifier: Apache-2.0
// What the user asks of `lkmc batch`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/explore/shard.h"

namespace lkmc::batch {

struct WantedReport {
  std::string format;  // a name of the table in formats.h
  std::string file;
};

struct Options {
  std::vector<std::string> paths;
  std::string model = "lkmm";
  int unroll = 8;
  int jobs = 1;              // tests at a time
  double timeout = 60;       // seconds for each test
  int memory = 4096;         // MiB for each test
  std::string filter;        // a pattern of the shell for the tests to run; empty for all
  std::string expectations;  // a file; empty for none
  std::string write_expectations;
  std::vector<WantedReport> reports;
  std::string tree;      // the kernel tree that tests in C take functions from; empty for what the environment says
  std::string patch;     // a diff or a series of mails to try, on the kernel tree if that is given; empty for none
  std::string bisect;    // commits of the kernel tree, A..B, among which to look for what has changed a result; empty for none
  std::string baseline;  // the results of an earlier batch; empty for none
  bool reachable_is_worse = false;
  Shard shard{};        // of the files
  bool cache = true;    // tests are not run again whose results are known
  double explain = 10;  // seconds to say why a test has failed, and how to repair it; 0 for not at all
  bool list = false;
  bool fail_fast = false;
  bool retry_inconclusive = false;
};

}  // namespace lkmc::batch
