// SPDX-License-Identifier: Apache-2.0
#include "src/cli/options.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <sstream>
#include <thread>

#include "src/batch/formats.h"
#include "src/cli/exit_status.h"
#include "src/cli/shard.h"

namespace lkmc {
namespace {

constexpr std::string_view kVersion = "lkmc 0.1\n";

constexpr std::array<std::pair<std::string_view, Format>, 3> kFormats = {
    {{"herd", Format::kHerd}, {"text", Format::kText}, {"json", Format::kJson}}};

// Where the value of an option goes.
using Target = std::variant<int CheckOptions::*, bool CheckOptions::*, std::string CheckOptions::*, Format CheckOptions::*,
                            std::optional<double> CheckOptions::*, std::optional<std::uint64_t> CheckOptions::*, Shard CheckOptions::*>;

struct Option {
  const char* name;
  const char* value;  // what stands for it in the help; empty for a switch
  Target target;
  const char* initial;  // the default, as text
  double least, most;   // of a number
  const char* help;
};

constexpr double kNoLimit = 1e15;

const Option kCheckOptions[] = {
    {"--model", "NAME|FILE.cat", &CheckOptions::model, "lkmm", 0, 0, "A built-in memory model (see lkmc models), or a cat file"},
    {"--unroll", "N", &CheckOptions::unroll, "8", 0, 10000, "Rounds of a loop before a path is given up"},
    {"--jobs", "N", &CheckOptions::jobs, "1", 1, 1024, "Threads that explore a test; results do not depend on it"},
    {"--timeout", "S", &CheckOptions::timeout, "none", 0, 1e9, "Seconds for each file"},
    {"--max-executions", "N", &CheckOptions::max_executions, "none", 1, kNoLimit, "Executions of each file after which to stop"},
    {"--format", "herd|text|json", &CheckOptions::format, "herd, text for C++ and C", 0, 0,
     "herd7's output; for people; one JSON object on a line per test"},
    {"--states", "", &CheckOptions::states, "off", 0, 0, "List the final states in the text format, as the others do"},
    {"--stats", "", &CheckOptions::stats, "off", 0, 0, "Print statistics of the exploration to stderr"},
    {"--trace", "OUT.json", &CheckOptions::trace, "none", 0, 0,
     "Write the execution to show as JSON, of a file in C++ or C that of the first violated test; takes one FILE"},
    {"--test", "NAME", &CheckOptions::test, "all", 0, 0, "The only test of files in C++ or C to check"},
    {"--kcsan", "NAME|FILE", &CheckOptions::kcsan, "none", 0, 0,
     "Print what KCSAN would report, configured as strict, default, permissive, syzbot or by lines of a .config"},
    {"--advise", "", &CheckOptions::advise, "off", 0, 0,
     "Of each data race, say which marking of the accesses removes it, and whether it only hides a bug"},
    {"--why", "", &CheckOptions::why, "off", 0, 0, "Of what is wrong, say which orderings would forbid it; of what is not, which do"},
    {"--tree", "DIR[@REV]", &CheckOptions::tree, "$LKMC_TREE", 0, 0,
     "The kernel tree, or a revision of its git repository, that tests in C take functions from"},
    {"--patch", "FILE", &CheckOptions::patch, "none", 0, 0,
     "A patch, or a series in an mbox, that is applied to what is taken from the tree"},
    {"--memory", "MIB", &CheckOptions::memory, "4096", 64, 1 << 24, "Memory for each C++ file"},
    {"--list", "", &CheckOptions::list, "off", 0, 0, "List the tests of the files, without checking them"},
    {"--shard", "I/N|env", &CheckOptions::shard, "the whole", 0, 0,
     "Visit one of N shares of the executions, for lkmc merge; env: the one that Bazel or Slurm says"},
};

// Those of `lkmc barriers` that it shares with `lkmc check`.
constexpr std::array<std::string_view, 8> kSharedWithBarriers = {"--model", "--unroll", "--jobs",  "--timeout",
                                                                 "--test",  "--tree",   "--patch", "--memory"};

constexpr std::array<std::string_view, 10> kSharedWithRepair = {"--model", "--unroll", "--jobs",   "--timeout", "--test",
                                                                "--tree",  "--patch",  "--memory", "--format",  "--why"};

constexpr const char* kRepairFooter =
    "What `exists` asks for counts as wrong here. Costs are those of models/ordering-costs.txt. Exit status: 0 if nothing is\n"
    "wrong or a repair was found, 1 if there is none.";

constexpr std::array<std::pair<std::string_view, TableFormat>, 3> kTableFormats = {
    {{"text", TableFormat::kText}, {"markdown", TableFormat::kMarkdown}, {"json", TableFormat::kJson}}};

constexpr const char* kBarriersFooter =
    "Takes each fence, acquire, release, marked access, grace period and RCU section away, alone, and checks the tests\n"
    "again. Exit status: that of lkmc check for the tests as they are.";

// Of `lkmc batch`; where their values go is said there.
const Option kBatchModel = {"--model", "NAME|FILE.cat", {}, "lkmm", 0, 0, "A built-in memory model (see lkmc models), or a cat file"};
const Option kBatchUnroll = {"--unroll", "N", {}, "8", 0, 10000, "Rounds of a loop before a path is given up"};
const Option kBatchJobs = {"--jobs", "N", {}, "the number of processors", 1, 1024, "Tests that run at a time"};
const Option kBatchTimeout = {"--timeout", "S", {}, "60", 0, 1e9, "Seconds for each test"};
const Option kBatchMemory = {"--memory", "MIB", {}, "4096", 64, 1 << 24, "Memory for each test"};
const Option kBatchExplain = {
    "--explain", "S", {}, "10", 0, 1e9, "Seconds to say of each failed test why, and the smallest repair; 0: do not"};
const Option kBatchFilter = {
    "--filter", "GLOB", {}, "all", 0, 0, "The tests to run: FILE, or FILE:TEST of C++ and C, as --list prints them"};
const Option kBatchExpectations = {
    "--expectations", "FILE", {}, "none", 0, 0, "What the tests are expected to show, TEST: RESULT on each line"};
const Option kBatchPatch = {
    "--patch",
    "FILE",
    {},
    "none",
    0,
    0,
    "Compare with the same tests after this diff, or series of mails, is applied: to the kernel tree if --tree names it"};
const Option kBatchTree = {"--tree",
                           "DIR[@REV]",
                           {},
                           "$LKMC_TREE",
                           0,
                           0,
                           "The kernel tree, or a revision of its git repository, that tests in C take functions from"};
const Option kBatchBisect = {"--bisect",
                             "A..B",
                             {},
                             "none",
                             0,
                             0,
                             "Compare the results at two revisions of the kernel tree, and find the commits that have changed them"};
const Option kBatchBaseline = {
    "--baseline", "FILE", {}, "none", 0, 0, "Compare with an earlier batch: what --report jsonl=FILE has written"};
constexpr const char* kReachableHelp = "An `exists` that was Never and can be reached now counts as broken";
const Option kBatchShard = {
    "--shard", "I/N|env", {}, "the whole", 0, 0, "Run one of N shares of the files, for lkmc merge; env: the one that Bazel or Slurm says"};
const Option kBatchWrite = {"--write-expectations", "FILE", {}, "none", 0, 0, "Write what they have shown as such a file"};

// Of `lkmc merge`, likewise.
const Option kMergeFormat = {
    "--format", "herd|text|json", {}, "herd, text for C++ and C", 0, 0, "herd7's output; for people; one JSON object on a line per test"};

// Of `lkmc replay`; where their values go is said there.
const Option kReplayTimeout = {"--timeout", "S", {}, "none", 0, 1e9, "Seconds for a C++ program to run"};
const Option kReplayTree = {"--tree", "DIR[@REV]", {}, "$LKMC_TREE", 0, 0, "The kernel tree that the program takes functions from"};
const Option kReplayPatch = {"--patch", "FILE", {}, "none", 0, 0, "A patch that is applied to what it takes"};

constexpr std::array<std::pair<std::string_view, ReplayFormat>, 4> kReplayFormats = {
    {{"text", ReplayFormat::kText}, {"json", ReplayFormat::kJson}, {"html", ReplayFormat::kHtml}, {"dot", ReplayFormat::kDot}}};

constexpr const char* kReplayFooter =
    "The program of the trace is looked for under the name that lkmc check was given, from the current folder.\n"
    "Exit status: 1 if the execution violates a property, deadlocks or raises a flag as it did, 0 if it is the\n"
    "witness of an `exists`, 2 if the trace cannot be read or does not fit the program, 3 if --timeout ended it.";

constexpr const char* kBatchFooter =
    "Exit status: 2 if some test could not be checked or a report not be written, else 1 if one has failed, else 3 if\n"
    "one is inconclusive or has not run, else 0. With --patch or --baseline: 2 if a test cannot be checked any more or\n"
    "is missing, else 1 if one is broken, else 3 if one is newly inconclusive, else 0.";

constexpr const char* kCompareFooter =
    "Exit status: 2 if a test cannot be checked any more or is missing, else 1 if one is broken, else 3 if one is newly\n"
    "inconclusive, else 0.";

constexpr const char* kMergeFooter =
    "Refuses if a shard is missing, there twice, or of another program, model, lkmc or number of shards than the others.\n"
    "Exit status: that of lkmc check, or lkmc batch, for the whole; 2 if it refuses.";

constexpr const char* kCheckFooter =
    "Exit status: 0 if every property holds, 1 if one is violated, 2 after an error in the command line or\n"
    "a file, 3 if a verdict is inconclusive. `exists` asks a question, so any answer is fine; `~exists` and\n"
    "`forall` are properties, and a deadlock violates every test. A C++ test that says what it expects is\n"
    "violated by anything else.";

template <class Number>
void set_number(Number& target, double value) {
  target = static_cast<Number>(value);
}
template <class Number>
void set_number(std::optional<Number>& target, double value) {
  target = static_cast<Number>(value);
}

// Stores the text; returns what is wrong with it, empty if nothing is.
template <class T>
std::string store(const Option& option, T& target, const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (text.empty()) return "is empty";
    target = text;
    return {};
  } else if constexpr (std::is_same_v<T, Shard>) {
    const auto asked = read_shard(text);
    if (const auto* wrong = std::get_if<std::string>(&asked)) return *wrong;
    target = std::get<Shard>(asked);
    return {};
  } else if constexpr (std::is_same_v<T, Format>) {
    for (const auto& [name, format] : kFormats) {
      if (name != text) continue;
      target = format;
      return {};
    }
    return fmt::format("is not one of {}: {}", option.value, text);
  } else {
    constexpr bool kFraction = std::is_same_v<T, std::optional<double>> || std::is_same_v<T, double>;
    double number = 0;
    std::istringstream in(text);
    const bool is_number = static_cast<bool>(in >> std::noskipws >> number) && in.peek() == EOF;
    if (!is_number || number < option.least || number > option.most ||
        (!kFraction && text.find_first_not_of("0123456789") != std::string::npos)) {
      const std::string range =
          option.most < kNoLimit ? fmt::format("from {} to {}", option.least, option.most) : fmt::format("of at least {}", option.least);
      return fmt::format("needs a {} {}, not {}", kFraction ? "number" : "whole number", range, text);
    }
    set_number(target, number);
    return {};
  }
}

// An option that is one word of several.
template <class T, std::size_t kSize>
void add_choice(CLI::App& app, const char* name, const char* words, T& target,
                const std::array<std::pair<std::string_view, T>, kSize>& choices, const char* help) {
  app.add_option_function<std::string>(
         name,
         [name, words, &target, &choices](const std::string& text) {
           for (const auto& [word, choice] : choices) {
             if (word != text) continue;
             target = choice;
             return;
           }
           throw CLI::ValidationError(fmt::format("{} is not one of {}: {}", name, words, text));
         },
         help)
      ->type_name(words);
}

// `FORMAT=FILE`
batch::WantedReport wanted_report(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::string format = text.substr(0, equals);
  const bool known =
      std::any_of(std::begin(batch::kFormats), std::end(batch::kFormats), [&](const batch::Format& f) { return f.name == format; });
  if (!known || equals == std::string::npos || equals + 1 == text.size()) {
    std::string names;
    for (const batch::Format& f : batch::kFormats) names += (names.empty() ? "" : "|") + std::string(f.name);
    throw CLI::ValidationError(fmt::format("--report needs FORMAT=FILE with a FORMAT of {}, not {}", names, text));
  }
  return {format, text.substr(equals + 1)};
}

template <class T>
void add_option(CLI::App& app, const Option& option, T& target) {
  if constexpr (std::is_same_v<T, bool>) {
    app.add_flag(option.name, target, option.help);
  } else {
    app.add_option_function<std::string>(
           option.name,
           [&option, &target](const std::string& text) {
             const std::string wrong = store(option, target, text);
             if (!wrong.empty()) throw CLI::ValidationError(fmt::format("{} {}", option.name, wrong));
           },
           fmt::format("{} (default: {})", option.help, option.initial))
        ->type_name(option.value);
  }
}

void add_reports(CLI::App& app, std::vector<batch::WantedReport>& reports, const char* help) {
  app.add_option_function<std::vector<std::string>>(
         "--report",
         [&reports](const std::vector<std::string>& texts) {
           for (const std::string& text : texts) reports.push_back(wanted_report(text));
         },
         help)
      ->type_name("FORMAT=FILE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace

std::string default_kernel_tree() {
  const char* tree = std::getenv("LKMC_TREE");
  return tree != nullptr ? tree : "";
}

bool is_cpp(std::string_view file) { return file.ends_with(".cc"); }
bool is_c(std::string_view file) { return file.ends_with(".c"); }

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Checks litmus tests against the Linux-kernel memory model: explores every execution that it allows.", "lkmc");
  app.get_formatter()->column_width(26);
  app.require_subcommand(0, 1);
  bool version = false;
  app.add_flag("--version", version, "Print the version");

  CheckOptions check_options;
  CLI::App& check = *app.add_subcommand("check", "Check litmus tests, one after the other");
  check.add_option("FILE", check_options.files, "Litmus tests (*.litmus, *.cc, *.c)")->required()->type_name("");
  for (const Option& option : kCheckOptions) {
    std::visit([&](auto member) { add_option(check, option, check_options.*member); }, option.target);
  }
  check.footer(kCheckFooter);

  BarriersOptions barriers_options;
  CLI::App& barriers = *app.add_subcommand("barriers", "Say which orderings litmus tests need, what for, and what they pair with");
  barriers.add_option("FILE", barriers_options.check.files, "Litmus tests (*.litmus, *.cc, *.c)")->required()->type_name("");
  add_choice(barriers, "--format", "text|markdown|json", barriers_options.format, kTableFormats,
             "For people; a table for a document; one JSON object (default: text)");
  barriers.add_flag("--stories", barriers_options.stories, "Show what goes wrong without each, step by step");
  barriers.add_flag("--check-comments", barriers_options.check_comments,
                    "Say what comments on pairing lack or get wrong; status 1 if there are any");
  for (const Option& option : kCheckOptions) {
    if (std::find(kSharedWithBarriers.begin(), kSharedWithBarriers.end(), option.name) == kSharedWithBarriers.end()) continue;
    std::visit([&](auto member) { add_option(barriers, option, barriers_options.check.*member); }, option.target);
  }
  barriers.footer(kBarriersFooter);

  RepairOptions repair_options;
  repair_options.check.analysis = Analysis::kRepair;
  CLI::App& repair = *app.add_subcommand("repair", "Find the smallest set of stronger orderings after which nothing is wrong");
  repair.add_option("FILE", repair_options.check.files, "Litmus tests (*.litmus, *.cc, *.c)")->required()->type_name("");
  for (const Option& option : kCheckOptions) {
    if (std::find(kSharedWithRepair.begin(), kSharedWithRepair.end(), option.name) == kSharedWithRepair.end()) continue;
    std::visit([&](auto member) { add_option(repair, option, repair_options.check.*member); }, option.target);
  }
  repair.footer(kRepairFooter);

  batch::Options batch_options;
  bool no_cache = false;
  batch_options.jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, 1024U));
  CLI::App& batch = *app.add_subcommand("batch", "Check many litmus tests beside each other, and report");
  batch.add_option("PATH", batch_options.paths, "Litmus tests (*.litmus, *.cc, *.c), and folders of them")->required()->type_name("");
  batch.add_flag("--list", batch_options.list, "List the tests, without running them");
  add_option(batch, kBatchFilter, batch_options.filter);
  add_option(batch, kBatchModel, batch_options.model);
  add_option(batch, kBatchUnroll, batch_options.unroll);
  add_option(batch, kBatchJobs, batch_options.jobs);
  add_option(batch, kBatchTimeout, batch_options.timeout);
  add_option(batch, kBatchMemory, batch_options.memory);
  add_option(batch, kBatchExplain, batch_options.explain);
  batch.add_flag("--no-cache", no_cache, "Run all tests, also those whose results are known from before");
  batch.add_flag("--fail-fast", batch_options.fail_fast, "Begin no test after one has failed");
  batch.add_flag("--retry-inconclusive", batch_options.retry_inconclusive, "Run inconclusive tests again with ten times the limits");
  add_option(batch, kBatchExpectations, batch_options.expectations);
  add_option(batch, kBatchWrite, batch_options.write_expectations);
  add_reports(batch, batch_options.reports,
              "Write the results: text, jsonl, junit, sarif, tap, markdown or html; may be given several times");
  add_option(batch, kBatchShard, batch_options.shard);
  add_option(batch, kBatchTree, batch_options.tree);
  add_option(batch, kBatchPatch, batch_options.patch);
  add_option(batch, kBatchBisect, batch_options.bisect);
  add_option(batch, kBatchBaseline, batch_options.baseline);
  batch.add_flag("--reachable-is-worse", batch_options.reachable_is_worse, kReachableHelp);
  batch.footer(kBatchFooter);

