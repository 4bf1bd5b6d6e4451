#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lkmc batch does not run a test again that is as it was; a batch that was killed goes on where it was; and the cache is never in the way.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache TMPDIR=$folder/tmp
mkdir tmp tests
for i in 1 2 3 4; do cp sb.litmus tests/$i.litmus; done
sed 's/^exists.*/~exists (0:r0=0 \/\\ 1:r0=0)/' sb.litmus >tests/5.litmus

# known N: so many results of the last batch are known from before.
known() {
  local count=0
  count=$(grep -c '^\[.*(known)$' err)
  check "$1 results are known, not $count" [ "$count" -eq "$1" ]
}
# results_of FILE: all but the time.
results_of() {
  python3 - "$1" <<'EOF2'
import json, sys
for line in open(sys.argv[1]):
    result = json.loads(line)
    for key in ("seconds", "cached"):
        result.pop(key, None)
    details = result.get("details", {})
    for part in (details, details.get("why", {}), details.get("repair", {})):
        part.pop("stats", None)
    print(json.dumps(result))
EOF2
}

expect 1 batch --report jsonl=first.jsonl tests
known 0
expect 1 batch --report jsonl=second.jsonl tests
known 5
says out '^5 tests: 4 passed, 1 failed; .* (5 known from before)$'
check 'the results are the same' [ "$(results_of first.jsonl)" = "$(results_of second.jsonl)" ]
expect 1 batch --no-cache tests
known 0

# What a result depends on.
sed -i 's/WRITE_ONCE(\*x, 1)/WRITE_ONCE(*x, 2)/' tests/2.litmus
expect 1 batch tests
known 4
expect 1 batch --unroll 3 tests
known 0
expect 1 batch --model tso tests
known 0
echo '"mine" include "sc.cat"' >mine.cat
"$lkmc" models --print sc >sc.cat
expect 0 batch --model mine.cat tests
known 0
expect 0 batch --model mine.cat tests
known 5
echo 'empty po as nothing' >>sc.cat
run batch --model mine.cat tests
known 0
cp tests/1.litmus tests/6.litmus
expect 1 batch tests
known 5
# What it does not depend on, and how it is judged.
expect 1 batch --timeout 7 --memory 100 --jobs 1 tests
known 6
echo 'tests/1.litmus: Never' >expected.txt
expect 1 batch --expectations expected.txt tests/1.litmus
known 1
says out '^failed: tests/1.litmus: Sometimes, expected Never$'

cp "$lkmc" changed
echo >>changed
lkmc=$folder/changed expect 1 batch tests
known 0

# What has ended early is run again once a batch has come to its end; one that is killed goes on without.
expect 3 batch --timeout 0.5 long.litmus
expect 3 batch --timeout 0.5 long.litmus
known 0
mkfifo first
sed 's/^C .*/C longer/' long.litmus >longer.litmus
"$lkmc" batch --jobs 1 --timeout 1 long.litmus longer.litmus tests/1.litmus >out 2>first &
batch=$!
{ read -r _; kill -KILL $batch; cat >/dev/null; } <first
wait $batch 2>/dev/null
expect 3 batch --timeout 2 long.litmus
known 0
expect 3 batch --timeout 1 long.litmus
known 1
says err '^.1/1. inconclusive: long.litmus: .*(known)$'
expect 3 batch --timeout 1 long.litmus
known 0

# What is there, and what was damaged.
expect 0 cache
says out "^$folder/cache/lkmc$"
says out '^ *[1-9][0-9]* results of tests, '
find cache -path '*results*' -type f -exec sh -c 'for f; do echo nonsense >"$f"; done' _ {} +
expect 1 batch tests
known 0
expect 1 batch tests
known 6
find cache -path '*results*' -type f -exec truncate --size=40 {} +
expect 1 batch tests
known 0
expect 0 cache --clear
check 'the cache is gone' [ ! -e cache/lkmc ]
expect 0 cache --stats
says out '^ *0 results of tests, '
expect 2 cache --stats --clear

# Killed, and begun again: what had ended is not run again.
mkdir many
for i in $(seq 100 149); do cp sb.litmus many/$i.litmus; done
mkfifo progress
"$lkmc" batch --jobs 1 many >out 2>progress &
batch=$!
{ for _ in 1 2 3; do read -r _; done; kill -KILL $batch; cat >/dev/null; } <progress
wait $batch 2>/dev/null
check 'it was killed' [ $? -eq 137 ]
expect 0 batch many
known_then=$(grep -c '^\[.*(known)$' err)
check "what had ended is known: $known_then" [ "$known_then" -ge 3 ]
check 'and not the rest' [ "$known_then" -lt 50 ]

