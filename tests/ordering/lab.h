// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of src/ordering: a litmus test, what is wrong with it, and its operations.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/explore/explorer.h"
#include "src/judge/data_race.h"
#include "src/litmus/litmus.h"
#include "src/model/load.h"
#include "src/ordering/barriers.h"
#include "src/ordering/repair.h"
#include "src/ordering/why.h"
#include "src/report/litmus_tally.h"
#include "src/report/names.h"
#include "src/report/result.h"

namespace lkmc::ordering_test {

class Lab {
 public:
  explicit Lab(std::string_view text, std::string_view model = "lkmm")
      : model_(std::get<Model>(load_model(std::string(model)))), facts_(model_) {
    auto parsed = parse_litmus("test.litmus", text);
    const auto* diagnostic = std::get_if<Diagnostic>(&parsed);
    REQUIRE_MESSAGE(diagnostic == nullptr, (diagnostic == nullptr ? "" : diagnostic->message));
    test_ = std::move(std::get<std::unique_ptr<LitmusTest>>(parsed));
    names_.emplace(*test_, "test.litmus", text);
    baseline_ = explore(*test_, &operations_);
  }

  // What is wrong: a condition that is reached, or a flag.
  [[nodiscard]] Trial explore(const Program& program, Orderings* operations = nullptr) const {
    const auto race = data_race_flag(model_);
    LitmusTally tally(*test_, {.witness = true, .race_flag = race, .all_races = true});
    OrderingCollector collector(tally);
    Visitor* const visitors[] = {&collector};
    Result result{.file = "test.litmus", .text = {}, .name = {}, .model = {}, .program = test_.get(), .names = *names_, .statistics = {}};
    result.statistics = lkmc::explore(program, model_, facts_, {}, visitors);
    result.flags = flag_names(model_, result.statistics.flags);
    tally.tell(model_, result);
    if (operations != nullptr) collector.tell(*operations);
    Trial trial{.wrong = {}, .complete = result.complete()};
    for (const Finding& f : result.findings) {
      if (f.kind != Finding::Kind::kReached || f.witness == nullptr) continue;
      trial.wrong.try_emplace(f.message, Counterexample{*f.witness, std::nullopt});
    }
    for (const std::string& flag : result.flags) {
      if (flag == kMixedAccesses) continue;
      const auto races = tally.races();
      trial.wrong.try_emplace(flag, races.empty() ? std::nullopt : std::optional(Counterexample{races.front()->witness, race}));
    }
    return trial;
  }

  [[nodiscard]] BarriersJob barriers_job() const {
    return {.program = *test_,
            .model = model_,
            .facts = facts_,
            .orderings = operations_,
            .baseline = baseline_,
            .explore = [this](const Program& p) { return explore(p); },
            .others = {}};
  }
  [[nodiscard]] WhyJob why_job() const {
    return {.program = *test_,
            .model = model_,
            .facts = facts_,
            .orderings = operations_,
            .baseline = baseline_,
            .explore = [this](const Program& p) { return explore(p); }};
  }
  [[nodiscard]] RepairJob repair_job() const {
    return {.program = *test_,
            .model = model_,
            .facts = facts_,
            .operations = operations_,
            .strengthenings = strengthenings_of(operations_, ordering_costs()),
            .explore = [this](const Program& p) { return explore(p); }};
  }

 private:
  Model model_;
  ModelFacts facts_;
  std::unique_ptr<LitmusTest> test_;
  std::optional<LitmusNames> names_;
  Orderings operations_;
  Trial baseline_;
};

// The site of the operation in that line.
[[nodiscard]] inline Site in_line(const Orderings& orderings, int line, Operation operation) {
  for (const auto& [site, ordering] : orderings) {
    if (site.line == line && site.operation == operation) return site;
  }
  FAIL("no such operation in line ", line);
  return {};
}

}  // namespace lkmc::ordering_test