  CompareOptions compare_options;
  CLI::App& compare = *app.add_subcommand("compare", "Compare the results of two batches");
  compare.add_option("BEFORE", compare_options.before, "What lkmc batch --report jsonl=FILE has written")->required()->type_name("");
  compare.add_option("AFTER", compare_options.after, "The same of a later batch")->required()->type_name("");
  compare.add_flag("--reachable-is-worse", compare_options.reachable_is_worse, kReachableHelp);
  compare.add_flag("--markdown", compare_options.markdown, "Print Markdown, for the comment of a pull request");
  compare.footer(kCompareFooter);

  MergeOptions merge_options;
  CLI::App& merge = *app.add_subcommand("merge", "Put the results of shards together");
  merge.add_option("PART", merge_options.parts, "What lkmc check --shard has printed, or lkmc batch --shard --report jsonl=FILE written")
      ->required()
      ->type_name("");
  add_option(merge, kMergeFormat, merge_options.format);
  merge.add_flag("--states", merge_options.states, "List the final states in the text format, as the others do");
  add_reports(merge, merge_options.reports,
              "Write the results of a batch: text, jsonl, junit, sarif, tap, markdown or html; may be given several times");
  merge.footer(kMergeFooter);

  CacheOptions cache_options;
  CLI::App& cache = *app.add_subcommand("cache", "Say what is in the cache folder, or empty it");
  bool stats = false;
  CLI::Option* clear = cache.add_flag("--clear", cache_options.clear, "Remove the cache folder");
  cache.add_flag("--stats", stats, "Print where it is and what it holds; so does no option")->excludes(clear);

