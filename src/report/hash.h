// SPDX-License-Identifier: Apache-2.0
// MD5 of a test: to tell whether two results or a trace speak of the same program.
#pragma once

#include <string>
#include <string_view>

namespace lkmc {

// 32 hexadecimal digits, as md5sum(1) prints them.
[[nodiscard]] std::string md5(std::string_view bytes);

// The text of a litmus test without comments and with each run of white space made one space: what herd's `Hash=` line
// is to be the same for. (herd hashes its own print of the parsed test, so its digits differ from ours.)
[[nodiscard]] std::string normalised_test(std::string_view text);

}  // namespace lkmc
