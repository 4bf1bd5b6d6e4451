#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A batch of 5,000 tests: each is in the result, also if the batch is killed half-way and begun again.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
count=5000
python3 - $count <<'EOF2'
import os, sys
text = open("sb.litmus").read()
os.mkdir("tests")
for i in range(int(sys.argv[1])):
    # Each is a program of its own, and every tenth claims what is wrong.
    test = text.replace("C SB", f"C test{i}").replace("WRITE_ONCE(*x, 1)", f"WRITE_ONCE(*x, {i + 1})")
    open(f"tests/{i:04}.litmus", "w").write(test.replace("exists", "~exists") if i % 10 == 0 else test)
EOF2

mkfifo progress
"$lkmc" batch --explain 0 tests >out 2>progress &
batch=$!
{ for _ in $(seq 1000); do read -r _; done; kill -KILL $batch; cat >/dev/null; } <progress
wait $batch 2>/dev/null
check 'it was killed' [ $? -eq 137 ]

expect 1 batch --explain 0 --report jsonl=results.jsonl --report junit=results.xml tests
says out "^$count tests: 4500 passed, 500 failed; "
known=$(grep -c '(known)$' err)
check "what had ended is known: $known" [ "$known" -ge 1000 ]
check 'each is in the result once' python3 - $count <<'EOF2'
import json, sys
head, *tests = map(json.loads, open("results.jsonl"))
assert head["tests"] == len(tests) == int(sys.argv[1])
for i, test in enumerate(tests):
    assert test["test"] == f"tests/{i:04}.litmus" and test["outcome"] == ("failed" if i % 10 == 0 else "passed"), test
EOF2
check 'each is in the XML once' [ "$(grep -c '<testcase ' results.xml)" -eq $count ]
expect 1 batch --explain 0 tests
says out "^$count tests: .* ($count known from before)$"
expect 0 cache --stats
says out "^ *$count results of tests, "

summary
