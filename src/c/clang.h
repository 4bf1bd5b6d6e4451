// SPDX-License-Identifier: Apache-2.0
// Has clang read a C file: it preprocesses it with the headers that lkmc brings along, models/linux/include, and prints its tree.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "src/c/tree.h"
#include "src/host/command.h"
#include "src/host/embedded.h"

namespace lkmc {

// The vocabulary of the kernel in our own words, by the names that a test includes; embedded by tools/bazel/embed.bzl.
[[nodiscard]] std::span<const EmbeddedFile> embedded_c_headers();

namespace c {

struct ParsedFile {
  std::unique_ptr<Tree> tree;
  // If it is wanted: of all that the tree depends on, with everything that is included and clang itself. Empty if that has changed
  // meanwhile.
  std::string digest;
};

// `folders` are where else to include from. Without a message where clang itself has said what is wrong. Throws Stopped.
[[nodiscard]] std::variant<ParsedFile, Error> parse_with_clang(const std::string& file, const std::vector<std::string>& folders,
                                                               const Stop& stop, bool wants_digest);

}  // namespace c
}  // namespace lkmc
