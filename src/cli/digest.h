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
// Of all that the results of a test depend on besides lkmc and limits, from the digests of what the test is made of and of the model.
[[nodiscard]] std::string digest_of_results(const std::string& test, const std::string& model, int unroll);
// Of the contents of files, in this order.
[[nodiscard]] std::string digest_of_files(const std::vector<std::string>& files);

}  // namespace lkmc
