# SPDX-License-Identifier: Apache-2.0
"""The scenarios of litmus/vma and litmus/mm as one program, which is compiled once, for tools/vma-table, tools/vma-barriers and tools/vma-mistakes.

Each scenario is in a namespace of its own, and the name of each test begins with that of its scenario: fork__v2. Which versions
of the lock there are stands in models/vma/versions.h.
"""
import json
import pathlib
import re
import shutil
import subprocess
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).absolute().parent.parent
FOLDERS = ("models", "litmus/vma", "litmus/mm")  # what a scenario is made of
LIST = "models/vma/versions.h"


@dataclass
class Version:
    name: str
    predecessor: str
    release: str
    what: str


def versions(root=ROOT):
    """In the order of the list."""
    found = re.findall(r'VERSION\((\w+),\s*(\w+),\s*"([^"]*)",\s*"([^"]*)"\)', (root / LIST).read_text())
    return [Version(*fields) for fields in found]


def table(head, rows):
    """In Markdown."""
    return "\n".join("| " + " | ".join(words) + " |" for words in [head, ["---"] * len(head), *rows])


def table_of_versions():
    return table(["version", "of", "what is new"], [[f"`{v.name}`", v.release, v.what] for v in versions()])


def copy_to(folder):
    """What scenarios are made of, to be changed there."""
    for part in FOLDERS:
        shutil.copytree(ROOT / part, folder / part)


def scenarios(root=ROOT):
    """Those of the locking rules are no scenarios of the lock's versions."""
    files = sorted((root / "litmus" / "vma").glob("*.cc")) + sorted((root / "litmus" / "mm").glob("*.cc"))
    return [f for f in files if '"../../models/mm_rules.h"' not in f.read_text()]


def program_of(files, root, tested=None, keeps=lambda name: True):
    """The text of the program, which is to stand in a folder of root.

    `tested` are the versions to test, pairs of names, each with that of its predecessor; all if there are none. `keeps` says which of the
    other tests to have.
    """
    includes, parts = [], []
    if tested is not None:
        includes.append("#define VMA_TESTED_VERSIONS(VERSION) " + " ".join(f"VERSION({name}, {before})" for name, before in tested))
    for file in files:
        name = f"{file.parent.name}_{file.stem}".replace("-", "_")
        text = file.read_text()
        for included in re.findall(r'^#include ([<"].*[>"])\n', text, re.MULTILINE):
            path = (file.parent / included.strip('"')).resolve()
            line = f'#include "../{path.relative_to(root.resolve())}"' if path.exists() else f"#include {included}"
            if line not in includes:
                includes.append(line)
        text = re.sub(r"^(#include .*|using namespace .*)\n", "", text, flags=re.MULTILINE)
        test = r"^LITMUS\((\w+)([^{]*)\{(?:[^\n]*\}\n|\n.*?^\}\n)"
        text = re.sub(test, lambda t: f"LITMUS({name}__{t.group()[len('LITMUS('):]}" if keeps(t.group(1)) else "", text,
                      flags=re.MULTILINE | re.DOTALL)
        parts.append(f'#undef VMA_TEST_PREFIX\n#define VMA_TEST_PREFIX "{name}__"\nnamespace of_{name} {{\n{text}}}  // namespace of_{name}\n')
    return "\n".join(includes) + "\n\nnamespace vma {}\nusing namespace lkmc;\nusing namespace vma;\n\n" + "\n".join(parts)


def run(lkmc, files, root, timeout, tested=None, keeps=lambda name: True):
    """What each test shows, by its scenario (a file) and its own name; and what was complained of. The program is written to root."""
    program = root / "program" / "all.cc"
    program.parent.mkdir(exist_ok=True)
    program.write_text(program_of(files, root, tested, keeps))
    command = [lkmc, "check", "--format", "json", "--timeout", str(timeout), str(program)]
    check = subprocess.run(command, capture_output=True, text=True)
    by_name = {f"{f.parent.name}_{f.stem}".replace("-", "_"): f for f in files}
    results = {}
    for line in check.stdout.splitlines():
        result = json.loads(line)
        scenario, result["name"] = result["name"].split("__", 1)
        results[by_name[scenario], result["name"]] = result
    return results, "" if check.returncode in (0, 1, 3) and results else check.stderr.strip() or f"exit status {check.returncode}"


# --- what the tests say that they are expected to show

RACE = "data race"


def short(message):
    """What a table calls a finding: the number of the invariant, if it has one."""
    label = re.match(r"(I\d+'?):", message)
    return label.group(1) if label else message


def constants(file, root=ROOT):
    texts = [(root / "models" / "vma" / "invariants.h").read_text(), file.read_text()]
    return dict(found for text in texts for found in re.findall(r'constexpr char (\w+)\[\] = "([^"]*)"', text))


def findings_expected(expectations, of_name):
    found = set()
    for what in re.findall(r"violated\(([^()]*)\)|\b(races|deadlocks)\b", expectations):
        if what[0]:
            message = what[0].strip('"') if what[0].startswith('"') else of_name[what[0]]
            found.add("I9" if message == "use after free" else short(message))
        else:
            found.add({"races": RACE, "deadlocks": "I8"}[what[1]])
    return found


def expected(file, root=ROOT):
    """The findings that each test of a scenario expects, by its name: as EACH_VERSION has it for the versions (litmus/vma/each_version.h)."""
    text, of_name, tests = file.read_text(), constants(file, root), {}
    if each := re.search(r"^EACH_VERSION\(.*?\)\n(?=\n|LITMUS|//|\Z)", text, re.MULTILINE | re.DOTALL):
        said = re.findall(r"\b(not_from|from)<(\w+)>\(((?:[^()]|\([^()]*\))*)\)", each.group())
        of = {version: findings_expected(args, of_name) if word == "from" else None for word, version, args in said}
        for v in versions(root):
            of.setdefault(v.name, of.get(v.predecessor))
            if of[v.name] is not None:
                tests[v.name] = of[v.name]
    for name, args in re.findall(r"^LITMUS\((\w+)((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)", text, re.MULTILINE):
        tests[name] = findings_expected(args, of_name)
    return tests
