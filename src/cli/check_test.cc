#include "src/cli/check_test.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/cli/exit_status.h"
#include "src/cli/file.h"
#include "src/cli/kcsan.h"
#include "src/cli/output.h"
#include "src/cli/share_of_time.h"
#include "src/cli/terminal.h"
#include "src/explore/explorer.h"
#include "src/oracle/advice.h"
#include "src/oracle/data_race.h"
#include "src/ordering/barriers.h"
#include "src/ordering/barriers_report.h"
#include "src/ordering/repair.h"
#include "src/ordering/repair_report.h"
#include "src/report/advice_report.h"
#include "src/report/herd.h"
#include "src/report/json.h"
#include "src/report/stats.h"
#include "src/report/text.h"
#include "src/report/trace.h"

namespace lkmc {
namespace {

using Clock = std::chrono::steady_clock;

// Hands on what it is told, and ends the exploration when something goes wrong that was not so before.
class StopAtFirst final : public Visitor {
 public:
  StopAtFirst(Visitor& inner, const Model& model, const Trial& before, std::atomic<bool>& stop)
      : inner_(inner), model_(model), before_(before), stop_(stop) {}

  [[nodiscard]] bool on_execution(const Execution& execution) override { return inner_.on_execution(execution); }
  void on_flags(const Execution& execution, std::uint64_t flags) override {
    inner_.on_flags(execution, flags);
    for (const std::string& flag : flag_names(model_, flags)) {
      if (flag != kMixedAccesses && !before_.wrong.contains(flag)) stop_ = true;
    }
  }
  void on_deadlock(const Deadlock& deadlock) override {
    inner_.on_deadlock(deadlock);
    if (!before_.wrong.contains("deadlock")) stop_ = true;
  }
  [[nodiscard]] bool on_failure(const Failure& failure) override {
    if (!before_.wrong.contains(failure.message)) stop_ = true;
    return inner_.on_failure(failure);
  }
  void on_restart() override { inner_.on_restart(); }
  void on_misbehaviour(ThreadId thread, SourcePos pos, const std::string& message) override {
    inner_.on_misbehaviour(thread, pos, message);
  }

 private:
  Visitor& inner_;
  const Model& model_;
  const Trial& before_;
  std::atomic<bool>& stop_;
};

class TestCheck {
 public:
  TestCheck(const Test& test, Format format, std::optional<Clock::time_point> deadline, const CheckContext& context)
      : test_(test), format_(format), deadline_(deadline), context_(context), options_(context.options),
        race_flag_(data_race_flag(context.model)) {}

  TestReport check() {
    ProgressLine progress(test_.shown_as);
    const auto start = Clock::now();
    std::vector<OrderingCollector> orderings;
    const Seen seen = look(test_.program, {&context_.model, &context_.facts},
                           {.deadline = share(1 + (context_.kcsan ? 1 : 0) + (advises() ? 1 : 0)), .progress = &progress,
                            .orderings = options_.analysis != Analysis::kNone ? &orderings : nullptr,
                            .shard = options_.shard});
    if (!seen.tally->mistakes().empty()) return {.out = {}, .err = test_.diagnose(seen.tally->mistakes()), .status = kError};
    Result result = result_of(seen);
    result.explore_seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (context_.part) {
      result.part = context_.part;
      result.part->program = test_.digest;
    }

    TestReport report{.out = {}, .err = format_ == Format::kHerd ? warning(result) : "", .status = status_of(result)};
    if (options_.stats) {
      report.err += statistics_text(result.name, result.statistics, {{"set-up", result.prepare_seconds}, {"explore", result.explore_seconds}});
    }
    if (!options_.trace.empty()) report.trace = trace_of(result);
    std::string more;
    const auto add = [&](std::string key, std::string text) {
      if (format_ == Format::kJson) {
        result.more.emplace_back(std::move(key), std::move(text));
      } else {
        more += text;
      }
    };
    if (context_.kcsan) {
      KcsanAnswer kcsan = ask_kcsan(*seen.tally, result.complete());
      add("kcsan", std::move(kcsan.out));
      if (options_.stats) report.err += kcsan.stats;
      if (!kcsan.complete) report.status = graver(report.status, kInconclusive);
    }
    if (advises()) add("advice", ask_for_advice(seen, result));
    if (options_.analysis == Analysis::kBarriers) add("barriers", ask_for_barriers(orderings, seen));
    if (options_.analysis == Analysis::kRepair) return repaired(std::move(report), result, orderings);
    report.out = formatted(result) + more;
    return report;
  }

