// SPDX-License-Identifier: Apache-2.0
// `lkmc replay`: finds the program of a trace, runs it under the trace, and shows the steps.
#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "src/c/c_file.h"
#include "src/c/c_test.h"
#include "src/cli/check.h"
#include "src/cli/check_c.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/cli/program_text.h"
#include "src/cli/step.h"
#include "src/cpp/compile.h"
#include "src/cpp/cpp_test.h"
#include "src/cpp/load.h"
#include "src/cpp/watchdog.h"
#include "src/host/child.h"
#include "src/host/digest.h"
#include "src/host/file.h"
#include "src/host/terminal.h"
#include "src/model/load.h"
#include "src/report/cpp_names.h"
#include "src/report/diagnostic.h"
#include "src/report/picture.h"
#include "src/report/walk.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

// As for `lkmc check`: what a C++ test may use.
constexpr std::uint64_t kMemory = std::uint64_t{4} << 30;

int complain(std::string_view text) {
  print_error(text);
  return kError;
}

class ReplayCommand {
 public:
  explicit ReplayCommand(const ReplayOptions& options) : options_(options) {}

  int run() {
    if (options_.step && !can_step()) return complain("lkmc: error: --step needs a terminal as stdin and stdout\n");
    const auto text = read_file(options_.trace);
    if (const auto* error = std::get_if<FileError>(&text)) {
      return complain(fmt::format("{}: error: {}\n", options_.trace, error->message));
    }
    const auto trace = read_trace(std::get<std::string>(text));
    if (const auto* error = std::get_if<TraceError>(&trace)) {
      return complain(fmt::format("{}:{}:{}: error: {}\n", options_.trace, error->line, error->column, error->message));
    }
    return replay_program(std::get<Trace>(trace));
  }

 private:
  int replay_program(const Trace& trace) {
    const auto model = load_model(trace.model);
    if (const auto* error = std::get_if<ModelError>(&model)) {
      return complain(
          fmt::format("{}:{}:{}: error: {}\n", error->file, std::max(error->line, 1), std::max(error->column, 1), error->message));
    }
    const auto program = read_test(trace.path);
    if (const auto* error = std::get_if<FileError>(&program)) {
      return complain(fmt::format("{}: error: {}; it is the program of {}, looked for from the current folder\n", trace.path,
                                  error->message, options_.trace));
    }
    const std::string& text = std::get<std::string>(program);
    const ModelFacts facts(std::get<Model>(model));
    if (is_c(trace.path)) return replay_c({.trace = trace, .md5 = {}, .model = std::get<Model>(model), .facts = facts}, text);
    const std::string digest = md5(text_of_program(trace.path, text, stop_));
    const ReplayInput input{.trace = trace, .md5 = digest, .model = std::get<Model>(model), .facts = facts};
    const bool changed = digest != trace.md5;
    const std::string what = is_cpp(trace.path) ? "it, or a header that it includes," : "it";
    if (changed && is_cpp(trace.path) && !options_.run_changed) {
      return complain(fmt::format("{}: error: {} has changed since {} was written; --run-changed compiles and runs what it is now\n",
                                  trace.path, what, options_.trace));
    }
    if (changed) note_change(trace, what);
    return is_cpp(trace.path) ? replay_cpp(input) : replay_litmus(input, text);
  }

  void note_change(const Trace& trace, std::string_view what) const {
    (void)complain(fmt::format("{}: note: {} has changed since {} was written\n", trace.path, what, options_.trace));
  }

