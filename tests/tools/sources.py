# SPDX-License-Identifier: Apache-2.0
"""Each source file names its licence in its first lines; those in C++ are formatted as .clang-format says."""
import pathlib
import subprocess
import sys

LICENCE = "SPDX-License-Identifier: Apache-2.0"
FOLDERS = ("src", "tests", "tools")


def is_source(file):
    if file.suffix in (".cc", ".h", ".py", ".sh", ".bzl") or file.name in ("BUILD", "WORKSPACE"):
        return True
    return not file.suffix and file.read_bytes().startswith(b"#!")


root = pathlib.Path(sys.argv[1]).resolve().parent
files = [f for folder in FOLDERS for f in sorted((root / folder).rglob("*")) if f.is_file() and is_source(f)]
assert len(files) > 300, files
wrong = [f for f in files if LICENCE not in "".join(f.read_text(errors="replace").splitlines(keepends=True)[:2])]
for file in wrong:
    print(f"{file.relative_to(root)}:1: error: no line `{LICENCE}`")
formatted = [f for f in files if f.suffix in (".cc", ".h")]
is_formatted = subprocess.run(["clang-format-14", "--dry-run", "-Werror", *formatted], cwd=root).returncode == 0
sys.exit(0 if is_formatted and not wrong else 1)
