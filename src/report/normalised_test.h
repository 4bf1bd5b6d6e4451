// SPDX-License-Identifier: Apache-2.0
// The text of a test as far as it matters: to tell whether two results speak of the same program.
#pragma once

#include <string>
#include <string_view>

namespace lkmc {

// The text of a litmus test without comments and with each run of white space made one space: what herd's `Hash=` line
// is to be the same for. (herd hashes its own print of the parsed test, so its digits differ from ours.)
[[nodiscard]] std::string normalised_test(std::string_view text);

}  // namespace lkmc
