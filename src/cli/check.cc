// Checks the files one after the other. A file that is wrong is diagnosed, and the next one is checked all the same.
#include "src/cli/check.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "src/cli/check_cpp.h"
#include "src/cli/exit_status.h"
#include "src/cli/file.h"
#include "src/cli/kcsan.h"
#include "src/cli/terminal.h"
#include "src/model/load.h"
#include "src/oracle/advice.h"
#include "src/oracle/data_race.h"
#include "src/report/advice_report.h"
#include "src/report/diagnostic.h"
#include "src/report/herd.h"
#include "src/report/json.h"
#include "src/report/stats.h"
#include "src/report/text.h"

namespace lkmc {
namespace {

void print(std::FILE* stream, std::string_view text) { std::fwrite(text.data(), 1, text.size(), stream); }

void complain(std::string_view text) {
  std::fflush(stdout);  // so that the two streams are in order where they go to one place
  print(stderr, text);
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string model_error_text(const ModelError& error) {
  if (error.line <= 0) return fmt::format("{}: error: {}\n", error.file, error.message);
  return diagnostic_text({error.file, error.line, error.column, error.message, error.source_line});
}

class Check {
 public:
  Check(const CheckOptions& options, const Model& model, const std::optional<KcsanProfile>& kcsan)
      : options_(options), model_(model), kcsan_(kcsan), facts_(model), interrupted_(catch_interrupt()), colour_(colour_of_stdout()),
        format_(options.format == Format::kDefault ? Format::kHerd : options.format) {}

  int run() {
    int status = kSuccess;
    for (std::size_t i = 0; i < options_.files.size(); ++i) {
      status = graver(status, check(options_.files[i]));
      if (interrupted_) {
        const std::size_t left = options_.files.size() - i - 1;
        if (left > 0) complain(fmt::format("lkmc: interrupted: {} files were not checked\n", left));
        return graver(status, kInconclusive);
      }
    }
    return status;
  }

 private:
  int check(const std::string& file) {
    const auto start = std::chrono::steady_clock::now();
    if (is_cpp(file) && is_file(file)) return check_cpp(file, options_, model_, facts_, kcsan_, interrupted_);
    const auto content = read_test(file);
    if (const auto* error = std::get_if<FileError>(&content)) {
      complain(fmt::format("{}: error: {}\n", file, error->message));
      return kError;
    }
    const std::string& text = std::get<std::string>(content);
    const auto parsed = parse_litmus(file, text, {.unroll = options_.unroll});
    if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) {
      complain(diagnostic_text(*diagnostic));
      return kError;
    }
    const LitmusTest& test = *std::get<std::unique_ptr<LitmusTest>>(parsed);
    const double parse_seconds = seconds_since(start);

    const auto explore_start = std::chrono::steady_clock::now();
    auto [tally, statistics] = explore_test(file, test, test);
    TestResult result{.file = file,
                      .text = text,
                      .test = test,
                      .model = options_.model,
                      .unroll = options_.unroll,
                      .tally = std::move(tally),
                      .statistics = statistics,
                      .flags = flag_names(model_, statistics.flags),
                      .parse_seconds = parse_seconds,
                      .explore_seconds = seconds_since(explore_start)};
    return report(std::move(result));
  }

  // Explores `program`: the test, or the test with other markings.
  std::pair<Tally, Statistics> explore_test(const std::string& file, const LitmusTest& test, const Program& program) {
    const bool shows_witness = format_ == Format::kText || !options_.trace.empty();
    const auto keep = shows_witness ? Tally::Keep::kStatesAndWitness : Tally::Keep::kStates;
    std::vector<Tally> tallies;
    std::vector<Visitor*> visitors;
    for (int i = 0; i < options_.jobs; ++i) tallies.emplace_back(test, keep);
    for (Tally& tally : tallies) visitors.push_back(&tally);
    std::vector<RaceCollector> collectors;
    const auto race_flag = data_race_flag(model_);
    races_.reset();
    if (kcsan_ && race_flag) {
      for (Tally& tally : tallies) collectors.emplace_back(tally, *race_flag);
      std::transform(collectors.begin(), collectors.end(), visitors.begin(), [](RaceCollector& c) { return &c; });
    }
    std::vector<AccessCollector> access_collectors;
    if (options_.advise && race_flag) {
      for (Visitor* visitor : visitors) access_collectors.emplace_back(*visitor, *race_flag);
      std::transform(access_collectors.begin(), access_collectors.end(), visitors.begin(), [](AccessCollector& c) { return &c; });
    }

    ProgressLine progress(file);
    ExploreOptions explore_options{.jobs = options_.jobs,
                                   .timeout = {},
                                   .max_executions = options_.max_executions,
                                   .cancelled = &interrupted_,
                                   .on_progress = [&](const Progress& p) { progress.show(p); }};
    if (options_.timeout) {
      explore_options.timeout = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double>(*options_.timeout));
    }
    const Statistics statistics = explore(program, model_, facts_, explore_options, visitors);
    if (!collectors.empty()) races_.emplace();
    for (const RaceCollector& collector : collectors) {
      for (const RacingPair& race : collector.races()) add_race(*races_, race);
    }
    accesses_.clear();
    racing_sites_.clear();
    for (const AccessCollector& collector : access_collectors) collector.tell(accesses_, racing_sites_);
    for (std::size_t i = 1; i < tallies.size(); ++i) tallies[0].merge(std::move(tallies[i]));
    return {std::move(tallies[0]), statistics};
  }

