# SPDX-License-Identifier: Apache-2.0
"""The rooms of src/ stand on each other in one direction, and each includes only what its BUILD file names.

Bazel itself lets a file include the headers of whatever its library reaches, however indirectly; this holds the include lines
against the `deps`. A room here is a folder: libraries of one folder (src/kernel and src/kernel:loader) may share headers.
"""
import pathlib
import re
import sys

SRC = re.compile(r'^\s*#\s*include\s+"src/(\w+)/', re.M)
DEP = re.compile(r'"//src/(\w+)(?::\w+)?"')


def rooms_of(root):
    return sorted(build.parent for build in (root / "src").glob("*/BUILD"))


def named_by(room):
    """The rooms that a BUILD file names as dependencies; visibility is granted to src as a whole and so never matches."""
    return set(DEP.findall((room / "BUILD").read_text())) - {room.name}


def order(deps):
    """The rooms, each behind those that it stands on; raises ValueError with those that stand in a circle."""
    out = []
    while len(out) < len(deps):
        ready = [room for room in sorted(deps) if room not in out and deps[room] <= set(out)]
        if not ready:
            raise ValueError(", ".join(sorted(set(deps) - set(out))))
        out += ready
    return out


def complaints(root):
    deps, found = {}, []
    for room in rooms_of(root):
        deps[room.name] = named_by(room)
        included = set()
        for file in sorted(room.rglob("*")):
            if file.suffix not in (".cc", ".h"):
                continue
            text = file.read_text()
            for include in SRC.finditer(text):
                included.add(include.group(1))
                if include.group(1) not in deps[room.name] | {room.name}:
                    line = text.count("\n", 0, include.start(1)) + 1
                    found.append(f"{file.relative_to(root)}:{line}: src/{room.name}/BUILD does not name //src/{include.group(1)}")
        found += [f"src/{room.name}/BUILD: names //src/{name}, which it does not include" for name in sorted(deps[room.name] - included)]
    try:
        order(deps)
    except ValueError as circle:
        found.append(f"src: in a circle: {circle}")
    return found


def self_test():
    assert order({"a": {"b"}, "b": set()}) == ["b", "a"]
    try:
        order({"a": {"b"}, "b": {"a"}, "c": set()})
    except ValueError as circle:
        assert str(circle) == "a, b"
    else:
        raise AssertionError("a circle is accepted")


self_test()
root = pathlib.Path(sys.argv[1]).resolve().parent
wrong = complaints(root)
assert rooms_of(root), root
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
