# SPDX-License-Identifier: Apache-2.0
"""How sources with C++ litmus tests are compiled that are linked into a test: as src/cpp/compile.cc compiles a user's."""

LITMUS_COPTS = [
    "-O0",
    "-g",
    "-fno-omit-frame-pointer",
    "-fno-builtin-strcat",
    "-fno-builtin-strcpy",
    "-fno-builtin-strncpy",
    "-include",
    "src/kernel/lkmc/library_names.h",  # of //src/kernel, which all of these depend on
    "-fsanitize-coverage=trace-pc,trace-cmp",
] + select({
    "//tools/bazel:asan": [],  # the two exclude each other
    "//conditions:default": ["-fsanitize=thread"],
})
