# SPDX-License-Identifier: Apache-2.0
"""The headers of C++ libraries as files, such as embed_text takes them."""

def _headers(ctx):
    return [DefaultInfo(files = depset(transitive = [dep[CcInfo].compilation_context.headers for dep in ctx.attr.deps]))]

headers = rule(
    implementation = _headers,
    attrs = {"deps": attr.label_list(providers = [CcInfo])},
    doc = "The headers of the libraries `deps` and of those that they depend on.",
)
