// SPDX-License-Identifier: Apache-2.0
// Has clang read a C file: it preprocesses it with the headers that lkmc brings along, models/linux/include, and prints its tree.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "src/c/tree.h"
#include "src/kernel/command.h"
#include "src/model/embedded.h"

namespace lkmc {

// The vocabulary of the kernel in our own words, by the names that a test includes; embedded by tools/bazel/embed.bzl.
[[nodiscard]] std::span<const EmbeddedFile> embedded_c_headers();

namespace c {

// `folders` are where else to include from. Without a message where clang itself has said what is wrong. Throws Stopped.
[[nodiscard]] std::variant<std::unique_ptr<Tree>, Error> parse_with_clang(const std::string& file, const std::vector<std::string>& folders,
                                                                          const kernel::Stop& stop);

}  // namespace c
}  // namespace lkmc
