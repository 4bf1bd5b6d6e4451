# SPDX-License-Identifier: Apache-2.0
"""What `lkmc barriers` says of litmus files, held against the same files with the ordering edited away.

usage: edited_text.py LKMC COUNT FILE.litmus...

Takes up to COUNT of the files whose condition is never satisfied, evenly spread, and edits each ordering that the table names
out of the text: a barrier is deleted, an acquire, a release or a marked access becomes a plain one, a read-modify-write its
relaxed form. The table must say "needed" just where the edited file has another verdict than the file, or a flag more. Ends
with `N passed, N failed`.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile


class CannotEdit(Exception):
    pass


def offset_of(text, line, column):
    lines = text.split("\n")
    return sum(len(l) + 1 for l in lines[: line - 1]) + column - 1


def arguments(text, open_at):
    """The arguments of a call, and where it ends."""
    depth, begin, found = 0, open_at + 1, []
    for i in range(open_at, len(text)):
        if text[i] == "(":
            depth += 1
        elif text[i] == ")":
            depth -= 1
            if depth == 0:
                return found + [text[begin:i].strip()], i + 1
        elif text[i] == "," and depth == 1:
            found.append(text[begin:i].strip())
            begin = i + 1
    raise CannotEdit("a call without end")


def delete_call(text, at):
    _, end = arguments(text, text.index("(", at))
    return text[:at] + text[end:]


def without_section(text, at):
    """Without the rcu_read_lock() there and its unlock."""
    depth = 0
    for match in re.finditer(r"\brcu_read_(lock|unlock)\b", text[at:]):
        depth += 1 if match.group(1) == "lock" else -1
        if depth == 0:
            return delete_call(delete_call(text, at + match.start()), at)
    raise CannotEdit("a section without end")


PLAIN = {
    "READ_ONCE": lambda a: f"({a[0]})",
    "rcu_dereference": lambda a: f"({a[0]})",
    "smp_load_acquire": lambda a: f"(*{a[0]})",
    "atomic_read": None,
    "WRITE_ONCE": lambda a: f"{a[0]} = {a[1]}",
    "smp_store_release": lambda a: f"*{a[0]} = {a[1]}",
    "rcu_assign_pointer": lambda a: f"{a[0]} = {a[1]}",
}


def edited(text, ordering):
    at = offset_of(text, ordering["line"], ordering["column"])
    name = re.match(r"\w+", text[at:])
    if not name:
        raise CannotEdit(f"no call at {ordering['line']}:{ordering['column']}")
    name = name.group()
    if ordering["operation"] == "fence":
        if name == "rcu_read_lock":
            return without_section(text, at)
        if not re.match(r"smp_|synchronize_|barrier", name) or name == "smp_store_mb":
            raise CannotEdit(name)
        return delete_call(text, at)
    if ordering["operation"] in ("read", "write"):
        if not PLAIN.get(name):
            raise CannotEdit(name)
        args, end = arguments(text, text.index("(", at))
        return text[:at] + PLAIN[name](args) + text[end:]
    if re.fullmatch(r"(atomic_)?(cmp)?xchg(_acquire|_release)?|atomic_(fetch_)?(add|sub|inc|dec)(_return)?(_acquire|_release)?", name):
        return text[:at] + re.sub(r"_(acquire|release)$", "", name) + "_relaxed" + text[at + len(name):]
    raise CannotEdit(name)


def run(lkmc, *args):
    return subprocess.run([lkmc, *args], capture_output=True, text=True)


def verdict(lkmc, path):
    result = run(lkmc, "check", "--format", "json", "--timeout", "20", str(path))
    if result.returncode not in (0, 1):
        raise CannotEdit(result.stderr.strip() or "inconclusive")
    found = json.loads(result.stdout)
    return found["observation"], set(found["flags"]) - {"mixed-accesses"}, "deadlock" in found


def main(lkmc, count, files):
    never = [f for f in sorted(files) if re.search(r"\bexists\b", pathlib.Path(f).read_text())]
    chosen, passed, failed, skipped = 0, 0, 0, 0
    step = max(1, len(never) // (2 * count))
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "edited.litmus"
        for file in never[::step]:
            if chosen == count:
                break
            try:
                before = verdict(lkmc, file)
            except CannotEdit:
                continue
            if before[0] != "Never":
                continue
            table = run(lkmc, "barriers", "--format", "json", "--timeout", "60", str(file))
            if table.returncode not in (0, 1):
                continue
            chosen += 1
            text = pathlib.Path(file).read_text()
            for ordering in json.loads(table.stdout)["orderings"]:
                try:
                    copy.write_text(edited(text, ordering))
                    after = verdict(lkmc, copy)
                except CannotEdit:
                    skipped += 1
                    continue
                changed = after[0] != "Never" or bool(after[1] - before[1]) or (after[2] and not before[2])
                if changed == bool(ordering["needed_for"]):
                    passed += 1
                    continue
                failed += 1
                print(f"{file}:{ordering['line']}:{ordering['column']}: {ordering['ordering']}: the table says "
                      f"{'needed' if ordering['needed_for'] else 'not needed'}; edited, the file says {after}, before {before}")
    print(f"{chosen} files, {skipped} orderings that cannot be edited in the text")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed > 0 else 1


sys.exit(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
