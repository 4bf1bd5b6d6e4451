// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/repair_inquiry.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "src/inquiry/repair_report.h"
#include "src/inquiry/trial.h"
#include "src/ordering/repair.h"

namespace lkmc {
namespace {

class RepairInquiry final : public Inquiry {
 public:
  [[nodiscard]] std::string_view key() const override { return "repair"; }

  [[nodiscard]] std::unique_ptr<Visitor> watch(Visitor& inner) override { return watch_orderings(inner, operations_); }

  [[nodiscard]] Reply answer(const Evidence& evidence) override {
    const Test& test = evidence.explorer.test();
    keep_those_in_source(operations_, test.names);
    RepairJob job{.program = test.program,
                  .model = evidence.under.model,
                  .facts = evidence.under.facts,
                  .operations = std::move(operations_),
                  .strengthenings = {},
                  .explore = [&](const Program& program) { return try_out(evidence, program, evidence.under); }};
    job.strengthenings = strengthenings_of(job.operations, ordering_costs());
    const Repair repair = find_repair(job);
    const SourceText source = [&](const SourcePos& pos) -> std::optional<std::string> {
      const std::string_view text = test.names.source(pos);
      return text.empty() ? std::nullopt : std::optional(std::string(text));
    };
    using Json = nlohmann::ordered_json;
    return {.out = evidence.json ? repair_json(repair, job, test.names, source).dump(-1, ' ', false, Json::error_handler_t::replace)
                                 : fmt::format("{}: {}", evidence.result.name, repair_text(repair, job, test.names, source)),
            .verdict = verdict_of(repair)};
  }

 private:
  [[nodiscard]] static Verdict verdict_of(const Repair& repair) {
    const bool is_repaired = repair.changes.has_value() && repair.not_by_ordering.empty();
    if (repair.wrong.empty() || is_repaired) return Verdict::kHolds;
    return repair.gave_up && !repair.changes ? Verdict::kInconclusive : Verdict::kViolated;
  }

  Orderings operations_;
};

}  // namespace

std::unique_ptr<Inquiry> repair_inquiry() { return std::make_unique<RepairInquiry>(); }

}  // namespace lkmc
