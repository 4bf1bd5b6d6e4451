"""Habits that each source file keeps: it names its licence in its first lines, and a C++ file is as clang-format leaves it."""
import pathlib
import subprocess
import sys

LICENCE = "SPDX-License-Identifier: Apache-2.0"
FOLDERS = ("src", "tests", "tools")


def is_source(file):
    if file.suffix in (".cc", ".h", ".py", ".sh", ".bzl") or file.name == "BUILD":
        return True
    return not file.suffix and file.read_bytes().startswith(b"#!")


def complaints(root, clang_format):
    files = [f for folder in FOLDERS for f in sorted((root / folder).rglob("*")) if f.is_file() and is_source(f)]
    assert len(files) > 300, files
    found = [f"{f.relative_to(root)}:1: error: no line `{LICENCE}`" for f in files
             if LICENCE not in "".join(f.read_text(errors="replace").splitlines(keepends=True)[:2])]
    cpp = [str(f) for f in files if f.suffix in (".cc", ".h")]
    checked = subprocess.run([clang_format, "--dry-run", "-Werror", "--ferror-limit=1", *cpp], cwd=root, capture_output=True, text=True)
    if checked.returncode != 0:
        found.append(checked.stderr)
    return found


wrong = complaints(pathlib.Path(sys.argv[1]).resolve().parent, "clang-format")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
