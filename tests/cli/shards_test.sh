#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check --shard` and `lkmc merge`: the shards of an exploration, put together, say what lkmc check says of the whole; and parts
# that make no whole are refused.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
ln -s "$start/litmus" "$start/models" .

# parts COUNT OPTION... FILE...: what each shard finds, in part1.json, part2.json, …
parts() {
  rm -f part*.json
  local i
  for ((i = 1; i <= $1; ++i)); do
    "$lkmc" check --jobs $((1 + i % 2)) --shard "$i/$1" "${@:2}" >"part$i.json" 2>>err
    case $? in 0 | 1 | 3) ;; *) return 1 ;; esac
  done
}

# same_json A B: but for what the search cost.
same_json() {
  python3 - "$1" "$2" <<'EOF2'
import json, sys
def results(path):
    with open(path) as lines:
        # What a result depends on is told only of those that lkmc check has found itself.
        return [{k: v for k, v in json.loads(line).items() if k not in ("stats", "digest")} for line in lines]
a, b = map(results, sys.argv[1:])
if a != b:
    for x, y in zip(a, b):
        for key in x.keys() | y.keys():
            if x.get(key) != y.get(key):
                print(x["name"], key, x.get(key), y.get(key), sep="\n  ")
sys.exit(a != b)
EOF2
}

without_time() { sed '/^Time /d' "$1"; }

# is_sum COUNT OPTION... FILE...: the shards are the whole, in all formats.
is_sum() {
  local what="${*:2} in $1"
  check "$what: the shards" parts "$@"
  run check --format json "${@:2}"
  mv out whole.json
  local whole_status=$status
  expect "$whole_status" merge --format json part*.json
  check "$what: JSON" same_json whole.json out
  run check --format text --states "${@:2}"
  mv out whole.txt
  expect "$whole_status" merge --format text --states part*.json
  check "$what: text" cmp whole.txt out
}

for test in sb-once mp-plain-race lb-ctrl iriw-once iriw-mb lock-counter rcu-deferred-free rmw-counter spin-on-flag trylock-exclusive \
  wrc-once srcu-grace-period co-rr-three; do
  for count in 2 3 7 16; do is_sum $count litmus/classic/$test.litmus; done
  run check --format herd litmus/classic/$test.litmus
  mv out whole.herd
  expect 0 merge part*.json
  check "$test: herd" cmp <(without_time whole.herd) <(without_time out)
done
sed 's/^exists.*/~exists (0:r0=0 \/\\ 1:r0=0)/' sb.litmus >claim.litmus
cat >deadlock.litmus <<'EOF2'
C deadlock
{}
P0(spinlock_t *a, spinlock_t *b, int *x)
{
	spin_lock(a);
	spin_lock(b);
	WRITE_ONCE(*x, 1);
	spin_unlock(b);
	spin_unlock(a);
}
P1(spinlock_t *a, spinlock_t *b, int *x)
{
	int r0 = READ_ONCE(*x);
	spin_lock(b);
	spin_lock(a);
	spin_unlock(a);
	spin_unlock(b);
}
P2(int *x)
{
	int r0 = READ_ONCE(*x);
	WRITE_ONCE(*x, 2);
	int r1 = READ_ONCE(*x);
}
forall (1:r0=0)
EOF2
cat >bound.litmus <<'EOF2'
C bound
{}
P0(atomic_t *x)
{
	int r0;
	do {
		r0 = atomic_inc_return(x);
	} while (r0 < 100);
}
P1(atomic_t *x)
{
	int r0 = atomic_read(x);
	atomic_set(x, 99);
}
exists (1:r0=5)
EOF2
for count in 2 3 7 16; do
  for test in claim deadlock bound; do is_sum $count $test.litmus; done
  is_sum $count --model tso sb.litmus
  is_sum $count --unroll 3 bound.litmus claim.litmus
done

# The exit status of a shard: what is violated is violated in some shard; that the others have the rest is nothing to complain of.
status_of_shards() { for i in 1 2 3; do run check --shard $i/3 "$1" && echo $status; done | sort | uniq | tr '\n' ' '; }
check 'the shards of sb' [ "$(status_of_shards sb.litmus)" = '0 ' ]
check 'the shards of a violated test' [ "$(status_of_shards claim.litmus)" = '0 1 ' ]

