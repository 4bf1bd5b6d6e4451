// SPDX-License-Identifier: Apache-2.0
// Two batches beside each other: what is better and what is worse in the second one.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/batch/record.h"

namespace lkmc::batch {

// The worst first.
enum class Change : std::uint8_t {
  kBroken,             // has failed, and had not
  kNewlyError,         // cannot be checked any more
  kMissing,            // is not among the tests any more
  kNewlyInconclusive,  // is not known any more, or has not run
  kNewlyReachable,     // what `exists` asks for was Never, and can be reached now
  kStillFailing,       // has not passed, as before: also an error that was one before
  kAdded,              // was not among the tests; it has passed
  kFixed,              // has passed, and had not
  kStillHolding,
};
inline constexpr Change kChanges[] = {Change::kBroken,         Change::kNewlyError,   Change::kMissing, Change::kNewlyInconclusive,
                                      Change::kNewlyReachable, Change::kStillFailing, Change::kAdded,   Change::kFixed,
                                      Change::kStillHolding};

// `broken`, `newly inconclusive` …
[[nodiscard]] std::string_view to_string(Change change);

struct Compared {
  Change change;
  const Record* before = nullptr;  // null if the test is new
  const Record* after = nullptr;   // null if it is missing
  std::string since{};             // the commit that has changed it, if it was looked for
  [[nodiscard]] const std::string& id() const { return (after != nullptr ? after : before)->id; }
};

// Sorted by the kind of change, then by the order of `after`.
[[nodiscard]] std::vector<Compared> compare(std::span<const Record> before, std::span<const Record> after);

// 2 if a test cannot be checked any more or is missing, else 1 if one is broken, else 3 if one is newly inconclusive, else 0. What is
// newly reachable counts as broken if `reachable_is_worse`.
[[nodiscard]] int exit_status(std::span<const Compared> all, bool reachable_is_worse);

// The changes but for what still holds, with the counterexample of what is broken, and the numbers.
[[nodiscard]] std::string comparison_text(std::span<const Compared> all);
// The same for the comment of a pull request.
[[nodiscard]] std::string comparison_markdown(std::span<const Compared> all);

}  // namespace lkmc::batch
