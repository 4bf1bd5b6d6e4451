// SPDX-License-Identifier: Apache-2.0
// Where models come from: those that are built in, and files.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "src/model/model.h"

namespace lkmc {

// The names of the built-in models; the default one comes first.
[[nodiscard]] std::span<const std::string_view> built_in_models();

// The cat text of a built-in model; nothing if there is none of that name.
[[nodiscard]] std::optional<std::string_view> built_in_model_text(std::string_view name);

}  // namespace lkmc
