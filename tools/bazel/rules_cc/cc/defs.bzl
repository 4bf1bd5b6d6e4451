# SPDX-License-Identifier: Apache-2.0
"""The C++ rules that are built into Bazel 4, as @rules_cc hands them out.

Just those that the BUILD files in /usr/share/bazel/embedded_tools load.
"""

cc_binary = native.cc_binary
cc_library = native.cc_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
cc_proto_library = native.cc_proto_library
objc_library = native.objc_library
