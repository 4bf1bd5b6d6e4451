// SPDX-License-Identifier: Apache-2.0
// The models that lkmc has built in: the files of models/, embedded in the binary by tools/bazel/embed.bzl.
#pragma once

#include <span>
#include <string_view>

namespace lkmc {

struct EmbeddedFile {
  std::string_view name;  // its path below models/, such as `lkmm.cat`
  std::string_view text;
};

// All of them, ordered by name. They live as long as the process.
[[nodiscard]] std::span<const EmbeddedFile> embedded_models();

}  // namespace lkmc
