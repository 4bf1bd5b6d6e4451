// SPDX-License-Identifier: Apache-2.0
// Functions that the checker itself performs, by the names that the headers in models/linux/include declare.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "src/c/code.h"

namespace lkmc::c {

inline std::optional<Special> special_named(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Special>, 11> kAll = {{
      {"lkmc_check", Special::kCheck},
      {"lkmc_must", Special::kMust},
      {"lkmc_reached", Special::kReached},
      {"lkmc_observe", Special::kObserve},
      {"lkmc_fail", Special::kFail},
      {"lkmc_thread_number", Special::kThread},
      {"lkmc_race_is_meant", Special::kRaceIsMeant},
      {"lkmc_race_is_over", Special::kRaceIsOver},
      {"lkmc_take", Special::kTake},
      {"lkmc_try_take", Special::kTryTake},
      {"lkmc_give_back", Special::kGiveBack},
  }};
  for (const auto& [known, special] : kAll) {
    if (known == name) return special;
  }
  return std::nullopt;
}

// What the primitive is called in the table of all of them. What the kernel has as a macro, for any type, is declared with a
// prefix: `lkmc_xchg`.
inline std::string canonical_primitive(std::string_view name) {
  constexpr std::string_view kPrefix = "lkmc_";
  return std::string(name.starts_with(kPrefix) ? name.substr(kPrefix.size()) : name);
}

}  // namespace lkmc::c
