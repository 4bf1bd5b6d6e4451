// SPDX-License-Identifier: Apache-2.0
// The register of inquiries.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "src/inquiry/barriers_inquiry.h"
#include "src/inquiry/inquiry.h"
#include "src/kcsan/profile.h"

namespace lkmc {

// What the user asks for.
struct Asked {
  std::optional<KcsanProfile> kcsan{};
  bool advice = false;
  bool barriers = false;
  std::vector<StrongerModel> stronger{};  // for barriers: the strongest first
  bool repair = false;
  bool why = false;
};

// In the order in which they are answered. `asked` must outlive them.
[[nodiscard]] std::vector<std::unique_ptr<Inquiry>> inquiries_for(const Asked& asked, const Model& model);

}  // namespace lkmc
