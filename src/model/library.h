// SPDX-License-Identifier: Apache-2.0
// Cat text that the checker answers itself: what herd7's standard library defines, and the files that a model may
// `include` without having them.
#pragma once

#include <optional>
#include <string_view>

namespace lkmc::cat {

// Definitions that every model starts with.
[[nodiscard]] std::string_view prelude();

// Definitions that follow the `enum Accesses` of a model of RmwStyle::kFenced.
[[nodiscard]] std::string_view fenced_prelude();

// Definitions that a lock.cat finds: the set FW; and, if it is not the checker's own, R, W and M.
[[nodiscard]] std::string_view final_writes();
[[nodiscard]] std::string_view without_locks();

// What `include "name"` means; nothing if it means a file of the user's.
[[nodiscard]] std::optional<std::string_view> library_file(std::string_view name);

}  // namespace lkmc::cat
