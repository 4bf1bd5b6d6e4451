# SPDX-License-Identifier: Apache-2.0
"""How sources with C++ litmus tests are compiled that are linked into a test: as src/cpp/compile.cc compiles a user's."""

LITMUS_COPTS = [
    "-O0",
    "-g",
    "-fno-omit-frame-pointer",
    "-fsanitize-coverage=trace-pc,trace-cmp",
] + select({
    "//tools/bazel:asan": [],  # the two exclude each other
    "//conditions:default": ["-fsanitize=thread"],
})
