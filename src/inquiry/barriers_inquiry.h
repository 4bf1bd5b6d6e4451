// SPDX-License-Identifier: Apache-2.0
// Which orderings of a test are needed, and for what (src/ordering/barriers.h). The answer is always JSON, since it is put together with
// those of other tests (barriers_report.h).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "src/inquiry/inquiry.h"
#include "src/model/checker.h"
#include "src/model/model.h"

namespace lkmc {

// A model that allows less than LKMM.
struct StrongerModel {
  std::string label;  // of what it allows all the same: `SC`, `TSO`, `weak`
  Model model;
  ModelFacts facts;
};

[[nodiscard]] std::unique_ptr<Inquiry> barriers_inquiry(const std::vector<StrongerModel>& stronger);

}  // namespace lkmc
