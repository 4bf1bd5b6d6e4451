# SPDX-License-Identifier: Apache-2.0
"""litmus_test: checks litmus tests under `bazel test`.

    load("//tools/bazel:litmus_test.bzl", "litmus_test")

    litmus_test(
        name = "detached_test",
        srcs = ["detached.cc"],
        deps = ["vma.h"],        # what the files include
        options = ["--jobs=2"],  # of lkmc check
        shard_count = 4,         # how many actions share the work
    )

The target passes if `lkmc check` does: every property holds, or every expectation of a C++ test is met. A C++ file is
compiled with $CXX when the test runs.

With a shard_count, each shard of the exploration is an action of its own, which Bazel runs beside the others, on other machines if it
is told to; the test puts their parts together. A shard alone could not tell whether something can be reached: that may be in another.
"""

def litmus_test(name, srcs, deps = [], options = [], shard_count = 1, **kwargs):
    lkmc = "//src/cli:lkmc"
    if shard_count == 1:
        args = ["check"] + options + ["$(rootpath %s)" % src for src in srcs]
        data = srcs + deps
    else:
        data = ["%s_%d.json" % (name, i) for i in range(1, shard_count + 1)]
        args = ["merge"] + ["$(rootpath %s)" % part for part in data]
        for i in range(1, shard_count + 1):
            native.genrule(
                name = "%s_%d" % (name, i),
                testonly = True,
                srcs = srcs + deps + [lkmc],
                outs = [data[i - 1]],
                # Status 1 and 3 say what was found; whether that is as it should be is for the test to say.
                cmd = "status=0; XDG_CACHE_HOME=$$(mktemp -d) $(execpath %s) check --shard=%d/%d %s %s >$@ || status=$$?; [ $$status -ne 2 ]" %
                      (lkmc, i, shard_count, " ".join(options), " ".join(["$(execpath %s)" % src for src in srcs])),
            )
    native.sh_test(
        name = name,
        srcs = ["//tools/bazel:litmus_test.sh"],
        args = ["$(rootpath %s)" % lkmc] + args,
        data = data + [lkmc],
        **kwargs
    )
