// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/barriers_inquiry.h"

#include <nlohmann/json.hpp>

#include "src/inquiry/barriers_report.h"
#include "src/inquiry/trial.h"

namespace lkmc {
namespace {

class BarriersInquiry final : public Inquiry {
 public:
  explicit BarriersInquiry(const std::vector<StrongerModel>& stronger) : stronger_(stronger) {}

  [[nodiscard]] std::string_view key() const override { return "barriers"; }

  [[nodiscard]] std::unique_ptr<Visitor> watch(Visitor& inner) override { return watch_orderings(inner, orderings_); }

  [[nodiscard]] Reply answer(const Evidence& evidence) override {
    const Test& test = evidence.explorer.test();
    keep_those_in_source(orderings_, test.names);
    BarriersJob job{.program = test.program,
                    .model = evidence.under.model,
                    .facts = evidence.under.facts,
                    .orderings = std::move(orderings_),
                    .baseline = trial_of(evidence.result, evidence.under.model),
                    .explore = {},
                    .others = {}};
    job.explore = [&](const Program& program) { return try_out(evidence, program, evidence.under, &job.baseline); };
    for (const StrongerModel& m : stronger_) {
      job.others.push_back({m.label, [&](const Program& program) {
                              return try_out(evidence, program, {m.model, m.facts}, &job.baseline);
                            }});
    }
    using Json = nlohmann::ordered_json;
    return {.out = barriers_json(find_needed(job), job, test.names).dump(-1, ' ', false, Json::error_handler_t::replace)};
  }

 private:
  const std::vector<StrongerModel>& stronger_;
  Orderings orderings_;
};

}  // namespace

std::unique_ptr<Inquiry> barriers_inquiry(const std::vector<StrongerModel>& stronger) {
  return std::make_unique<BarriersInquiry>(stronger);
}

}  // namespace lkmc
