// SPDX-License-Identifier: Apache-2.0
// The command line, parsed. All options of `lkmc check` stand in one table in options.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/batch/options.h"
#include "src/explore/shard.h"

namespace lkmc {

// kDefault is herd's for litmus files and text for C++.
enum class Format : std::uint8_t { kDefault, kHerd, kText, kJson };

// Whether the file is a C++ litmus test by its name.
[[nodiscard]] bool is_cpp(std::string_view file);
// Whether it is a test in C.
[[nodiscard]] bool is_c(std::string_view file);

// What the environment variable LKMC_TREE says.
[[nodiscard]] std::string default_kernel_tree();

// What is asked of each test besides its verdict, by a command of its own.
enum class Analysis : std::uint8_t { kNone, kBarriers, kRepair };

struct CheckOptions {
  std::vector<std::string> files;
  std::string model = "lkmm";
  int unroll = 8;
  int jobs = 1;
  std::optional<double> timeout;  // seconds for each file
  std::optional<std::uint64_t> max_executions;
  Format format = Format::kDefault;
  bool states = false;
  bool stats = false;
  std::string trace;  // file to write; empty for none
  std::string test;   // the only test of a C++ file to check; empty for all
  std::string kcsan;  // a profile of KCSAN, or a file; empty for none
  bool advise = false;
  bool why = false;
  Analysis analysis = Analysis::kNone;
  int memory = 4096;                         // MiB for each C++ file
  bool list = false;                         // the tests, without checking them
  std::string tree = default_kernel_tree();  // that tests in C take functions from
  std::string patch;                         // on top of it
  Shard shard{};
};

enum class ReplayFormat : std::uint8_t { kText, kJson, kHtml, kDot };

struct ReplayOptions {
  std::string trace;
  ReplayFormat format = ReplayFormat::kText;
  bool step = false;              // walk through the steps on the terminal
  bool run_changed = false;       // compile and run a C++ program that is not what the trace was made of
  std::optional<double> timeout;  // seconds for a C++ program
  std::string tree = default_kernel_tree();
  std::string patch;
};

enum class TableFormat : std::uint8_t { kText, kMarkdown, kJson };

struct BarriersOptions {
  CheckOptions check;
  TableFormat format = TableFormat::kText;
  bool stories = false;  // what goes wrong without each, step by step
  bool check_comments = false;
};

struct RepairOptions {
  CheckOptions check;
};

struct CompareOptions {
  std::string before, after;  // results of batches
  bool reachable_is_worse = false;
  bool markdown = false;
};

struct MergeOptions {
  std::vector<std::string> parts;  // files
  Format format = Format::kDefault;
  bool states = false;
  std::vector<batch::WantedReport> reports;  // of batches
};

struct CacheOptions {
  bool clear = false;  // else say what is in it
};

struct ModelsOptions {
  std::string print;  // the model to print; empty for a list
};

// Nothing is left to do: what there was to say, on stdout if `status` is 0, else on stderr.
struct Answer {
  int status;
  std::string text;
};

using Command = std::variant<CheckOptions, BarriersOptions, RepairOptions, batch::Options, CompareOptions, MergeOptions, CacheOptions,
                             ReplayOptions, ModelsOptions, Answer>;

[[nodiscard]] Command parse_command_line(int argc, const char* const* argv);

}  // namespace lkmc
