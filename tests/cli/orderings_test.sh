#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lkmc check --why, lkmc barriers and lkmc repair from the outside: what they print, and their exit status.
set -u
. "$(dirname "$0")/checks.sh"

test_file mp <<'EOF'
C MP
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	/* Pairs with the acquire in P1. */
	smp_store_release(y, 1);
}
P1(int *x, int *y)
{
	int r0 = smp_load_acquire(y); /* Pairs with smp_wmb() in P7. */
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=0)
EOF

expect 0 barriers mp.litmus
says out '^mp.litmus:7:2: the release in P0$'
says out 'needed (weak): exists (1:r0=1'
says out 'pairs with mp.litmus:11:11: the acquire in P1'
is_empty err

expect 0 barriers --stories mp.litmus
says out 'without it (MP):'

expect 0 barriers --format json mp.litmus
check 'it is JSON' python3 -c 'import json; assert len(json.load(open("out"))["orderings"]) == 4'
expect 0 barriers --format markdown mp.litmus
says out '^| mp.litmus:7 | P0 | the release | exists'

expect 0 check --why mp.litmus
says out '^Why this does not happen: exists (1:r0=1'
says out 'P1: reads x = 0 (line 12), after it by the acquire in line 11$'
says out '^  forbidden by the release in line 7, and the acquire in line 11$'
expect 0 check --why --format json mp.litmus
check 'it is JSON' python3 -c 'import json; w = json.load(open("out"))["why"]; assert len(w["forbidden"][0]["by"]) == 2 and w["complete"] and not w["wrong"], w'
sed 's/smp_store_release(y, 1)/WRITE_ONCE(*y, 1)/' mp.litmus >early.litmus
expect 0 check --why early.litmus
says out '^Why this happens: exists (1:r0=1'
says out '^  it would be forbidden by smp_store_release() in line 7$'

expect 1 barriers --check-comments mp.litmus
says out 'mp.litmus:11: the comment says "Pairs with smp_wmb() in P7", but the acquire pairs with smp_store_release() in P0()'
check 'the right comment is left alone' [ "$(wc -l <out)" -eq 1 ]

expect 0 repair mp.litmus
says out 'MP: nothing is wrong: no repair'
expect 0 repair sb.litmus
says out '^+	smp_mb();$'
run repair sb.litmus
sed -n '/^--- a/,$p' out >sb.diff
check 'the diff applies' patch --quiet -p1 -i sb.diff
expect 0 check sb.litmus
says out 'Observation SB Never'

test_file lost <<'EOF'
C lost
{}
P0(int *x) { int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); }
P1(int *x) { int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); }
exists (x=1)
EOF
expect 1 repair lost.litmus
says out 'no ordering repairs it'

expect 2 repair missing.litmus
says err 'missing.litmus: error: '
expect 2 barriers --format yaml mp.litmus
says err 'format is not one of'

cp "$start/litmus/vma/detached.cc" .
expect 0 repair --test reader_without_acquire detached.cc
says out '+    seq = smp_load_acquire(&mm.mm_lock_seq);'
expect 0 barriers --test reader_never_gets_a_detached_vma detached.cc
says out 'detached.cc:.*: the acquire in '

summary
