// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/why_inquiry.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "src/inquiry/trial.h"
#include "src/inquiry/why_report.h"
#include "src/ordering/cycle.h"
#include "src/ordering/repair.h"
#include "src/ordering/strengthening.h"

namespace lkmc {
namespace {

class WhyInquiry final : public Inquiry {
 public:
  [[nodiscard]] std::string_view key() const override { return "why"; }

  [[nodiscard]] std::unique_ptr<Visitor> watch(Visitor& inner) override { return watch_orderings(inner, orderings_); }

  [[nodiscard]] Reply answer(const Evidence& evidence) override {
    const Test& test = evidence.explorer.test();
    keep_those_in_source(orderings_, test.names);
    const Trial baseline = trial_of(evidence.result, evidence.under.model);
    WhyReport report;
    for (const auto& [what, example] : baseline.wrong) {
      if (!example) continue;
      NotForbidden& wrong = report.wrong.emplace_back(NotForbidden{.what = what, .witness = example->witness});
      if (!example->flag) wrong.cycle = cycle_of(example->witness);
      wrong.would_forbid = what_would_forbid(what, evidence);
    }
    report.why = find_why({.program = test.program,
                           .model = evidence.under.model,
                           .facts = evidence.under.facts,
                           .orderings = orderings_,
                           .baseline = baseline,
                           .explore = [&](const Program& program) { return try_out(evidence, program, evidence.under, &baseline); }});
    using Json = nlohmann::ordered_json;
    return {.out = evidence.json ? why_json(report, orderings_, test.names).dump(-1, ' ', false, Json::error_handler_t::replace)
                                 : why_text(report, orderings_, test.names),
            .complete = report.why.complete};
  }

 private:
  // The cheapest changes that forbid one execution that shows it: the first step of a repair, of which no other is taken.
  [[nodiscard]] std::optional<std::vector<Strengthening>> what_would_forbid(const std::string& what, const Evidence& evidence) const {
    bool is_first = true;
    RepairJob job{.program = evidence.explorer.test().program,
                  .model = evidence.under.model,
                  .facts = evidence.under.facts,
                  .operations = orderings_,
                  .strengthenings = strengthenings_of(orderings_, ordering_costs()),
                  .explore = [&](const Program& program) {
                    if (!std::exchange(is_first, false)) return Trial{};
                    Trial trial = try_out(evidence, program, evidence.under);
                    std::erase_if(trial.wrong, [&](const auto& wrong) { return wrong.first != what; });
                    return trial;
                  }};
    const Repair repair = find_repair(job);
    return repair.not_by_ordering.empty() ? repair.changes : std::nullopt;
  }

  Orderings orderings_;
};

}  // namespace

std::unique_ptr<Inquiry> why_inquiry() { return std::make_unique<WhyInquiry>(); }

}  // namespace lkmc