# Two batches beside each other.
rm -rf cache
"$lkmc" batch --report jsonl=first.jsonl many >/dev/null 2>&1 &
"$lkmc" batch --report jsonl=second.jsonl many >/dev/null 2>&1
check 'the second' [ $? -eq 0 ]
wait $!
check 'the first' [ $? -eq 0 ]
check 'they say the same' [ "$(results_of first.jsonl)" = "$(results_of second.jsonl)" ]
expect 0 batch many
known 50

# A cache that cannot be written.
for nowhere in /proc /dev/null "$folder/sb.litmus"; do
  XDG_CACHE_HOME=$nowhere expect 1 batch tests
  XDG_CACHE_HOME=$nowhere expect 1 batch tests
  known 0
done
# with_disk OPTIONS PREPARE COMMAND...: runs the command with a disk of its own in the folder `disk`, if one can be made here.
mkdir disk
with_disk() {
  unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs -o "$1" none disk && eval "$2" || exit 99
    shift 2
    exec "$@"' sh "$@"
}
full='head -c 1M /dev/zero >disk/filler 2>/dev/null; true'
read_only='mkdir -m 700 disk/lkmc && mount -o remount,ro disk'
if with_disk size=64k "$full" true 2>/dev/null && with_disk size=64k "$read_only" true 2>/dev/null; then
  XDG_CACHE_HOME=$folder/disk with_disk size=64k "$full" "$lkmc" batch --report jsonl=disk/results.jsonl tests >out 2>err
  check 'a full disk: the report cannot be written' [ $? -eq 2 ]
  says err 'results.jsonl: error: No space left on device$'
  says out '^6 tests: 5 passed, 1 failed; '
  XDG_CACHE_HOME=$folder/disk with_disk size=64k "$read_only" "$lkmc" batch tests >out 2>err
  check 'a read-only cache' [ $? -eq 1 ]
  says out '^6 tests: 5 passed, 1 failed; '
  has_disks=yes
else
  echo 'no tmpfs can be mounted: a full disk and a read-only one are not tested'
  has_disks=
fi

