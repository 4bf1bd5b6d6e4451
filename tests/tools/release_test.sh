#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tar and the Debian package of `bazel build //:release`: what is in them, and that it works where it is unpacked.
set -u
tar=$(readlink -f "$1") deb=$(readlink -f "$2")
. "$(dirname "$0")/../cli/checks.sh" "$tar"

tar -xzf "$tar"
mv lkmc-* tar
dpkg-deb -x "$deb" deb
lkmc=$folder/tar/bin/lkmc
expect 0 check sb.litmus
says out '^Observation SB Sometimes 1 3$'
check 'the same in both' diff -r tar deb/usr
for file in share/doc/lkmc/README.md share/doc/lkmc/docs/command-line.md share/lkmc/models/lkmm.cat share/lkmc/models/vma/v2.h; do
  check "$file" [ -s "tar/$file" ]
done
check 'nothing tells when and where it was packed' [ -z "$(tar -tvzf "$tar" | grep -v 'root/root .* 1970-01-01')" ]
check 'nothing tells who packed it' [ -z "$(dpkg-deb -c "$deb" | grep -v 'root/root')" ]

# What the binary is linked with is installed with it.
depends=$(dpkg-deb -f "$deb" Depends)
for library in $(readelf -d tar/bin/lkmc | sed -n 's/.*(NEEDED).*\[\(lib.*\)\]$/\1/p'); do
  path=$(ldd tar/bin/lkmc | awk -v library="$library" '$1 == library { print $3 }')
  package=$(dpkg -S "*$path" | sed -n '1s/:.*//p')
  check "$library is in $package, which is in $depends" grep -q "\b$package\b" <<<"$depends"
done

if command -v "${CXX:=g++}" >/dev/null; then
  echo '#include "lkmc/litmus.h"' >test.cc
  check 'the headers are all there' "$CXX" -std=c++20 -fsyntax-only -I tar/share/lkmc/include -I tar/share/lkmc/include/src/kernel test.cc
fi

# The manual page has all commands and options.
gzip -dc tar/share/man/man1/lkmc.1.gz | sed 's/\\-/-/g' >manual
for command in $("$lkmc" --help | sed -n '/^Subcommands/,$s/^  \([a-z]*\) .*/\1/p'); do
  check "$command in the manual page" grep -q "lkmc $command " manual
  for option in $("$lkmc" "$command" --help | sed -n 's/^  \(-h,\)*\(--[a-z-]*\).*/\2/p'); do
    check "$option of $command in the manual page" grep -qF -e "$option" manual
  done
done
if command -v groff >/dev/null; then
  gzip -dc tar/share/man/man1/lkmc.1.gz | groff -man -Tascii -ww >page 2>err
  is_empty err
fi

# completes WORD... -- RESULT...: what the Tab key offers for the last word.
. tar/share/bash-completion/completions/lkmc
completes() {
  COMP_WORDS=(lkmc)
  while [ "$1" != -- ]; do COMP_WORDS+=("$1") && shift; done
  shift
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  _lkmc
  check "completion of ${COMP_WORDS[*]}: ${COMPREPLY[*]}" [ "${COMPREPLY[*]}" = "$*" ]
}
completes repl -- replay
completes replay --f -- --format
completes replay --format h -- html
completes check --format '' -- herd text json
completes check --max -- --max-executions
completes check a.lit --

summary
