// SPDX-License-Identifier: Apache-2.0
#include "src/cli/check_cpp.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "src/cli/digest.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/cli/program_text.h"
#include "src/cpp/compile.h"
#include "src/cpp/cpp_test.h"
#include "src/cpp/load.h"
#include "src/cpp/watchdog.h"
#include "src/host/child.h"
#include "src/host/file.h"
#include "src/report/cpp_names.h"
#include "src/report/cpp_tally.h"

namespace lkmc {
namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

// How much longer than its time the explorer may need to end by itself.
constexpr double kGrace = 0.5;

// The child tells what happens in JSON, one object on a line: {"test": name, "line": n} before each test, {"out": text,
// "err": text, "status": n, "trace": text} after it, the last only if a trace is wanted and there is something to show.
class CppCheck {
 public:
  CppCheck(const std::string& file, const CheckContext& context)
      : file_(file), context_(context), options_(context.options), deadline_(context.deadline()) {}

  int run() {
    const Stop stop = [this] { return context_.interrupted || (deadline_ && Clock::now() >= *deadline_); };
    const auto object = kernel::compile(file_, stop);
    if (const auto* error = std::get_if<kernel::CompileError>(&object)) {
      if (error->is_stopped) {
        print_error(fmt::format("{}:1:1: inconclusive: {} while it was being compiled\n", file_,
                                context_.interrupted ? "it was interrupted" : "the time ran out (--timeout gives more)"));
        return kInconclusive;
      }
      if (!error->message.empty()) complain_of(1, error->message);
      return kError;
    }
    const auto& compiled = std::get<kernel::CompiledTest>(object);
    if (options_.list) return list(compiled);
    if (context_.part) digest_ = digest_of_files(compiled.files);
    full_digest_ = compiled.digest;
    if (!options_.trace.empty()) {
      const auto content = read_test(file_);
      if (const auto* text = std::get_if<std::string>(&content)) text_ = text_of_program(file_, *text, stop);
    }
    int status = kSuccess;
    for (bool more = true; more && !context_.interrupted;) {
      more = false;
      const ChildEnd end = run_in_child(
          limits(), [&](const Send& send) { check_tests(compiled.object, send); },
          [&](std::string_view line) { status = graver(status, receive(Json::parse(line, nullptr, false))); });
      if (end.kind != ChildEnd::Kind::kFinished) {
        status = graver(status, explain(end));
        more = !running_.empty() && end.kind != ChildEnd::Kind::kTimeout;
      }
    }
    if (!options_.trace.empty()) status = graver(status, write_trace(file_, options_, trace_ ? std::optional(trace_->text) : std::nullopt));
    return status;
  }

 private:
  [[nodiscard]] double seconds_left() const { return std::chrono::duration<double>(*deadline_ - Clock::now()).count(); }

  // --- here ---------------------------------------------------------------------------------------------------------------

  void complain_of(int line, std::string_view message) const { print_error(fmt::format("{}:{}:1: error: {}\n", file_, line, message)); }

  int receive(const Json& message) {
    if (!message.is_object()) return kSuccess;
    if (message.contains("test")) {
      running_ = message["test"];
      line_ = message["line"];
      ++begun_;
      return kSuccess;
    }
    context_.out(message["out"].get<std::string>());
    print_error(message["err"].get<std::string>());
    running_.clear();
    const int status = message["status"];
    if (message.contains("trace") && (!trace_ || (status == kViolation && trace_->status != kViolation))) {
      trace_ = {status, message["trace"]};
    }
    return status;
  }

  // To load a file is to run what it does at its start.
  int list(const kernel::CompiledTest& compiled) {
    int status = kSuccess;
    const ChildEnd end = run_in_child(
        limits(),
        [&](const Send& send) {
          if (const std::string wrong = kernel::load_tests(compiled.object); !wrong.empty()) give_up(wrong.c_str());
          for (const kernel::Registration* test : kernel::registered_tests()) {
            send(Json{{"name", test->name}, {"line", test->line}}.dump(-1, ' ', false, Json::error_handler_t::replace));
          }
        },
        [&](std::string_view line) {
          const Json test = Json::parse(line, nullptr, false);
          if (test.is_object()) print(listed_test(file_, {test["name"], test["line"], compiled.files, compiled.digest}, context_));
          ++begun_;
        });
    if (end.kind != ChildEnd::Kind::kFinished) status = explain(end);
    if (status == kSuccess && begun_ == 0) {
      complain_of(1, "there is no LITMUS in the file");
      status = kError;
    }
    return status;
  }

  [[nodiscard]] ChildLimits limits() const {
    ChildLimits limits{.seconds = {}, .bytes = std::uint64_t{1} << 20, .interrupted = &context_.interrupted};
    *limits.bytes *= static_cast<std::uint64_t>(options_.memory);
    if (deadline_) limits.seconds = std::max(0.0, seconds_left()) + kGrace;
    return limits;
  }