  ReplayOptions replay_options;
  CLI::App& replay = *app.add_subcommand("replay", "Run a program again under a trace, and show the steps");
  replay.add_option("TRACE", replay_options.trace, "What lkmc check --trace has written")->required()->type_name("");
  replay.add_flag("--step", replay_options.step, "Walk through the steps, forward and back, on a terminal");
  add_choice(replay, "--format", "text|json|html|dot", replay_options.format, kReplayFormats,
             "For people; one JSON object; a page; a graph for graphviz (default: text)");
  replay.add_flag("--run-changed", replay_options.run_changed,
                  "Compile and run a C++ program even if it has changed since the trace was written");
  add_option(replay, kReplayTimeout, replay_options.timeout);
  add_option(replay, kReplayTree, replay_options.tree);
  add_option(replay, kReplayPatch, replay_options.patch);
  replay.footer(kReplayFooter);

  ModelsOptions models_options;
  CLI::App& models = *app.add_subcommand("models", "List the built-in memory models");
  models.add_option("--print", models_options.print, "Print the cat text of a model")->type_name("NAME");

  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Answer{kSuccess, chosen.empty() ? app.help() : chosen.front()->help(app.get_name())};
  } catch (const CLI::ParseError& error) {
    return Answer{kError, fmt::format("lkmc: error: {}\nTry lkmc --help, or lkmc check --help\n", error.what())};
  }
  if (version) return Answer{kSuccess, std::string(kVersion)};
  if (check.parsed()) {
    if (!check_options.trace.empty() && check_options.files.size() > 1) {
      return Answer{kError, "lkmc: error: --trace takes one FILE\n"};
    }
    if (check.count("--shard") > 0 && !check_options.shard.is_whole()) {
      if (check_options.format == Format::kDefault) check_options.format = Format::kJson;
      if (check_options.format != Format::kJson) {
        return Answer{kError, "lkmc: error: --shard prints its part in JSON; lkmc merge has the other formats\n"};
      }
      for (const char* needs_all : {"--trace", "--kcsan", "--advise", "--why", "--max-executions"}) {
        if (check.count(needs_all) == 0) continue;
        return Answer{kError, fmt::format("lkmc: error: {} needs the whole, not a --shard of it\n", needs_all)};
      }
    }
    for (const std::string& file : check_options.files) {
      const bool is_one_test = !is_cpp(file) && !is_c(file);
      if (!is_one_test && check_options.format == Format::kHerd) {
        return Answer{kError, "lkmc: error: --format herd is for .litmus files\n"};
      }
      if (is_one_test && !check_options.test.empty()) {
        return Answer{kError, "lkmc: error: --test is for files in C++ and C, a .litmus file is one test\n"};
      }
    }
    return check_options;
  }
  if (barriers.parsed()) return barriers_options;
  if (repair.parsed()) return repair_options;
  if (batch.parsed()) {
    batch_options.cache = !no_cache;
    if (!batch_options.patch.empty() && !batch_options.baseline.empty()) {
      return Answer{kError, "lkmc: error: --patch and --baseline are two ways to say what to compare with\n"};
    }
    if (!batch_options.shard.is_whole() && !(batch_options.patch.empty() && batch_options.baseline.empty())) {
      return Answer{kError, "lkmc: error: a --shard is compared once lkmc merge has put it together with the others\n"};
    }
    return batch_options;
  }
  if (compare.parsed()) return compare_options;
  if (merge.parsed()) return merge_options;
  if (cache.parsed()) return cache_options;
  if (replay.parsed()) {
    if (replay_options.step && replay.count("--format") > 0) {
      return Answer{kError, "lkmc: error: --step shows the steps on the terminal and takes no --format\n"};
    }
    return replay_options;
  }
  if (models.parsed()) return models_options;
  return Answer{kError, app.help()};
}

}  // namespace lkmc
