// SPDX-License-Identifier: Apache-2.0
// Files that are in the binary, put there by tools/bazel/embed.bzl. Each room that brings some along declares a function that returns
// them, ordered by name; they live as long as the process.
#pragma once

#include <string_view>

namespace lkmc {

struct EmbeddedFile {
  std::string_view name;  // its path below the folder that the room names, such as `lkmm.cat`
  std::string_view text;
};

}  // namespace lkmc
