// SPDX-License-Identifier: Apache-2.0
// Digests of what a result depends on: equal ones mean the same result.
#pragma once

#include <string>
#include <vector>

#include "src/model/model.h"

namespace lkmc {

// Of lkmc itself, with the models, headers and texts that are built into it.
[[nodiscard]] std::string digest_of_lkmc();
// Of what a model says, however it is written.
[[nodiscard]] std::string digest_of(const Model& model);
// Of the contents of files, in this order.
[[nodiscard]] std::string digest_of_files(const std::vector<std::string>& files);

}  // namespace lkmc