# What makes no whole.
parts 3 sb.litmus
expect 2 merge part1.json part3.json
says err '^lkmc: error: shard 2/3 of sb.litmus is missing$'
is_empty out
expect 2 merge part1.json part2.json part3.json part2.json
says err '^part2.json:1:1: error: shard 2/3 of sb.litmus is there already (part2.json:1)$'
mkdir other
sed 's/READ_ONCE/READ_ONCE /' sb.litmus >changed.litmus
cp part*.json other
mv sb.litmus kept.litmus && mv changed.litmus sb.litmus
"$lkmc" check --shard 2/3 sb.litmus >changed.json
mv kept.litmus sb.litmus
expect 2 merge part1.json changed.json part3.json
says err '^changed.json:1:1: error: this part of sb.litmus is of another program (part1.json:1)$'
"$lkmc" check --model tso --shard 2/3 sb.litmus >changed.json
expect 2 merge part1.json changed.json part3.json
says err 'this part of sb.litmus is of another model (part1.json:1)$'
"$lkmc" check --unroll 2 --shard 2/3 sb.litmus >changed.json
expect 2 merge part1.json changed.json part3.json
says err 'this part of sb.litmus is with --unroll 2, there 8 (part1.json:1)$'
"$lkmc" check --shard 2/4 sb.litmus >changed.json
expect 2 merge part1.json changed.json part3.json
says err 'this part of sb.litmus is of 4 shards, there of 3 (part1.json:1)$'
sed 's/"lkmc":"./"lkmc":"x/' part2.json >changed.json
expect 2 merge part1.json changed.json part3.json
says err 'is of another lkmc'
run check --format json sb.litmus
cp out whole.json
expect 2 merge whole.json
says err '^whole.json:1:1: error: this is not the result of a shard (lkmc check --shard)$'
cut -c 1-100 part2.json >cut.json
expect 2 merge part1.json cut.json part3.json
says err '^cut.json:1:1: error: this is not the result of a shard'
sed 's/"ended"/"end"/' part2.json >cut.json
expect 2 merge part1.json cut.json part3.json
says err '^cut.json:1:1: error: this is not the result of a shard'
expect 2 merge missing.json
says err '^missing.json: error: No such file'

# A shard that ended early makes the whole inconclusive.
for i in 1 2; do "$lkmc" check --timeout 5 --shard $i/2 long.litmus >part$i.json; done
expect 3 merge --format json part1.json part2.json
says out '"incomplete_because":"the time ran out'

# How a shard is asked for.
for wrong in 0/3 4/3 1 1/ /3 x/y 1/0 -1/3 1/100001 ''; do
  expect 2 check --shard "$wrong" sb.litmus
  says err '^lkmc: error: --shard '
done
expect 2 check --format text --shard 1/2 sb.litmus
says err '^lkmc: error: --shard prints its part in JSON; lkmc merge has the other formats$'
expect 2 check --advise --shard 1/2 sb.litmus
says err '^lkmc: error: --advise needs the whole, not a --shard of it$'
expect 0 check --shard 1/1 sb.litmus
says out '^Test SB Allowed$'
shard_says() { says out "\"shard\":{\"index\":$1,\"of\":$2,"; }
unset TEST_SHARD_INDEX TEST_TOTAL_SHARDS TEST_SHARD_STATUS_FILE
expect 2 check --shard env sb.litmus
says err '^lkmc: error: --shard env: neither TEST_TOTAL_SHARDS nor SLURM_ARRAY_TASK_ID is set$'
export TEST_SHARD_INDEX=2 TEST_TOTAL_SHARDS=5 TEST_SHARD_STATUS_FILE=$folder/sharded
expect 0 check --shard env sb.litmus
shard_says 3 5
check 'Bazel is told' [ -e sharded ]
expect 0 check sb.litmus
says out '^Test SB Allowed$'
export SLURM_ARRAY_TASK_ID=7
expect 2 check --shard env sb.litmus
says err 'both Bazel and Slurm'
unset TEST_SHARD_INDEX TEST_TOTAL_SHARDS TEST_SHARD_STATUS_FILE
export SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_MAX=9 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=4
expect 0 check --shard env sb.litmus
shard_says 3 4
export SLURM_ARRAY_TASK_COUNT=3
expect 2 check --shard env sb.litmus
says err 'without gaps'
unset SLURM_ARRAY_TASK_ID

