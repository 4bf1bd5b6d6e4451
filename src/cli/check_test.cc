// SPDX-License-Identifier: Apache-2.0
#include "src/cli/check_test.h"

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/cli/digest.h"
#include "src/cli/exit_status.h"
#include "src/cli/output.h"
#include "src/cli/progress.h"
#include "src/host/file.h"
#include "src/inquiry/exploration.h"
#include "src/inquiry/inquiries.h"
#include "src/inquiry/share_of_time.h"
#include "src/report/herd.h"
#include "src/report/json.h"
#include "src/report/stats.h"
#include "src/report/text.h"
#include "src/report/trace.h"

namespace lkmc {
namespace {

using Clock = std::chrono::steady_clock;

class TestCheck {
 public:
  TestCheck(const Test& test, Format format, std::optional<Clock::time_point> deadline, const CheckContext& context)
      : test_(test),
        format_(format),
        deadline_(deadline),
        context_(context),
        options_(context.options),
        under_{context.model, context.facts},
        settings_{.model = options_.model,
                  .unroll = options_.unroll,
                  .jobs = options_.jobs,
                  .max_executions = options_.max_executions,
                  .witness = format != Format::kHerd || !options_.trace.empty() || context.asked.why,
                  .all_races = context.asked.kcsan.has_value()},
        explorer_(test, settings_),
        inquiries_(inquiries_for(context.asked, context.model)) {}

  TestReport check() {
    const auto start = Clock::now();
    const Explored explored = explore();
    if (!explored.tally->mistakes().empty()) return {.out = {}, .err = test_.diagnose(explored.tally->mistakes()), .status = kError};
    Result result = explorer_.result_of(explored, context_.model);
    result.explore_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (context_.part) {
      result.part = context_.part;
      result.part->program = test_.digest;
    }

    if (!test_.full_digest.empty() && !context_.part)
      result.more.emplace_back("digest", '"' + context_.digest_of_results(test_.full_digest) + '"');

    TestReport report{.out = {}, .err = format_ == Format::kHerd ? warning(result) : "", .status = status_of(result)};
    if (options_.stats) {
      report.err +=
          statistics_text(result.name, result.statistics, {{"set-up", result.prepare_seconds}, {"explore", result.explore_seconds}});
    }
    if (!options_.trace.empty()) report.trace = trace_of(result);
    report.out = answers(explored, result, report);
    return report;
  }

 private:
  [[nodiscard]] Explored explore() const {
    ProgressLine progress(test_.shown_as);
    std::vector<Watch> watches;
    for (const auto& inquiry : inquiries_) {
      watches.emplace_back([&inquiry](Visitor& inner) { return inquiry->watch(inner); });
    }
    const ExplorationLimits limits{.deadline = share(1 + inquiries_.size()),
                                   .shard = options_.shard,
                                   .cancelled = &context_.interrupted,
                                   .on_progress = [&](const Progress& p) { progress.show(p); }};
    return explorer_.explore(test_.program, under_, limits, watches);
  }

  // When what comes next must end, if it is the first of so many.
  [[nodiscard]] std::optional<Clock::time_point> share(std::size_t parts) const {
    return deadline_ ? std::optional(share_of_time(*deadline_, static_cast<int>(parts))) : std::nullopt;
  }

  // The report, with what the inquiries answer; adds the rest of what they say to `report`.
  [[nodiscard]] std::string answers(const Explored& explored, Result& result, TestReport& report) const {
    const bool json = format_ == Format::kJson;
    std::string more;
    std::optional<std::string> instead;
    for (std::size_t i = 0; i < inquiries_.size(); ++i) {
      Reply reply = inquiries_[i]->answer({.explorer = explorer_,
                                           .under = under_,
                                           .explored = explored,
                                           .result = result,
                                           .json = json,
                                           .deadline = share(inquiries_.size() - i),
                                           .interrupted = context_.interrupted});
      if (options_.stats) report.err += reply.statistics;
      if (!reply.complete) report.status = graver(report.status, kInconclusive);
      if (reply.verdict) report.status = exit_status(*reply.verdict);
      if (json) {
        result.more.emplace_back(inquiries_[i]->key(), std::move(reply.out));
      } else if (reply.verdict) {
        instead = std::move(reply.out);
      } else {
        more += reply.out;
      }
    }
    return (instead ? *instead : formatted(result)) + more;
  }

  // Nothing is amiss with a shard for having others.
  [[nodiscard]] static int status_of(const Result& result) {
    const Statistics& s = result.statistics;
    if (s.interruption == Interruption::kShard && !s.bound_hit && result.verdict == Verdict::kInconclusive) return kSuccess;
    return exit_status(result.verdict);
  }

  [[nodiscard]] std::string formatted(const Result& result) const {
    switch (format_) {
      case Format::kHerd:
        return herd_report(result);
      case Format::kJson:
        return json_report(result);
      case Format::kDefault:
      case Format::kText:
        break;
    }
    return text_report(result, {.colour = context_.colour, .states = options_.states});
  }

  // Says what herd's format has no place for.
  [[nodiscard]] std::string warning(const Result& result) const {
    std::string text;
    if (!result.complete()) text += fmt::format("{}: inconclusive: {}\n", test_.file, why_incomplete(result.statistics));
    if (const Finding* deadlock = result.deadlock()) {
      for (const BlockedThread& b : deadlock->blocked) {
        text += fmt::format("{}:{}:{}: deadlock: {}\n", test_.file, b.pos.line, b.pos.column, waiting_text(test_.names, b));
      }
    }
    return text;
  }

  const Test& test_;
  Format format_;
  std::optional<Clock::time_point> deadline_;
  const CheckContext& context_;
  const CheckOptions& options_;
  const UnderModel under_;
  const ExplorationSettings settings_;
  const TestExplorer explorer_;
  const std::vector<std::unique_ptr<Inquiry>> inquiries_;
};

}  // namespace

std::optional<Clock::time_point> CheckContext::deadline() const {
  if (!options.timeout) return std::nullopt;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.timeout));
}

int exit_status(Verdict verdict) {
  return verdict == Verdict::kViolated ? kViolation : verdict == Verdict::kInconclusive ? kInconclusive : kSuccess;
}

std::string CheckContext::digest_of_results(const std::string& full_digest) const {
  return lkmc::digest_of_results(full_digest, digest_of(model), options.unroll);
}

std::string listed_test(const std::string& file, const ListedTest& test, const CheckContext& context) {
  using Json = nlohmann::ordered_json;
  if (context.options.format != Format::kJson) return fmt::format("{}:{}: {}\n", file, test.line, test.name);
  Json json{{"name", test.name}, {"file", file}, {"line", test.line}, {"files", test.files}};
  if (!test.digest.empty()) json["digest"] = context.digest_of_results(test.digest);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

TestReport check_test(const Test& test, Format format, std::optional<Clock::time_point> deadline, const CheckContext& context) {
  return TestCheck(test, format, deadline, context).check();
}

int write_trace(const std::string& file, const CheckOptions& options, const std::optional<std::string>& trace) {
  if (!trace) {
    print_error(fmt::format("{}: no execution to trace, {} is not written\n", file, options.trace));
    return kSuccess;
  }
  const std::string error = write_file(options.trace, *trace);
  if (error.empty()) return kSuccess;
  print_error(fmt::format("{}: error: {}\n", options.trace, error));
  return kError;
}

}  // namespace lkmc