 private:
  // What an exploration has seen; accesses and their races only if there is to be advice.
  struct Seen {
    std::unique_ptr<Tally> tally;
    Statistics statistics;
    AccessNotes notes;
  };

  struct UnderModel {
    const Model* model;
    const ModelFacts* facts;
  };

  [[nodiscard]] bool advises() const { return options_.advise && race_flag_; }
  // When what comes next must end, if it is the first of so many.
  [[nodiscard]] std::optional<Clock::time_point> share(int parts) const {
    return deadline_ ? std::optional(share_of_time(*deadline_, parts)) : std::nullopt;
  }

  // What an exploration is for, besides what it sees.
  struct Purpose {
    std::optional<Clock::time_point> deadline{};
    ProgressLine* progress = nullptr;
    std::vector<OrderingCollector>* orderings = nullptr;  // collects the test's
    const Trial* first_beyond = nullptr;                  // ends when something is wrong that is not so there
    Shard shard{};
  };

  // Explores `program`: the test, or the test with other markings.
  [[nodiscard]] Seen look(const Program& program, UnderModel under, const Purpose& purpose) const {
    const Keep keep{.witness = format_ != Format::kHerd || !options_.trace.empty(),
                    .race_flag = data_race_flag(*under.model),
                    .all_races = context_.kcsan.has_value()};
    std::vector<std::unique_ptr<Tally>> tallies;
    std::vector<AccessCollector> collectors;
    std::vector<Visitor*> visitors;
    for (int i = 0; i < options_.jobs; ++i) tallies.push_back(test_.new_tally(keep));
    for (const auto& tally : tallies) {
      if (advises()) collectors.emplace_back(*tally, *race_flag_);
      visitors.push_back(tally.get());
    }
    std::transform(collectors.begin(), collectors.end(), visitors.begin(), [](AccessCollector& c) { return &c; });
    if (purpose.orderings != nullptr) {
      for (Visitor* visitor : visitors) purpose.orderings->emplace_back(*visitor);
      std::transform(purpose.orderings->begin(), purpose.orderings->end(), visitors.begin(), [](OrderingCollector& c) { return &c; });
    }
    std::atomic<bool> stop{false};
    std::vector<StopAtFirst> stoppers;
    if (purpose.first_beyond != nullptr) {
      for (Visitor* visitor : visitors) stoppers.emplace_back(*visitor, *under.model, *purpose.first_beyond, stop);
      std::transform(stoppers.begin(), stoppers.end(), visitors.begin(), [](StopAtFirst& s) { return &s; });
    }
    ExploreOptions explore_options{.jobs = options_.jobs,
                                   .timeout = {},
                                   .max_executions = options_.max_executions,
                                   .shard = purpose.shard,
                                   .cancelled = purpose.first_beyond != nullptr ? &stop : &context_.interrupted,
                                   .on_progress = [&](const Progress& p) {
                                     if (context_.interrupted) stop = true;
                                     if (purpose.progress != nullptr) purpose.progress->show(p);
                                   }};
    if (purpose.deadline) explore_options.timeout = *purpose.deadline - Clock::now();
    const Statistics statistics = explore(program, *under.model, *under.facts, explore_options, visitors);
    for (std::size_t i = 1; i < tallies.size(); ++i) tallies[0]->merge(std::move(*tallies[i]));
    Seen seen{std::move(tallies[0]), statistics, {}};
    for (const AccessCollector& collector : collectors) seen.notes.add(collector.notes());
    return seen;
  }

