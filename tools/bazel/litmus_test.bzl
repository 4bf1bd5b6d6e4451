"""litmus_test: checks litmus tests under `bazel test`.

    load("//tools/bazel:litmus_test.bzl", "litmus_test")

    litmus_test(
        name = "detached_test",
        srcs = ["detached.cc"],
        deps = ["vma.h"],        # what the files include
        options = ["--jobs=2"],  # of lkmc check
    )

The target passes if `lkmc check` does: every property holds, or every expectation of a C++ test is met. A C++ file is
compiled with $CXX when the test runs.
"""

def litmus_test(name, srcs, deps = [], options = [], **kwargs):
    native.sh_test(
        name = name,
        srcs = ["//tools/bazel:litmus_test.sh"],
        args = ["$(rootpath //src/cli:lkmc)"] + options + ["$(rootpath %s)" % src for src in srcs],
        data = srcs + deps + ["//src/cli:lkmc"],
        **kwargs
    )
