// SPDX-License-Identifier: Apache-2.0
// What lkmc brings along for C++ litmus tests, and how it takes them in.
#pragma once

#include <span>
#include <string>

#include "src/host/embedded.h"

namespace lkmc {

// The headers of the litmus API by their paths from the top of the source tree; embedded by tools/bazel/embed.bzl.
[[nodiscard]] std::span<const EmbeddedFile> embedded_headers();

namespace kernel {

// Loads a shared object, whose tests then are among registered_tests() until the process ends. Returns what is wrong,
// empty if nothing is.
[[nodiscard]] std::string load_tests(const std::string& shared_object);

}  // namespace kernel
}  // namespace lkmc