  [[nodiscard]] Result result_of(const Seen& seen) const { return result_of(seen, context_.model); }
  [[nodiscard]] Result result_of(const Seen& seen, const Model& model) const {
    Result result{.file = test_.file,
                  .text = test_.text,
                  .name = {},
                  .model = options_.model,
                  .unroll = options_.unroll,
                  .program = &test_.program,
                  .names = test_.names,
                  .statistics = seen.statistics,
                  .prepare_seconds = test_.prepare_seconds,
                  .flags = flag_names(model, seen.statistics.flags)};
    seen.tally->tell(model, result);
    return result;
  }

  // Nothing is amiss with a shard for having others.
  [[nodiscard]] static int status_of(const Result& result) {
    const Statistics& s = result.statistics;
    if (s.interruption == Interruption::kShard && !s.bound_hit && result.verdict == Verdict::kInconclusive) return kSuccess;
    return exit_status(result.verdict);
  }

  // What is wrong besides races: also a condition that the test says can be reached, and that is not. What `exists` asks for
  // does not count as wrong.
  [[nodiscard]] static Findings findings_of(const Result& result, const AccessNotes& notes) {
    Findings findings{.races = notes.races, .lost_updates = notes.lost_updates, .wrong = {}, .complete = result.complete()};
    for (const Finding* v : result.of(Finding::Kind::kViolation)) findings.wrong.insert("violated: " + v->message);
    if (result.deadlock() != nullptr) findings.wrong.insert("deadlock");
    for (const Expected& e : result.expectations) {
      if (!e.opposite.empty() && e.met == Verdict::kViolated) findings.wrong.insert(e.opposite + ", which is not expected");
    }
    return findings;
  }

  [[nodiscard]] std::string ask_for_advice(const Seen& seen, const Result& result) const {
    const AdviceJob job{.program = test_.program,
                        .accesses = seen.notes.accesses,
                        .findings = findings_of(result, seen.notes),
                        .can_be_edited = [&](const SourcePos& pos) { return !test_.names.source_line(pos).empty(); },
                        .explore = [&](const Program& program) {
                          const Seen then = look(program, {&context_.model, &context_.facts}, {.deadline = deadline_});
                          return findings_of(result_of(then), then.notes);
                        }};
    const AllAdvice advice = advise(job);
    return format_ == Format::kJson ? advice_json(advice, job, test_.names) : advice_text(advice, job, test_.names);
  }

  // What is wrong, with an execution that shows it.
  [[nodiscard]] Trial trial_of(const Seen& seen, UnderModel under) const {
    const Result result = result_of(seen, *under.model);
    Trial trial{.wrong = {}, .complete = result.complete()};
    const auto example = [](const Finding& f, std::optional<std::size_t> flag) {
      return f.witness == nullptr ? std::nullopt : std::optional(Counterexample{*f.witness, flag});
    };
    for (const Finding& f : result.findings) {
      switch (f.kind) {
        case Finding::Kind::kReached:
          if (!result.condition) break;  // a C++ test says what is expected of its conditions
          [[fallthrough]];
        case Finding::Kind::kViolation:
          trial.wrong.try_emplace(f.message, example(f, std::nullopt));
          break;
        case Finding::Kind::kDeadlock:
          trial.wrong.try_emplace("deadlock", example(f, std::nullopt));
          break;
        case Finding::Kind::kRace:
          trial.wrong.try_emplace(std::string(kDataRace), example(f, data_race_flag(*under.model)));
          break;
        case Finding::Kind::kFlag:
          trial.wrong.try_emplace(f.message, std::nullopt);
          break;
      }
    }
    for (const std::string& flag : result.flags) {
      if (flag != kMixedAccesses) trial.wrong.try_emplace(flag, std::nullopt);
    }
    for (const Expected& e : result.expectations) {
      if (!e.opposite.empty() && e.met == Verdict::kViolated) trial.wrong.try_emplace(e.opposite, std::nullopt);
    }
    return trial;
  }

  [[nodiscard]] bool is_in_source(const Ordering& ordering) const { return !test_.names.source_line(ordering.pos).empty(); }