command -v "${CXX:=g++}" >/dev/null || { echo 'no C++ compiler: the rest is not tested' && summary && exit; }
export CXX
mkdir cpp
cat >cpp/message.h <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
struct message { shared<int> data; shared<bool> ready; };
EOF2
cat >cpp/message.cc <<'EOF2'
#include "message.h"
LITMUS(one) {
  auto &m = make<message>();
  thread("writer", [&] { WRITE_ONCE(m.data, 1); smp_store_release(&m.ready, true); });
  thread("reader", [&] { IF (smp_load_acquire(&m.ready)) CHECK_INVARIANT(READ_ONCE(m.data) == 1, "ready means there is data"); });
}
LITMUS(two) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF2
expect 0 batch cpp
known 0
expect 0 batch cpp
known 2
expect 0 batch --filter '*:two' cpp
known 1
rm -f cache/lkmc/*.so
expect 0 batch cpp
check 'what is compiled again is what it was' [ "$(grep -c '(known)$' err)" -eq 2 ]
echo '// a comment' >>cpp/message.h
expect 0 batch cpp
known 0
# Of a copy in another folder nothing has changed.
mkdir elsewhere
cp -r cpp elsewhere
(cd elsewhere && "$lkmc" batch cpp >../out 2>../err)
known 2
echo '// another comment' >>cpp/message.cc
expect 0 batch cpp
known 0

# A file that is found in front of another one, or that was not there.
mkdir -p near far
cat >cpp/near.cc <<'EOF2'
#include <chosen.h>
#if __has_include("optional.h")
#include "optional.h"
#endif
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(value) {
  shared<int> x;
  thread("one", [&] { CHECK_INVARIANT(VALUE == 1, "the value is one"); WRITE_ONCE(x, 1); });
}
EOF2
echo '#define VALUE 1' >far/chosen.h
CXX_alone=$CXX
CXX="$CXX_alone -I$folder/near -I$folder/far"
expect 0 batch cpp/near.cc
expect 0 batch cpp/near.cc
known 1
echo '#define VALUE 2' >near/chosen.h
expect 1 batch cpp/near.cc
known 0
rm near/chosen.h
expect 0 batch cpp/near.cc
known 1
printf '#undef VALUE\n#define VALUE 3\n' >cpp/optional.h
expect 1 batch cpp/near.cc
known 0
rm cpp/optional.h
# The compiler: its flags, its environment, what a script in its place does.
CXX="$CXX -DUNUSED" expect 0 batch cpp/near.cc
known 0
CPLUS_INCLUDE_PATH=$folder/far CXX=$CXX_alone expect 0 batch cpp/near.cc
known 0
for value in 1 2; do
  printf '#!/bin/sh\nexec %s -I%s -DSEEN=%s "$@"\n' "$CXX_alone" "$folder/far" "$value" >compiler
  chmod +x compiler
  CXX=$folder/compiler expect 0 batch cpp/near.cc
  known 0
done
CXX=$folder/compiler expect 0 batch cpp/near.cc
known 1
CXX=$CXX_alone

# What nobody knows the results of is not kept.
cat >cpp/unknown.cc <<'EOF2'
#include <cstdlib>
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(asks_the_environment) {
  shared<int> x;
  const bool wrong = getenv("WRONG") != nullptr;
  thread("one", [&, wrong] { CHECK_INVARIANT(!wrong, "it is not wrong"); WRITE_ONCE(x, 1); });
}
EOF2
expect 0 batch cpp/unknown.cc
WRONG=1 expect 1 batch cpp/unknown.cc
known 0
cat >cpp/unknown.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(compiled_at) {
  shared<int> x;
  thread("one", [&] { CHECK_INVARIANT(__TIMESTAMP__[0] != 0, "there is a time"); WRITE_ONCE(x, 1); });
}
EOF2
expect 0 batch cpp/unknown.cc
touch -d '2020-02-02' cpp/unknown.cc
expect 0 batch cpp/unknown.cc
known 0
rm cpp/unknown.cc cpp/near.cc

# Where the cache cannot be used they are compiled elsewhere.
XDG_CACHE_HOME=/proc expect 0 batch cpp
known 0
check 'compiled elsewhere' [ -n "$(find tmp -name '*.so')" ]
if [ -n "$has_disks" ]; then
  for what in "$full" "$read_only"; do
    rm -rf tmp/lkmc-*
    XDG_CACHE_HOME=$folder/disk with_disk size=64k "$what" "$lkmc" batch cpp >out 2>err
    check 'a disk that is full or read-only' [ $? -eq 0 ]
  done
fi

# Tests in C: all that is taken from a tree, with a patch or of a revision, and what else is included.
[ -n "$(for clang in clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 clang; do command -v $clang; done)" ] ||
  { echo 'no clang: the rest is not tested' && summary && exit; }
mkdir -p c tree/lib
cat >c/flag.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>
#include "limit.h"
static int flag;
#include KERNEL(lib/flag.c, raise_flag)
static void one(void) { raise_flag(&flag); }
static void two(void) { CHECK_INVARIANT(READ_ONCE(flag) <= LIMIT, "the flag is small"); }
static struct lkmc_case cases[] = {
	{ .name = "small", .threads = { THREAD(one), THREAD(two) }, .expect = { HOLDS } },
};
EOF2
echo '#define LIMIT 1' >c/limit.h
printf '// A flag.\nvoid raise_flag(int *flag)\n{\n\tWRITE_ONCE(*flag, 1);\n}\n' >tree/lib/flag.c
export LKMC_TREE=$folder/tree
expect 0 batch c
known 0
expect 0 batch c
known 1
sed 's/1/2/' tree/lib/flag.c >flag.c
diff -u --label a/lib/flag.c --label b/lib/flag.c tree/lib/flag.c flag.c >flag.diff
expect 1 batch --tree tree --patch flag.diff c
known 1
says out '^broken: c/flag.c:small: holds -> failed: the flag is small$'
sed 's/1/0/' tree/lib/flag.c >flag.c
diff -u --label a/lib/flag.c --label b/lib/flag.c tree/lib/flag.c flag.c >flag.diff
expect 0 batch --tree tree --patch flag.diff c
known 1
cp flag.c tree/lib/flag.c
expect 0 batch c
known 1
sed -i 's/0/3/' tree/lib/flag.c
expect 1 batch c
known 0
echo '#define LIMIT 3' >c/limit.h
expect 0 batch c
known 0
if command -v git >/dev/null; then
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
  commit() { git -C tree add . && git -C tree -c user.name=a -c user.email=a@b commit -qm "$1" && git -C tree tag "$1"; }
  git -C tree init -q && commit good && sed -i 's/3/4/' tree/lib/flag.c && commit bad
  expect 0 batch --tree tree@good c
  known 1
  expect 1 batch --tree tree@bad c
  known 0
fi
printf '#!/bin/sh\nexec %s -DSEEN=1 "$@"\n' "$(command -v clang-14 || command -v clang)" >clang
chmod +x clang
sed -i 's/exec/[ "$*" != "${*#*--version}" ] \&\& echo mine; exec/' clang
LKMC_CLANG=$folder/clang expect 1 batch c
known 0

summary
