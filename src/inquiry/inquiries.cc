// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/inquiries.h"

#include "src/inquiry/advice_inquiry.h"
#include "src/inquiry/kcsan_inquiry.h"
#include "src/inquiry/repair_inquiry.h"
#include "src/inquiry/why_inquiry.h"
#include "src/judge/data_race.h"

namespace lkmc {

std::vector<std::unique_ptr<Inquiry>> inquiries_for(const Asked& asked, const Model& model) {
  std::vector<std::unique_ptr<Inquiry>> inquiries;
  const auto race_flag = data_race_flag(model);
  if (asked.kcsan) inquiries.push_back(kcsan_inquiry(*asked.kcsan, race_flag.has_value()));
  if (asked.advice && race_flag) inquiries.push_back(advice_inquiry(*race_flag));
  if (asked.barriers) inquiries.push_back(barriers_inquiry(asked.stronger));
  if (asked.why) inquiries.push_back(why_inquiry());
  if (asked.repair) inquiries.push_back(repair_inquiry());
  return inquiries;
}

}  // namespace lkmc
