# SPDX-License-Identifier: Apache-2.0
"""A room of src/: one library of all that is in the folder, for the other rooms and the tests."""

def room(name, deps = [], srcs = [], without = [], **more):
    """`srcs` are sources besides those of the folder; `without` are files of the folder that belong to another target."""
    native.cc_library(
        name = name,
        srcs = native.glob(["*.cc"], exclude = without) + srcs,
        hdrs = native.glob(["*.h"], exclude = without),
        visibility = [
            "//src:__subpackages__",
            "//tests:__subpackages__",
        ],
        deps = deps,
        **more
    )
