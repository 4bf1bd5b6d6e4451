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
    result.get("details", {}).pop("stats", None)
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

# A test that has ended early is run again.
expect 3 batch --timeout 0.5 long.litmus
expect 3 batch --timeout 0.5 long.litmus
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
full=$folder/full
mkdir full
# in_full_disk: a folder of 64 KiB that is full, if one can be made here.
in_full_disk() {
  unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs -o size=64k none "$1" || exit 99
    head -c 1M /dev/zero >"$1/filler" 2>/dev/null
    shift
    exec "$@"' sh "$full" "$@"
}
in_full_disk true 2>/dev/null
if [ $? -eq 0 ]; then
  XDG_CACHE_HOME=$full in_full_disk "$lkmc" batch --report jsonl="$full/results.jsonl" tests >out 2>err
  check 'a full disk: the report cannot be written' [ $? -eq 2 ]
  says err 'results.jsonl: error: No space left on device$'
  says out '^6 tests: 5 passed, 1 failed; '
else
  echo 'no tmpfs can be mounted: a full disk is not tested'
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
echo '// a comment' >>cpp/message.h
expect 0 batch cpp
known 0
expect 0 batch --filter '*:two' cpp
known 1
rm -f cache/lkmc/*.so
expect 0 batch cpp
check 'what is compiled again is what it was' [ "$(grep -c '(known)$' err)" -eq 2 ]
XDG_CACHE_HOME=/proc expect 0 batch cpp
known 0
check 'compiled elsewhere' [ -n "$(find tmp -name '*.so')" ]

summary
