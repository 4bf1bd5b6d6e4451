# SPDX-License-Identifier: Apache-2.0
"""Each function of a series in models/vma is called through Self, so that a version which overrides it is what is called.

A call of the base's own function would leave the override without effect, and a mutant that nothing calls always "holds".
"""
import re
import sys


def series_in(lines):
    """The lines of the structs that are templates, with their numbers."""
    inside = False
    for number, line in enumerate(lines, 1):
        if re.match(r"template <class Self>", line):
            inside = True
        elif line.startswith("};"):
            inside = False
        if inside:
            yield number, line.split("//")[0]


def declared_in(line):
    """The name of the static function that the line declares; None if it declares none."""
    found = re.match(r"\s+static\s+[^=(]*?\b(\w+)\(", line)
    return found.group(1) if found else None


def check(path):
    lines = open(path).read().split("\n")
    names = {declared_in(line) for _, line in series_in(lines)} - {None}
    wrong = 0
    for number, line in series_in(lines):
        for call in re.finditer(r"(?<![\w:.>])(\w+)(?=[(),])", line):
            is_declaration = call.group(1) == declared_in(line) and "static" in line[: call.start()]
            if call.group(1) not in names or is_declaration:
                continue
            print(f"{path}:{number}: {call.group(1)} must be called as Self::{call.group(1)}")
            wrong += 1
    return wrong


def main():
    wrong = sum(check(path) for path in sys.argv[1:])
    print(f"{len(sys.argv) - 1 - (1 if wrong else 0)} passed, {1 if wrong else 0} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