  // The report of lkmc repair in place of that of lkmc check.
  [[nodiscard]] TestReport repaired(TestReport report, const Result& result, const std::vector<OrderingCollector>& collectors) const {
    const UnderModel under{&context_.model, &context_.facts};
    RepairJob job{.program = test_.program, .model = context_.model, .facts = context_.facts, .operations = {}, .strengthenings = {},
                  .explore = [&](const Program& program) { return trial_of(look(program, under, {.deadline = deadline_}), under); }};
    for (const OrderingCollector& collector : collectors) collector.tell(job.operations);
    std::erase_if(job.operations, [&](const auto& o) { return !is_in_source(o.second); });
    job.strengthenings = strengthenings_of(job.operations, ordering_costs());
    const Repair repair = find_repair(job);
    const SourceText source = [&](const SourcePos& pos) -> std::optional<std::string> {
      const auto content = read_file(test_.names.file(pos));
      const auto* text = std::get_if<std::string>(&content);
      return text != nullptr ? std::optional(*text) : std::nullopt;
    };
    if (format_ == Format::kJson) {
      Result with_repair = result;
      with_repair.more.emplace_back("repair", repair_json(repair, job, test_.names, source).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
      report.out = formatted(with_repair);
    } else {
      report.out = fmt::format("{}: {}", result.name, repair_text(repair, job, test_.names, source));
    }
    const bool is_repaired = repair.changes.has_value() && repair.not_by_ordering.empty();
    report.status = repair.wrong.empty() || is_repaired ? kSuccess : kViolation;
    if (repair.gave_up && !repair.changes) report.status = kInconclusive;
    return report;
  }

  [[nodiscard]] std::string ask_for_barriers(const std::vector<OrderingCollector>& collectors, const Seen& seen) const {
    const UnderModel under{&context_.model, &context_.facts};
    BarriersJob job{.program = test_.program, .model = context_.model, .facts = context_.facts, .orderings = {}, .baseline = trial_of(seen, under),
                    .explore = {}, .others = {}};
    job.explore = [this, under, &job](const Program& program) { return trial_of(look(program, under, {.deadline = deadline_, .first_beyond = &job.baseline}), under); };
    for (const StrongerModel& m : context_.stronger) {
      const UnderModel stronger{&m.model, &m.facts};
      job.others.push_back({m.label, [this, stronger, &job](const Program& p) {
                              return trial_of(look(p, stronger, {.deadline = deadline_, .first_beyond = &job.baseline}), stronger);
                            }});
    }
    for (const OrderingCollector& collector : collectors) collector.tell(job.orderings);
    std::erase_if(job.orderings, [&](const auto& o) { return !is_in_source(o.second); });
    return barriers_json(find_needed(job), job, test_.names).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  }

  [[nodiscard]] KcsanAnswer ask_kcsan(const Tally& tally, bool is_complete) const {
    KcsanJob job{.program = test_.program,
                 .names = test_.names,
                 .races = {},
                 .races_complete = is_complete,
                 .deadline = share(advises() ? 2 : 1),
                 .interrupted = &context_.interrupted,
                 .json = format_ == Format::kJson};
    if (race_flag_) {
      job.races.emplace();
      for (const FoundRace* r : tally.races()) {
        add_race(*job.races, {{r->first.thread, r->first.pos}, {r->second.thread, r->second.pos}, r->first.location});
      }
    }
    return check_kcsan(*context_.kcsan, job);
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
  std::optional<std::size_t> race_flag_;
};

}  // namespace

std::optional<Clock::time_point> CheckContext::deadline() const {
  if (!options.timeout) return std::nullopt;
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(*options.timeout));
}

int exit_status(Verdict verdict) {
  return verdict == Verdict::kViolated ? kViolation : verdict == Verdict::kInconclusive ? kInconclusive : kSuccess;
}

std::string listed_test(const std::string& file, const ListedTest& test, Format format) {
  using Json = nlohmann::ordered_json;
  if (format != Format::kJson) return fmt::format("{}:{}: {}\n", file, test.line, test.name);
  Json json{{"name", test.name}, {"file", file}, {"line", test.line}, {"files", test.files}};
  if (!test.object.empty()) json["object"] = test.object;
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
