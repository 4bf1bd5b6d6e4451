# SPDX-License-Identifier: Apache-2.0
"""Packs lkmc as it is installed, into a tar and into a Debian package.

Usage: pack.py LKMC TAR DEB FILE...
LKMC is the binary; of the FILEs, *.md are documentation, headers of src/ are those of C++ tests, and those of models/ the memory
models. Nothing in the packages depends on when and where they are made.
"""

import gzip
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

from completion import completion
from help_texts import read
from manual import manual

# What the binary is linked with; C++ tests also take a compiler.
DEPENDS = "libboost-context1.81.0, libc6 (>= 2.36), libcapstone4, libdw1, libfmt9, libgcc-s1, libstdc++6 (>= 12)"
CONTROL = """Package: lkmc
Version: {version}
Section: devel
Priority: optional
Architecture: {architecture}
Depends: {depends}
Recommends: g++
Maintainer: The lkmc developers <lkmc@localhost>
Installed-Size: {size}
Description: model checker for litmus tests of the Linux-kernel memory model
 Explores every execution of a small concurrent program that the Linux-kernel
 memory model allows, and says which final states are reachable, whether a
 property is violated, and whether there is a deadlock or a data race.
"""


def write(path, data, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


def install(root, lkmc, files, version):
    """What stands below /usr."""
    write(root / "bin/lkmc", pathlib.Path(lkmc).read_bytes(), 0o755)
    top, commands = read(lkmc)
    write(root / "share/man/man1/lkmc.1.gz", gzip.compress(manual(top, commands, version).encode(), mtime=0))
    write(root / "share/bash-completion/completions/lkmc", completion(top, commands).encode())
    for file in files:
        if file.endswith(".md"):
            target = "share/doc/lkmc/" + file
        elif file.startswith("models/"):
            target = "share/lkmc/" + file
        else:
            target = "share/lkmc/include/" + file
        write(root / target, pathlib.Path(file).read_bytes())


def tar(root, name, out):
    def plain(info):
        info.mtime = info.uid = info.gid = 0
        info.uname = info.gname = "root"
        return info

    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted(root.rglob("*")):
            archive.add(path, f"{name}/{path.relative_to(root)}", recursive=False, filter=plain)
    pathlib.Path(out).write_bytes(gzip.compress(data.getvalue(), mtime=0))


def deb(root, version, out):
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout.strip()
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = CONTROL.format(version=version, architecture=architecture, depends=DEPENDS, size=size)
    write(root / "DEBIAN/control", control.encode())
    for path in (root, *root.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", root, out], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "SOURCE_DATE_EPOCH": "0"})


def main(lkmc, tar_out, deb_out, *files):
    lkmc = os.path.abspath(lkmc)
    version = subprocess.run([lkmc, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    with tempfile.TemporaryDirectory() as scratch:
        usr = pathlib.Path(scratch) / "root/usr"
        install(usr, lkmc, sorted(files), version)
        tar(usr, version.replace(" ", "-"), tar_out)
        deb(usr.parent, version.split()[1], deb_out)


main(*sys.argv[1:])
