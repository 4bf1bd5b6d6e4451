#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check`: results, exit status, formats, bounds, traces.
set -u
. "$(dirname "$0")/checks.sh"

expect 0 check sb.litmus
says out '^Observation SB Sometimes 1 3$'
is_empty err
expect 0 check --model sc sb.litmus
says out '^Observation SB Never 0 3$'
"$lkmc" models --print tso >tso.cat
expect 0 check --model tso.cat sb.litmus
says out '^Observation SB Sometimes 1 3$'

# Properties. With several files the gravest counts: an error, a violation, an inconclusive verdict.
sed 's/exists/~exists/' sb.litmus >forbidden.litmus
sed 's/exists.*/forall (0:r0=0 \\\/ 0:r0=1)/' sb.litmus >required.litmus
expect 1 check forbidden.litmus
expect 0 check --model sc forbidden.litmus
expect 0 check required.litmus
expect 1 check sb.litmus forbidden.litmus sb.litmus
expect 1 check --max-executions 1 forbidden.litmus sb.litmus
expect 3 check --max-executions 2 sb.litmus
expect 2 check missing.litmus forbidden.litmus

# What the tests of the kernel say of themselves in a `Result:` comment is for their scripts to judge.
sed 's/^{}/(* Result: Never *)\n{}/' sb.litmus >result.litmus
expect 0 check result.litmus

# A deadlock.
test_file deadlock <<'EOF'
C deadlock
{}
P0(spinlock_t *l)
{
	spin_lock(l);
	spin_lock(l);
}
exists (l=0)
EOF
expect 1 check deadlock.litmus
says out '^Observation deadlock Never 0 0$'
says err '^deadlock.litmus:6:2: deadlock: P0 waits at line 6 for the lock l, which it took at line 5'
expect 1 check --format text deadlock.litmus
says out '^deadlock: Never: .*deadlock$'

# Bounds.
test_file loop <<'EOF'
C loop
{}
P0(int *x, int *y)
{
	while (READ_ONCE(*x) == 0)
		WRITE_ONCE(*y, 1);
}
P1(int *x)
{
	WRITE_ONCE(*x, 1);
}
exists (y=2)
EOF
expect 3 check loop.litmus
says out '^Loop No$'
says err '^loop.litmus: inconclusive: .*--unroll'
expect 3 check --format text loop.litmus
says out '^loop: inconclusive: .*--unroll'
expect 3 check --timeout 0.3 long.litmus
says out '^Observation long Inconclusive 0 '
says err 'inconclusive: .*--timeout'
expect 3 check --format text --timeout 0.3 long.litmus
says out '^long: inconclusive: .*--timeout'
expect 3 check --format json --timeout 0.3 long.litmus
says out '"verdict":"inconclusive"'
sed 's/^exists.*/forall (x=77)/' long.litmus >endless.litmus
expect 1 check --timeout 0.5 endless.litmus
says out '^Observation long Inconclusive 0 [1-9]'
expect 1 check --format text --timeout 0.5 endless.litmus
says out '^long: violated: forall (\[x\]=77) .*inconclusive: the time ran out'
expect 3 check --max-executions 100 long.litmus
says out '^Positive: 0 Negative: 100$'
expect 3 check --max-executions 100 --jobs 3 long.litmus

# Formats. The results do not depend on the number of jobs.
expect 0 check --format text --states sb.litmus
says out '^SB: Sometimes: exists .* is reachable (1 of 4 executions)$'
says out 'goes into the store buffer'
expect 0 check --format json sb.litmus required.litmus
check 'one line for each file' [ "$(wc -l <out)" -eq 2 ]
check 'JSON' python3 -c 'import json; [json.loads(line) for line in open("out")]'
for format in herd text; do
  run check --format "$format" --jobs 1 sb.litmus forbidden.litmus deadlock.litmus
  grep -v '^Time' out >one
  for jobs in 2 5; do
    expect 1 check --format "$format" --jobs "$jobs" sb.litmus forbidden.litmus deadlock.litmus
    grep -v '^Time' out >several
    check "$format with $jobs jobs" cmp -s one several
  done
done

# Statistics do not disturb what scripts read.
expect 0 check --stats sb.litmus
check 'stdout without statistics' [ "$(grep -c '^c ' out)" -eq 0 ]
says err '^c executions  *4 '
says err '^c explore '

# Traces.
expect 0 check --trace trace.json sb.litmus
check 'a trace' python3 -c 'import json; t = json.load(open("trace.json")); assert t["lkmc_trace"] == 2 and t["schedule"]'
check 'the MD5 of the file' grep -q "$(md5sum <sb.litmus | cut -c 1-32)" trace.json
rm trace.json
expect 0 check --model sc --trace trace.json sb.litmus
check 'no trace' [ ! -e trace.json ]
says err 'no execution to trace'

# No colour and no progress on a pipe.
run check --format text --timeout 1.5 long.litmus
check 'no escape sequences' [ "$(cat out err | grep -c $'\033')" -eq 0 ]

# A result that cannot be written is an error.
if [ -w /dev/full ]; then
  status=0
  "$lkmc" check sb.litmus >/dev/full 2>err || status=$?
  check 'a full disk' [ "$status" -eq 2 ]
fi

summary