  int report(TestResult result) {
    if (!result.tally.mistakes().empty()) {
      const litmus::Source source(result.file, result.text);
      for (const Mistake& m : result.tally.mistakes()) complain(diagnostic_text(source.diagnose(m.pos, m.message)));
      return kError;
    }
    std::optional<KcsanAnswer> kcsan;
    if (kcsan_) kcsan = ask_kcsan(result);
    if (kcsan && format_ == Format::kJson) result.more.emplace_back("kcsan", std::exchange(kcsan->out, {}));
    std::string advice;
    if (options_.advise && data_race_flag(model_)) {
      advice = ask_for_advice(result);
      if (format_ == Format::kJson) result.more.emplace_back("advice", std::exchange(advice, {}));
    }
    print(stdout, formatted(result));
    std::fflush(stdout);
    if (format_ == Format::kHerd) warn(result);
    if (options_.stats) {
      complain(statistics_text(result.test.name(), result.statistics,
                               {{"parse", result.parse_seconds}, {"explore", result.explore_seconds}}));
    }
    int status = result.verdict() == Verdict::kViolated       ? kViolation
                 : result.verdict() == Verdict::kInconclusive ? kInconclusive
                                                              : kSuccess;
    if (!options_.trace.empty()) status = graver(status, write_trace(result));
    if (kcsan) {
      print(stdout, kcsan->out);
      if (options_.stats) complain(kcsan->stats);
      if (!kcsan->complete) status = graver(status, kInconclusive);
    }
    print(stdout, advice);
    return status;
  }

  // A condition that is a question is no property: what `exists` finds does not count as wrong.
  [[nodiscard]] static Findings findings_of(const TestResult& result, std::set<RacingSites> races) {
    Findings findings{.races = std::move(races), .wrong = {}, .complete = result.complete()};
    if (result.condition_violated()) findings.wrong.insert("violated: " + result.test.condition_text());
    if (result.tally.deadlock()) findings.wrong.insert("deadlock");
    return findings;
  }