# A batch: every file is in one shard, and the results together are those of the whole.
mkdir batch
for i in 1 2 3 4 5; do cp sb.litmus batch/$i.litmus; done
cp claim.litmus batch
expect 1 batch --report jsonl=whole.jsonl batch
for i in 1 2 3 4; do run batch --shard $i/4 --report jsonl=batch$i.jsonl batch; done
expect 1 merge --report jsonl=sum.jsonl --report junit=sum.xml batch[1-4].jsonl
says out '^6 tests: 5 passed, 1 failed; '
tests_of() { python3 -c 'import json, sys; print([(t["test"], t["outcome"]) for t in map(json.loads, list(sys.stdin)[1:])])' <"$1"; }
check 'the tests of the batch' [ "$(tests_of whole.jsonl)" = "$(tests_of sum.jsonl)" ]
check 'JUnit of the sum' xmllint --noout sum.xml
expect 2 merge batch1.jsonl batch2.jsonl batch4.jsonl
says err '^lkmc: error: shard 3/4 is missing$'
expect 2 merge batch1.jsonl batch2.jsonl batch2.jsonl batch3.jsonl batch4.jsonl
says err '^batch2.jsonl:1:1: error: shard 2/4 is there already (batch2.jsonl)$'
run batch --shard 3/4 --unroll 2 --report jsonl=other.jsonl batch
expect 2 merge batch1.jsonl batch2.jsonl other.jsonl batch4.jsonl
says err '^other.jsonl:1:1: error: this is of another batch than batch1.jsonl$'
expect 2 merge whole.jsonl
says err '^whole.jsonl:1:1: error: these are not the results of a shard'
expect 2 compare whole.jsonl batch1.jsonl
says err '^batch1.jsonl:1:1: error: these are the results of shard 1/4; lkmc merge puts them together$'
run batch --shard 9/9 --report jsonl=none.jsonl batch
check 'a shard with nothing to do' [ $status -eq 0 ]

command -v "${CXX:=g++}" >/dev/null || { echo 'no C++ compiler: the rest is not tested' && summary && exit; }
export CXX
is_sum 3 litmus/classic/rcu.cc
is_sum 2 litmus/classic/three_threads.cc
is_sum 7 litmus/vma/detached.cc
cat >mixed.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
struct node { shared<int> value; shared<node *> next; };
LITMUS(writes, reachable("both")) {
  shared<int> x, y;
  thread("one", [&] { WRITE_ONCE(x, 1); WRITE_ONCE(y, 1); });
  thread("two", [&] { WRITE_ONCE(x, 2); WRITE_ONCE(y, 2); });
  thread("three", [&] { auto a = READ_ONCE(x); auto b = READ_ONCE(y); exists("both", a == 1 && b == 2); observe("a", a); });
}
LITMUS(list, violated("nothing is lost"), races) {
  shared<node *> head;
  thread("one", [&] {
    const value<node *> n = kmalloc<node>();
    WRITE_ONCE(n->value, 1);
    WRITE_ONCE(head, n);
  });
  thread("two", [&] {
    const value<node *> n = READ_ONCE(head);
    IF (n != nullptr) { CHECK_INVARIANT(READ_ONCE(n->value) == 1, "nothing is lost"); }
  });
}
LITMUS(race, races) {
  shared<int> x, y;
  thread("one", [&] { x = 1; WRITE_ONCE(y, 1); });
  thread("two", [&] { auto r = READ_ONCE(y); IF (r == 1) { x = 2; } });
}
EOF2
run check mixed.cc
[ "$status" -ne 2 ] || cat err
for count in 3 16; do is_sum $count mixed.cc; done

summary