  [[nodiscard]] int explain(const ChildEnd& end) const {
    const int line = running_.empty() ? 1 : line_;
    const std::string where = running_.empty() ? "" : running_ + ": ";
    switch (end.kind) {
      case ChildEnd::Kind::kFinished:
        break;
      case ChildEnd::Kind::kTimeout:
        print_error(fmt::format("{}:{}:1: inconclusive: {}the time ran out (--timeout gives more)\n", file_, line, where));
        return kInconclusive;
      case ChildEnd::Kind::kOutOfMemory:
        complain_of(line, fmt::format("{}out of memory (--memory allows more than {} MiB{})", where, options_.memory,
                                      options_.jobs > 1 ? ", fewer --jobs need less" : ""));
        break;
      case ChildEnd::Kind::kGaveUp:
        complain_of(line, where + end.detail);
        break;
      case ChildEnd::Kind::kException:
      case ChildEnd::Kind::kSignal:
      case ChildEnd::Kind::kExit:
        complain_of(line, where + fault_text(end));
        break;
      case ChildEnd::Kind::kNotStarted:
        complain_of(line, "cannot start a process: " + end.detail);
        break;
    }
    return kError;
  }

  // --- in the child ---------------------------------------------------------------------------------------------------------

  void check_tests(const std::string& object, const Send& send) const {
    const auto fail = [&](std::string_view message) {
      send(json_of({.out = {}, .err = fmt::format("{}:1:1: error: {}\n", file_, message), .status = kError}));
    };
    kernel::start_watchdog(give_up);
    if (const std::string wrong = kernel::load_tests(object); !wrong.empty()) return fail(wrong);
    std::vector<const kernel::Registration*> tests;
    std::string names;
    for (const kernel::Registration* test : kernel::registered_tests()) {
      names += (names.empty() ? "" : ", ") + test->name;
      if (options_.test.empty() || test->name == options_.test) tests.push_back(test);
    }
    if (names.empty()) return fail("there is no LITMUS in the file");
    if (tests.empty()) return fail(fmt::format("there is no test {}; there are: {}", options_.test, names));
    for (std::size_t i = begun_; i < tests.size() && !context_.interrupted; ++i) {
      send(Json{{"test", tests[i]->name}, {"line", tests[i]->line}}.dump());
      send(json_of(check(*tests[i])));
    }
  }

  [[nodiscard]] static std::string json_of(const TestReport& report) {
    Json json{{"out", report.out}, {"err", report.err}, {"status", report.status}};
    if (report.trace) json["trace"] = *report.trace;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  [[nodiscard]] std::string error_line(const SourcePos& pos, const kernel::Registration& test, std::string_view message) const {
    if (pos.file == nullptr || pos.line <= 0) return fmt::format("{}:{}:1: error: {}: {}\n", file_, test.line, test.name, message);
    const std::string where = pos.function != nullptr ? fmt::format(" (in {})", pos.function) : "";
    return fmt::format("{}:{}:{}: error: {}: {}{}\n", pos.file, pos.line, std::max(pos.column, 1), test.name, message, where);
  }

  [[nodiscard]] TestReport check(const kernel::Registration& registration) const {
    const auto start = Clock::now();
    const kernel::CppTest program(registration, options_.unroll);
    if (const auto& failure = program.setup_failure()) {
      return {.out = {}, .err = error_line(failure->pos, registration, failure->message), .status = kError};
    }
    const CppNames names(program);
    const Test test{
        .file = file_,
        .text = text_,
        .shown_as = registration.name,
        .program = program,
        .names = names,
        .new_tally = [&](const Keep& keep) { return std::make_unique<CppTally>(program, keep); },
        .diagnose =
            [&](const std::set<Mistake>& mistakes) { return error_line(mistakes.begin()->pos, registration, mistakes.begin()->message); },
        .prepare_seconds = std::chrono::duration<double>(Clock::now() - start).count(),
        .digest = digest_,
        .full_digest = full_digest_};
    return check_test(test, options_.format == Format::kDefault ? Format::kText : options_.format, deadline_, context_);
  }

  const std::string& file_;
  const CheckContext& context_;
  const CheckOptions& options_;
  std::optional<Clock::time_point> deadline_;
  std::string text_;    // of the file, if a trace is to be written
  std::string digest_;  // of all its files, if a shard is asked for
  std::string full_digest_;
  struct FoundTrace {
    int status;  // of the test
    std::string text;
  };
  std::optional<FoundTrace> trace_;  // of the first violated test; until there is one, of the first with something to show
  std::string running_;              // the test that has begun and not ended
  int line_ = 1;                     // where it stands
  std::size_t begun_ = 0;            // how many tests have begun
};

}  // namespace

int check_cpp(const std::string& file, const CheckContext& context) { return CppCheck(file, context).run(); }

}  // namespace lkmc
