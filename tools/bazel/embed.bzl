# SPDX-License-Identifier: Apache-2.0
"""Text files inside the binary, so that lkmc needs no data folder beside it."""

def embed_text(name, srcs, function, strip_prefix = "", **kwargs):
    """Generates `name`.cc, which defines `std::span<const lkmc::EmbeddedFile> lkmc::FUNCTION()`.

    Whoever compiles it depends on src/host/embedded.h.

    Args:
      name: of the target, to be put among the srcs of a cc_library.
      srcs: the files, whatever they contain.
      function: what to call the function; declared in a header of the library.
      strip_prefix: what to leave out at the start of a file's path to get EmbeddedFile::name.
      **kwargs: handed on to the genrule.
    """
    native.genrule(
        name = name,
        srcs = srcs,
        outs = [name + ".cc"],
        cmd = "python3 $(location //tools/bazel:embed.py) '%s' '%s' $(SRCS) > $@" % (function, strip_prefix),
        tools = ["//tools/bazel:embed.py"],
        **kwargs
    )
