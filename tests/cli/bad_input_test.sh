#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every way in which a file can be wrong: a diagnosis with its place, exit status 2, and nothing that looks like a result.
set -u
. "$(dirname "$0")/checks.sh"

# diagnosed NAME LINE:COLUMN PATTERN: the litmus test on stdin is refused there and with such a message.
diagnosed() {
  test_file "$1"
  expect 2 check "$1.litmus"
  is_empty out
  says err "^$1.litmus:$2: error: .*$3"
  check "$1: three lines" [ "$(wc -l <err)" -eq 3 ]
  says err '^[[:space:]]*^$'
}

# in_thread NAME LINE:COLUMN PATTERN STATEMENT: the same for one statement, on line 5.
in_thread() {
  diagnosed "$1" "$2" "$3" <<EOF
C $1
{}
P0(int *x, spinlock_t *l, struct srcu_struct *s)
{
	$4
}
exists (x=1)
EOF
}

in_thread syntax 5:18 'expected `)`' 'WRITE_ONCE(*x, 1;'
in_thread unknown-function 5:2 'unknown function `frobnicate`' 'frobnicate(x, 1);'
in_thread undeclared 5:17 '`r7` is not declared' 'WRITE_ONCE(*x, r7);'
in_thread arity 5:2 'takes 2 arguments, not 1' 'WRITE_ONCE(*x);'

diagnosed condition 7:14 'expected a value' <<'EOF'
C condition
{}
P0(int *x)
{
	WRITE_ONCE(*x, 1);
}
exists (0:r5=)
EOF

# herd7 takes what the test does not have for 0; it is said all the same.
cat >unknown.litmus <<'EOF'
C unknown
{}
P0(int *x)
{
	WRITE_ONCE(*x, 1);
}
exists (0:r5=1 \/ y=1)
EOF
expect 0 check unknown.litmus
says out '^Observation unknown Never 0 1$'
says err '^unknown.litmus:7:11: warning: P0 has no register `r5`: it is 0$'
says err '^unknown.litmus:7:19: warning: the test has no location `y`: it is 0$'

# What is no litmus test at all is diagnosed in one line.
one_line() {
  expect 2 check "$1"
  is_empty out
  says err "^$2"
  check "$1: one line" [ "$(wc -l <err)" -eq 1 ]
}
: >empty.litmus
one_line empty.litmus 'empty.litmus:1:1: error: '
head -c 5000 "$lkmc" >binary.litmus
one_line binary.litmus 'binary.litmus:1:1: error: '
mkdir folder.litmus
one_line folder.litmus 'folder.litmus: error: Is a directory'
one_line missing.litmus 'missing.litmus: error: No such file'
echo 'int main() {}' >program.cc
one_line program.cc 'program.cc:1:1: error: there is no LITMUS'
cp sb.litmus sb
one_line sb 'sb: error: '
if [ "$(id -u)" -ne 0 ]; then
  cp sb.litmus unreadable.litmus
  chmod 000 unreadable.litmus
  one_line unreadable.litmus 'unreadable.litmus: error: Permission denied'
fi

# The others are checked all the same.
expect 2 check syntax.litmus sb.litmus missing.litmus sb.litmus
check 'two results' [ "$(grep -c '^Observation SB Sometimes 1 3$' out)" -eq 2 ]
check 'one test' [ "$(grep -c '^Test ' out)" -eq 2 ]
check 'two diagnoses' [ "$(grep -c ' error: ' err)" -eq 2 ]

# In every format.
for format in text json; do
  expect 2 check --format "$format" syntax.litmus condition.litmus
  is_empty out
done

# The command line.
usage() {
  expect 2 "$@"
  is_empty out
  says err .
}
usage
usage check
usage frobnicate
usage check --frobnicate sb.litmus
usage check --jobs 0 sb.litmus
usage check --jobs two sb.litmus
usage check --jobs 1.5 sb.litmus
usage check --unroll -1 sb.litmus
usage check --timeout soon sb.litmus
usage check --max-executions 0 sb.litmus
usage check --format xml sb.litmus
usage check --model frobnicate sb.litmus
usage check --trace trace.json sb.litmus sb.litmus
usage check --trace missing/trace.json missing.litmus
usage models --print frobnicate
usage replay
usage replay missing.json
usage replay --format xml sb.json
usage replay --step --format dot sb.json
usage replay sb.litmus

# A model with a mistake.
printf '"model"\nacyclic po | rf | as all\n' >wrong.cat
expect 2 check --model wrong.cat sb.litmus
is_empty out
says err '^wrong.cat:2:[0-9]*: error: '

summary