  [[nodiscard]] std::string ask_for_advice(const TestResult& result) {
    const MarkableAccesses accesses = accesses_;
    const AdviceJob job{.program = result.test,
                        .accesses = accesses,
                        .findings = findings_of(result, racing_sites_),
                        .can_be_edited = [](const SourcePos&) { return true; },
                        .explore = [&](const Program& program) {
                          auto [tally, statistics] = explore_test(result.file, result.test, program);
                          const TestResult then{.file = result.file,
                                                .text = result.text,
                                                .test = result.test,
                                                .model = result.model,
                                                .tally = std::move(tally),
                                                .statistics = statistics,
                                                .flags = {}};
                          return findings_of(then, racing_sites_);
                        }};
    const AdviceNames names{.place = [&](const SourcePos& pos) { return fmt::format("{}:{}", result.file, pos.line); },
                            .file = [&](const SourcePos&) { return result.file; }};
    const AllAdvice advice = advise(job);
    return format_ == Format::kJson ? advice_json(advice, job, names) : advice_text(advice, job, names);
  }

  [[nodiscard]] KcsanAnswer ask_kcsan(const TestResult& result) const {
    const LitmusNames names(result.test, result.file, result.text);
    KcsanJob job{.program = result.test,
                 .names = {.thread = [&](ThreadId t) { return names.thread(t); },
                           .location = [&](Location l) { return names.location(l); },
                           .place = [&](const SourcePos& pos) { return fmt::format("{}:{}", result.file, pos.line); },
                           .file = [&](const SourcePos&) { return result.file; }},
                 .races = races_,
                 .deadline = {},
                 .interrupted = &interrupted_,
                 .json = format_ == Format::kJson};
    if (options_.timeout) {
      job.deadline = std::chrono::steady_clock::now() + std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                                            std::chrono::duration<double>(*options_.timeout));
    }
    return check_kcsan(*kcsan_, job);
  }

  std::string formatted(const TestResult& result) const {
    switch (format_) {
      case Format::kDefault:
      case Format::kHerd:
        return herd_report(result);
      case Format::kText:
        return text_report(result, {.colour = colour_, .states = options_.states});
      case Format::kJson:
        return json_report(result);
    }
    return {};
  }

  // Says what herd's format has no place for.
  void warn(const TestResult& result) const {
    if (!result.complete()) complain(fmt::format("{}: inconclusive: {}\n", result.file, result.why_incomplete()));
    if (const auto& deadlock = result.tally.deadlock()) {
      for (const BlockedThread& b : deadlock->blocked) {
        complain(fmt::format("{}:{}:{}: deadlock: {}\n", result.file, b.pos.line, b.pos.column,
                             waiting_text(LitmusNames(result.test, result.file, result.text), b)));
      }
    }
  }

  int write_trace(const TestResult& result) const {
    const auto trace = json_trace(result);
    if (!trace) {
      complain(fmt::format("{}: no execution to trace, {} is not written\n", result.file, options_.trace));
      return kSuccess;
    }
    const std::string error = write_file(options_.trace, *trace);
    if (error.empty()) return kSuccess;
    complain(fmt::format("{}: error: {}\n", options_.trace, error));
    return kError;
  }

  const CheckOptions& options_;
  const Model& model_;
  const std::optional<KcsanProfile>& kcsan_;
  // Of the last exploration: its races if the model says what a race is, and accesses and races for advice.
  std::optional<std::vector<RacingPair>> races_;
  MarkableAccesses accesses_;
  std::set<RacingSites> racing_sites_;
  ModelFacts facts_;
  const std::atomic<bool>& interrupted_;
  Colour colour_;
  Format format_;  // of litmus files
};

}  // namespace

int run_check(const CheckOptions& options) {
  const auto model = load_model(options.model);
  if (const auto* error = std::get_if<ModelError>(&model)) {
    complain(model_error_text(*error));
    return kError;
  }
  std::optional<KcsanProfile> kcsan;
  if (!options.kcsan.empty()) {
    const auto loaded = load_kcsan_profile(options.kcsan);
    if (const auto* error = std::get_if<std::string>(&loaded)) {
      complain(*error);
      return kError;
    }
    kcsan = std::get<KcsanProfile>(loaded);
  }
  const int status = Check(options, std::get<Model>(model), kcsan).run();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
  complain("lkmc: error: cannot write to stdout\n");
  return kError;
}

}  // namespace lkmc
