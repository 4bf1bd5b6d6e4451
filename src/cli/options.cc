#include "src/cli/options.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <limits>
#include <sstream>

#include "src/cli/exit_status.h"

namespace lkmc {
namespace {

constexpr std::string_view kVersion = "lkmc 0.1\n";

constexpr std::array<std::pair<std::string_view, Format>, 3> kFormats = {
    {{"herd", Format::kHerd}, {"text", Format::kText}, {"json", Format::kJson}}};

// Where the value of an option goes.
using Target = std::variant<int CheckOptions::*, bool CheckOptions::*, std::string CheckOptions::*, Format CheckOptions::*,
                            std::optional<double> CheckOptions::*, std::optional<std::uint64_t> CheckOptions::*>;

struct Option {
  const char* name;
  const char* value;    // what stands for it in the help; empty for a switch
  Target target;
  const char* initial;  // the default, as text
  double least, most;   // of a number
  const char* help;
};

constexpr double kNoLimit = 1e15;

const Option kCheckOptions[] = {
    {"--model", "NAME|FILE.cat", &CheckOptions::model, "lkmm", 0, 0,
     "A built-in memory model (see lkmc models), or a cat file"},
    {"--unroll", "N", &CheckOptions::unroll, "8", 0, 10000, "Rounds of a loop before a path is given up"},
    {"--jobs", "N", &CheckOptions::jobs, "1", 1, 1024, "Threads that explore a test; results do not depend on it"},
    {"--timeout", "S", &CheckOptions::timeout, "none", 0, 1e9, "Seconds for each file"},
    {"--max-executions", "N", &CheckOptions::max_executions, "none", 1, kNoLimit,
     "Executions of each file after which to stop"},
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
    {"--tree", "DIR[@REV]", &CheckOptions::tree, "$LKMC_TREE", 0, 0,
     "The kernel tree, or a revision of its git repository, that tests in C take functions from"},
    {"--patch", "FILE", &CheckOptions::patch, "none", 0, 0, "A patch, or a series in an mbox, that is applied to what is taken from the tree"},
    {"--memory", "MIB", &CheckOptions::memory, "4096", 64, 1 << 24, "Memory for each C++ file"},
};

// Of `lkmc replay`; where their values go is said there.
const Option kReplayTimeout = {"--timeout", "S", {}, "none", 0, 1e9, "Seconds for a C++ program to run"};
const Option kReplayTree = {"--tree", "DIR[@REV]", {}, "$LKMC_TREE", 0, 0, "The kernel tree that the program takes functions from"};
const Option kReplayPatch = {"--patch", "FILE", {}, "none", 0, 0, "A patch that is applied to what it takes"};

constexpr std::array<std::pair<std::string_view, ReplayFormat>, 4> kReplayFormats = {{{"text", ReplayFormat::kText},
                                                                                   {"json", ReplayFormat::kJson},
                                                                                   {"html", ReplayFormat::kHtml},
                                                                                   {"dot", ReplayFormat::kDot}}};

constexpr const char* kReplayFooter =
    "The program of the trace is looked for under the name that lkmc check was given, from the current folder.\n"
    "Exit status: 1 if the execution violates a property, deadlocks or raises a flag as it did, 0 if it is the\n"
    "witness of an `exists`, 2 if the trace cannot be read or does not fit the program, 3 if --timeout ended it.";

constexpr const char* kCheckFooter =
    "Exit status: 0 if every property holds, 1 if one is violated, 2 after an error in the command line or\n"
    "a file, 3 if a verdict is inconclusive. `exists` asks a question, so any answer is fine; `~exists` and\n"
    "`forall` are properties, and a deadlock violates every test. A C++ test that says what it expects is\n"
    "violated by anything else.";

template <class Number>
void set_number(Number& target, double value) { target = static_cast<Number>(value); }
template <class Number>
void set_number(std::optional<Number>& target, double value) { target = static_cast<Number>(value); }

// Stores the text; returns what is wrong with it, empty if nothing is.
template <class T>
std::string store(const Option& option, T& target, const std::string& text) {
  if constexpr (std::is_same_v<T, std::string>) {
    if (text.empty()) return "is empty";
    target = text;
    return {};
  } else if constexpr (std::is_same_v<T, Format>) {
    for (const auto& [name, format] : kFormats) {
      if (name != text) continue;
      target = format;
      return {};
    }
    return fmt::format("is not one of {}: {}", option.value, text);
  } else {
    constexpr bool kFraction = std::is_same_v<T, std::optional<double>>;
    double number = 0;
    std::istringstream in(text);
    const bool is_number = static_cast<bool>(in >> std::noskipws >> number) && in.peek() == EOF;
    if (!is_number || number < option.least || number > option.most ||
        (!kFraction && text.find_first_not_of("0123456789") != std::string::npos)) {
      const std::string range = option.most < kNoLimit ? fmt::format("from {} to {}", option.least, option.most)
                                                       : fmt::format("of at least {}", option.least);
      return fmt::format("needs a {} {}, not {}", kFraction ? "number" : "whole number", range, text);
    }
    set_number(target, number);
    return {};
  }
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

}  // namespace

std::string default_kernel_tree() {
  const char* tree = std::getenv("LKMC_TREE");
  return tree != nullptr ? tree : "";
}

bool is_cpp(std::string_view file) { return file.ends_with(".cc"); }
bool is_c(std::string_view file) { return file.ends_with(".c"); }

Command parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Checks litmus tests against the Linux-kernel memory model: explores every execution that it allows.",
               "lkmc");
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

  ReplayOptions replay_options;
  CLI::App& replay = *app.add_subcommand("replay", "Run a program again under a trace, and show the steps");
  replay.add_option("TRACE", replay_options.trace, "What lkmc check --trace has written")->required()->type_name("");
  replay.add_flag("--step", replay_options.step, "Walk through the steps, forward and back, on a terminal");
  replay
      .add_option_function<std::string>(
          "--format",
          [&replay_options](const std::string& text) {
            for (const auto& [name, format] : kReplayFormats) {
              if (name != text) continue;
              replay_options.format = format;
              return;
            }
            throw CLI::ValidationError(fmt::format("--format is not one of text|json|html|dot: {}", text));
          },
          "For people; one JSON object; a page; a graph for graphviz (default: text)")
      ->type_name("text|json|html|dot");
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
