#include "src/cli/check_cpp.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "src/cli/child.h"
#include "src/cli/exit_status.h"
#include "src/cli/file.h"
#include "src/cli/kcsan.h"
#include "src/cli/terminal.h"
#include "src/kernel/compile.h"
#include "src/kernel/cpp_test.h"
#include "src/kernel/load.h"
#include "src/kernel/watchdog.h"
#include "src/oracle/data_race.h"
#include "src/report/advice_report.h"
#include "src/report/cpp_names.h"
#include "src/report/cpp_result.h"
#include "src/report/hash.h"
#include "src/report/stats.h"

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
  CppCheck(const std::string& file, const CheckOptions& options, const Model& model, const ModelFacts& facts,
           const std::optional<KcsanProfile>& kcsan, const std::atomic<bool>& interrupted)
      : file_(file), options_(options), model_(model), facts_(facts), kcsan_(kcsan), interrupted_(interrupted),
        colour_(colour_of_stdout()) {}

  int run() {
    const auto object = kernel::compile(file_);
    if (const auto* error = std::get_if<kernel::CompileError>(&object)) {
      if (!error->message.empty()) complain(1, error->message);
      return kError;
    }
    if (!options_.trace.empty()) {
      const auto content = read_test(file_);
      if (const auto* text = std::get_if<std::string>(&content)) md5_ = md5(*text);
    }
    if (options_.timeout) {
      deadline_ = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options_.timeout));
    }
    int status = kSuccess;
    for (bool more = true; more && !interrupted_;) {
      more = false;
      ChildLimits limits{.seconds = {}, .bytes = std::uint64_t{1} << 20};
      *limits.bytes *= static_cast<std::uint64_t>(options_.memory);
      if (deadline_) limits.seconds = std::max(0.0, seconds_left()) + kGrace;
      const ChildEnd end = run_in_child(
          limits, [&](const Send& send) { check_tests(std::get<std::string>(object), send); },
          [&](std::string_view line) { status = graver(status, receive(Json::parse(line, nullptr, false))); });
      if (end.kind != ChildEnd::Kind::kFinished) {
        status = graver(status, explain(end));
        more = !running_.empty() && end.kind != ChildEnd::Kind::kTimeout;
      }
    }
    if (!options_.trace.empty()) status = graver(status, write_trace());
    return status;
  }

 private:
  [[nodiscard]] double seconds_left() const { return std::chrono::duration<double>(*deadline_ - Clock::now()).count(); }

  // --- here ---------------------------------------------------------------------------------------------------------------

  void complain(int line, std::string_view message) const {
    std::fflush(stdout);  // so that the two streams are in order where they go to one place
    fmt::print(stderr, "{}:{}:1: error: {}\n", file_, line, message);
  }

  int receive(const Json& message) {
    if (!message.is_object()) return kSuccess;
    if (message.contains("test")) {
      running_ = message["test"];
      line_ = message["line"];
      ++begun_;
      return kSuccess;
    }
    fmt::print("{}", message["out"].get<std::string>());
    std::fflush(stdout);
    fmt::print(stderr, "{}", message["err"].get<std::string>());
    running_.clear();
    const int status = message["status"];
    if (message.contains("trace") && (!trace_ || (status == kViolation && trace_->status != kViolation))) {
      trace_ = {status, message["trace"]};
    }
    return status;
  }

  [[nodiscard]] int write_trace() const {
    if (!trace_) {
      fmt::print(stderr, "{}: no execution to trace, {} is not written\n", file_, options_.trace);
      return kSuccess;
    }
    const std::string error = write_file(options_.trace, trace_->text);
    if (error.empty()) return kSuccess;
    fmt::print(stderr, "{}: error: {}\n", options_.trace, error);
    return kError;
  }

  [[nodiscard]] int explain(const ChildEnd& end) const {
    const int line = running_.empty() ? 1 : line_;
    const std::string where = running_.empty() ? "" : running_ + ": ";
    switch (end.kind) {
      case ChildEnd::Kind::kFinished:
        break;
      case ChildEnd::Kind::kTimeout:
        std::fflush(stdout);
        fmt::print(stderr, "{}:{}:1: inconclusive: {}the time ran out (--timeout gives more)\n", file_, line, where);
        return kInconclusive;
      case ChildEnd::Kind::kOutOfMemory:
        complain(line, fmt::format("{}out of memory (--memory allows more than {} MiB)", where, options_.memory));
        break;
      case ChildEnd::Kind::kGaveUp:
        complain(line, where + end.detail);
        break;
      case ChildEnd::Kind::kException:
      case ChildEnd::Kind::kSignal:
      case ChildEnd::Kind::kExit:
        complain(line, where + fault_text(end));
        break;
      case ChildEnd::Kind::kNotStarted:
        complain(line, "cannot start a process: " + end.detail);
        break;
    }
    return kError;
  }

  // --- in the child ---------------------------------------------------------------------------------------------------------

  void check_tests(const std::string& object, const Send& send) const {
    const auto fail = [&](std::string_view message) {
      send(answer("", fmt::format("{}:1:1: error: {}\n", file_, message), kError));
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
    for (std::size_t i = begun_; i < tests.size() && !interrupted_; ++i) {
      send(Json{{"test", tests[i]->name}, {"line", tests[i]->line}}.dump());
      send(check_test(*tests[i]));
    }
  }

  [[nodiscard]] static std::string answer(const std::string& out, const std::string& err, int status,
                                          const std::optional<std::string>& trace = std::nullopt) {
    Json json{{"out", out}, {"err", err}, {"status", status}};
    if (trace) json["trace"] = *trace;
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

  [[nodiscard]] std::string error_line(const SourcePos& pos, const kernel::Registration& test, std::string_view message) const {
    if (pos.file == nullptr || pos.line <= 0) return fmt::format("{}:{}:1: error: {}: {}\n", file_, test.line, test.name, message);
    const std::string where = pos.function != nullptr ? fmt::format(" (in {})", pos.function) : "";
    return fmt::format("{}:{}:{}: error: {}: {}{}\n", pos.file, pos.line, std::max(pos.column, 1), test.name, message, where);
  }

  [[nodiscard]] std::string check_test(const kernel::Registration& registration) const {
    const auto set_up_start = Clock::now();
    kernel::CppTest test(registration, options_.unroll);
    if (const auto& failure = test.setup_failure()) {
      return answer("", error_line(failure->pos, registration, failure->message), kError);
    }
    ProgressLine progress(registration.name);
    const auto start = Clock::now();
    const auto seconds = [](Clock::duration time) { return std::chrono::duration<double>(time).count(); };
    const bool advises = options_.advise && data_race_flag(model_);
    Seen seen = look(test, test, advises, &progress);
    if (!seen.tally.mistakes().empty()) {
      const Mistake& first = *seen.tally.mistakes().begin();
      return answer("", error_line(first.pos, registration, first.message), kError);
    }
    const Statistics& statistics = seen.statistics;
    CppResult result{.file = file_,
                     .test = test,
                     .model = options_.model,
                     .md5 = md5_,
                     .unroll = options_.unroll,
                     .tally = seen.tally,
                     .statistics = statistics,
                     .flags = flag_names(model_, statistics.flags),
                     .set_up_seconds = seconds(start - set_up_start),
                     .explore_seconds = seconds(Clock::now() - start)};
    int status = result.verdict() == Verdict::kViolated       ? kViolation
                 : result.verdict() == Verdict::kInconclusive ? kInconclusive
                                                              : kSuccess;
    std::string statistics_report =
        !options_.stats ? ""
                        : statistics_text(registration.name, statistics,
                                          {{"set-up", result.set_up_seconds}, {"explore", result.explore_seconds}});
    const auto trace = options_.trace.empty() ? std::nullopt : cpp_trace(result, model_);
    const bool json = options_.format == Format::kJson;
    std::string more;
    if (kcsan_) {
      const KcsanAnswer kcsan = ask_kcsan(test, seen.tally, json);
      if (options_.stats) statistics_report += kcsan.stats;
      if (!kcsan.complete) status = graver(status, kInconclusive);
      if (json) {
        result.more.emplace_back("kcsan", kcsan.out);
      } else {
        more += kcsan.out;
      }
    }
    if (advises) {
      const std::string advice = ask_for_advice(test, result, seen, json);
      if (json) {
        result.more.emplace_back("advice", advice);
      } else {
        more += advice;
      }
    }
    const std::string report =
        json ? cpp_json_report(result) : cpp_text_report(result, {.colour = colour_, .states = options_.states}) + more;
    return answer(report, statistics_report, status, trace);
  }

  // What an exploration has seen; accesses and races only if they are noted.
  struct Seen {
    CppTally tally;
    Statistics statistics;
    MarkableAccesses accesses;
    std::set<RacingSites> races;
  };
  // Explores `program`: the test, or the test with other markings.
  [[nodiscard]] Seen look(const kernel::CppTest& test, const Program& program, bool notes_accesses, ProgressLine* progress) const {
    std::vector<CppTally> tallies;
    std::vector<AccessCollector> collectors;
    std::vector<Visitor*> visitors;
    for (int i = 0; i < options_.jobs; ++i) tallies.emplace_back(test, data_race_flag(model_));
    for (CppTally& tally : tallies) visitors.push_back(&tally);
    if (notes_accesses) {
      for (CppTally& tally : tallies) collectors.emplace_back(tally, *data_race_flag(model_));
      std::transform(collectors.begin(), collectors.end(), visitors.begin(), [](AccessCollector& c) { return &c; });
    }
    ExploreOptions explore_options{.jobs = options_.jobs,
                                   .timeout = {},
                                   .max_executions = options_.max_executions,
                                   .cancelled = &interrupted_,
                                   .on_progress = [&](const Progress& p) {
                                     if (progress != nullptr) progress->show(p);
                                   }};
    if (deadline_) explore_options.timeout = *deadline_ - Clock::now();
    const Statistics statistics = explore(program, model_, facts_, explore_options, visitors);
    for (std::size_t i = 1; i < tallies.size(); ++i) tallies[0].merge(std::move(tallies[i]));
    Seen seen{std::move(tallies[0]), statistics, {}, {}};
    for (const AccessCollector& collector : collectors) collector.tell(seen.accesses, seen.races);
    return seen;
  }

  // What is wrong besides races: also a condition that the test says can be reached, and that is not.
  [[nodiscard]] static Findings findings_of(const CppResult& result, std::set<RacingSites> races) {
    Findings findings{.races = std::move(races), .wrong = {}, .complete = result.complete()};
    for (const Violation* v : result.tally.violations()) findings.wrong.insert("violated: " + v->report.message);
    if (result.tally.deadlock()) findings.wrong.insert("deadlock");
    using Kind = kernel::Expectation::Kind;
    for (const kernel::Expectation& e : result.expectations()) {
      const bool about_reaching = e.kind == Kind::kReachable || e.kind == Kind::kUnreachable;
      if (about_reaching && result.judge(e) == Verdict::kViolated) {
        findings.wrong.insert(fmt::format("{} \"{}\", which is not expected", e.kind == Kind::kReachable ? "unreachable" : "reachable", e.name));
      }
    }
    return findings;
  }

  [[nodiscard]] std::string ask_for_advice(const kernel::CppTest& test, const CppResult& result, const Seen& seen, bool json) const {
    const CppNames names(test);
    const AdviceJob job{.program = test,
                        .accesses = seen.accesses,
                        .findings = findings_of(result, seen.races),
                        .can_be_edited = [&](const SourcePos& pos) { return !names.source_line(pos).empty(); },
                        .explore = [&](const Program& program) {
                          const Seen then = look(test, program, true, nullptr);
                          CppResult of{.file = file_, .test = test, .model = options_.model, .tally = then.tally, .statistics = then.statistics, .flags = {}};
                          return findings_of(of, then.races);
                        }};
    const AdviceNames advice_names{.place = CppNames::full_place, .file = [&](const SourcePos& pos) { return names.file(pos); }};
    const AllAdvice advice = advise(job);
    return json ? advice_json(advice, job, advice_names) : advice_text(advice, job, advice_names);
  }

  [[nodiscard]] KcsanAnswer ask_kcsan(const kernel::CppTest& test, const CppTally& tally, bool json) const {
    const CppNames names(test);
    KcsanJob job{.program = test,
                 .names = {.thread = [&](ThreadId t) { return names.thread(t); },
                           .location = [&](Location l) { return names.location(l); },
                           .place = CppNames::full_place,
                           .file = [&](const SourcePos& pos) { return names.file(pos); }},
                 .races = {},
                 .deadline = deadline_,
                 .interrupted = &interrupted_,
                 .json = json};
    if (data_race_flag(model_)) {
      job.races.emplace();
      for (const FoundRace* r : tally.races()) {
        add_race(*job.races, {{r->first.thread, r->first.pos}, {r->second.thread, r->second.pos}, r->first.location});
      }
    }
    return check_kcsan(*kcsan_, job);
  }

  const std::string& file_;
  const CheckOptions& options_;
  const Model& model_;
  const ModelFacts& facts_;
  const std::optional<KcsanProfile>& kcsan_;
  const std::atomic<bool>& interrupted_;
  Colour colour_;
  std::optional<Clock::time_point> deadline_;
  std::string md5_;  // of the file, if a trace is to be written
  struct FoundTrace {
    int status;  // of the test
    std::string text;
  };
  std::optional<FoundTrace> trace_;  // of the first violated test; until there is one, of the first with something to show
  std::string running_;    // the test that has begun and not ended
  int line_ = 1;           // where it stands
  std::size_t begun_ = 0;  // how many tests have begun
};

}  // namespace

int check_cpp(const std::string& file, const CheckOptions& options, const Model& model, const ModelFacts& facts,
              const std::optional<KcsanProfile>& kcsan, const std::atomic<bool>& interrupted) {
  return CppCheck(file, options, model, facts, kcsan, interrupted).run();
}

}  // namespace lkmc