  int replay_litmus(const ReplayInput& input, const std::string& text) {
    const auto parsed = parse_litmus(input.trace.path, text, {.unroll = input.trace.unroll});
    if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) return complain(diagnostic_text(*diagnostic));
    const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
    if (test.name() != input.trace.name) return refuse(no_test(input.trace, test.name()));
    const auto result = replay_trace(input, test, LitmusNames(test, input.trace.path, text));
    if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
    return show(std::get<Walk>(result));
  }

  int replay_c(ReplayInput input, const std::string& text) {
    try {
      const auto file = c::read_c_file(input.trace.path, text, c::KernelTree(options_.tree, options_.patch, stop_), stop_);
      input.md5 = md5(text + file->taken());
      if (input.md5 != input.trace.md5) note_change(input.trace, "it, or what it takes from the kernel tree,");
      std::string names;
      for (const c::TestCase& test_case : file->cases()) {
        names += (names.empty() ? "" : ", ") + test_case.name;
        if (test_case.name != input.trace.name) continue;
        c::CTest test(*file, test_case, input.trace.unroll);
        if (test.failure()) throw *test.failure();
        const auto result = replay_trace(input, test, CppNames(test));
        if (const auto* refusal = std::get_if<Refusal>(&result)) return refuse(*refusal);
        return show(std::get<Walk>(result));
      }
      return refuse(no_test(input.trace, names));
    } catch (const c::Error& error) {
      return complain(error_text(error, input.trace.path));
    } catch (const c::Stopped&) {
      return out_of_time(input.trace);
    }
  }

  // The test runs in a process of its own, which sends one line of JSON: {"walk": …} or {"refusal": …}.
  int replay_cpp(const ReplayInput& input) {
    const auto object = kernel::compile(input.trace.path, stop_);
    if (const auto* error = std::get_if<kernel::CompileError>(&object)) {
      if (error->is_stopped) return out_of_time(input.trace);
      return error->message.empty() ? kError : complain(fmt::format("{}:1:1: error: {}\n", input.trace.path, error->message));
    }
    Json answer;
    const ChildEnd end = run_in_child(
        {.seconds = seconds_left(), .bytes = kMemory},
        [&](const Send& send) {
          kernel::start_watchdog(give_up);
          const auto result = replay_loaded(input, std::get<kernel::CompiledTest>(object).object);
          Json json;
          if (const auto* refusal = std::get_if<Refusal>(&result)) {
            json["refusal"] = {
                {"file", refusal->file}, {"line", refusal->line}, {"column", refusal->column}, {"message", refusal->message}};
          } else {
            json["walk"] = walk_json(std::get<Walk>(result));
          }
          send(json.dump(-1, ' ', false, Json::error_handler_t::replace));
        },
        [&](std::string_view line) { answer = Json::parse(line, nullptr, false); });
    if (answer.is_object() && answer.contains("walk")) return show(walk_from(answer["walk"]));
    if (answer.is_object() && answer.contains("refusal")) {
      const Json& r = answer["refusal"];
      return refuse({r["file"], r["line"], r["column"], r["message"]});
    }
    if (end.kind == ChildEnd::Kind::kTimeout) return out_of_time(input.trace);
    std::string why = end.kind == ChildEnd::Kind::kGaveUp ? end.detail : fault_text(end);
    if (why.empty()) why = end.kind == ChildEnd::Kind::kOutOfMemory ? "out of memory" : "cannot start a process: " + end.detail;
    return complain(fmt::format("{}:1:1: error: {}: {}\n", input.trace.path, input.trace.name, why));
  }

  [[nodiscard]] std::optional<double> seconds_left() const {
    if (!options_.timeout) return std::nullopt;
    return std::max(0.0, *options_.timeout - std::chrono::duration<double>(Clock::now() - start_).count());
  }

  static int out_of_time(const Trace& trace) {
    (void)complain(fmt::format("{}: inconclusive: {}: the time ran out (--timeout gives more)\n", trace.path, trace.name));
    return kInconclusive;
  }

  static std::variant<Walk, Refusal> replay_loaded(const ReplayInput& input, const std::string& object) {
    const Trace& trace = input.trace;
    if (const std::string wrong = kernel::load_tests(object); !wrong.empty()) return Refusal{trace.path, 1, 1, wrong};
    std::string names;
    for (const kernel::Registration* registration : kernel::registered_tests()) {
      names += (names.empty() ? "" : ", ") + registration->name;
      if (registration->name != trace.name) continue;
      kernel::CppTest test(*registration, trace.unroll);
      if (const auto& failure = test.setup_failure()) {
        return Refusal{CppNames(test).file(failure->pos), std::max(failure->pos.line, 1), std::max(failure->pos.column, 1),
                       failure->message};
      }
      return replay_trace(input, test, CppNames(test));
    }
    return no_test(trace, names.empty() ? "none" : names);
  }

  static Refusal no_test(const Trace& trace, const std::string& there_are) {
    return {trace.path, 1, 1, fmt::format("there is no test {}; there are: {}", trace.name, there_are)};
  }

  int refuse(const Refusal& refusal) const {
    return complain(
        fmt::format("{}:{}:{}: error: {} does not fit: {}\n", refusal.file, refusal.line, refusal.column, options_.trace, refusal.message));
  }

  int show(const Walk& walk) const {
    const int status = walk.is_violation ? kViolation : kSuccess;
    if (options_.step) {
      step_through(walk);
      return status;
    }
    print(formatted(walk));
    return status;
  }

  [[nodiscard]] std::string formatted(const Walk& walk) const {
    switch (options_.format) {
      case ReplayFormat::kText:
        return walk_text(walk, colour_of_stdout());
      case ReplayFormat::kJson:
        return walk_json(walk).dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
      case ReplayFormat::kHtml:
        return walk_html(walk);
      case ReplayFormat::kDot:
        return walk_dot(walk);
    }
    return {};
  }

  const ReplayOptions& options_;
  const Clock::time_point start_ = Clock::now();
  const Stop stop_ = [this] { return seconds_left() == 0.0; };
};

}  // namespace

int run_replay(const ReplayOptions& options) { return ReplayCommand(options).run(); }

}  // namespace lkmc
