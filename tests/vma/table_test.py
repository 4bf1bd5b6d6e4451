# SPDX-License-Identifier: Apache-2.0
"""The tables of README.md and docs/vma.md are those of tools/vma-table, for these versions, scenarios and verdicts.

No scenario is run: what each test shows under LKMM its LITMUS or EACH_VERSION says, and litmus_test holds it to that. The strength of a
violation, which stands behind it, is what tools/vma-table found when the tables were written.
"""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
ROOT = pathlib.Path(sys.argv[1]).absolute().parent
sys.path.insert(0, str(ROOT / "tools"))
import vma_scenarios  # noqa: E402

results = [0, 0]


def check(what, holds, said=""):
    results[0 if holds else 1] += 1
    if not holds:
        print(f"FAILED: {what} {said}(tools/vma-table --write README.md docs/vma.md writes it)")


def tables_in(path):
    found = re.findall(r"<!-- vma-table: (\w+) -->\n(.*?)\n<!-- vma-table: end -->", path.read_text(), re.DOTALL)
    return dict(found)


def rows_of(table):
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.replace("|  |", "|   |").splitlines()]


def findings_in(cell):
    """What a cell says, without strengths: I1, I4 (weak); [I2]."""
    text = re.sub(r" \((?:SC|TSO|weak)\)|[\[\]]", "", cell)
    names = {name for name in re.split(r"[;,] ", text) if name != "holds"}
    return {vma_scenarios.RACE if name in ("unmarked", "race") else name for name in names}


def shown(expected):
    """A race is named where nothing else is."""
    return expected - {vma_scenarios.RACE} or expected


def main():
    versions = [v.name for v in vma_scenarios.versions()]
    expected = {f.stem: vma_scenarios.expected(f) for f in vma_scenarios.scenarios()}
    in_docs, in_readme = tables_in(ROOT / "docs" / "vma.md"), tables_in(ROOT / "README.md")
    check("README.md has two tables", set(in_readme) == {"versions", "matrix"})
    check("docs/vma.md has three", set(in_docs) == {"versions", "matrix", "variants"})
    check("README.md and docs/vma.md have the same matrix", in_readme["matrix"] == in_docs["matrix"])
    for where in (in_readme, in_docs):
        check("the table of versions", where["versions"] == vma_scenarios.table_of_versions())

    head, _, *rows = rows_of(in_docs["matrix"])
    check("the columns are the versions", head == ["scenario", *versions])
    check("the rows are the scenarios", [row[0] for row in rows] == [s for s, tests in expected.items() if set(tests) & set(versions)])
    for scenario, *cells in rows:
        tests = expected.get(scenario, {})
        for version, cell in zip(versions, cells):
            if version not in tests:
                check(f"{scenario}: {version} is not run", cell == "")
            else:
                check(f"{scenario}: {version}", cell != "" and findings_in(cell) == shown(tests[version]), f"is {cell} ")

    _, _, *rows = rows_of(in_docs["variants"])
    variants = [(s, name, found) for s, tests in expected.items() for name, found in tests.items() if name not in versions]
    check("the variants", [tuple(row[:2]) for row in rows] == [variant[:2] for variant in variants])
    for (scenario, name, found), row in zip(variants, rows):
        check(f"{scenario}: {name}", findings_in(row[2]) == shown(found), f"is {row[2]} ")
    print(f"{results[0]} passed, {results[1]} failed")
    return 1 if results[1] else 0


sys.exit(main())
