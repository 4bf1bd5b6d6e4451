// SPDX-License-Identifier: Apache-2.0
// The models that lkmc has built in: the files of models/.
#pragma once

#include <span>

#include "src/host/embedded.h"

namespace lkmc {

[[nodiscard]] std::span<const EmbeddedFile> embedded_models();

}  // namespace lkmc
