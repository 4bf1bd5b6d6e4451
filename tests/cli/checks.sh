# SPDX-License-Identifier: Apache-2.0
# What the tests of the command line share; to be sourced with the path of lkmc. Ends with `summary` or `skipped`.
# shellcheck shell=bash
#
# Works in a new folder, which is gone afterwards.

lkmc=$(readlink -f "$1")
start=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
passed=0
failed=0

# check NAME COMMAND...: counts the command's success.
check() {
  if "${@:2}"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "failed: $1"
    echo "  stdout:" && head -n 20 out 2>/dev/null | sed 's/^/    /'
    echo "  stderr:" && head -n 20 err 2>/dev/null | sed 's/^/    /'
  fi
}

# run ARG...: runs lkmc; leaves its stdout and stderr in the files out and err, and its exit status in `status`.
run() {
  status=0
  "$lkmc" "$@" >out 2>err </dev/null || status=$?
}

# expect STATUS ARG...: runs lkmc and checks its exit status.
expect() {
  run "${@:2}"
  check "lkmc ${*:2}: exit status $1, not $status" [ "$status" -eq "$1" ]
}

# says FILE PATTERN: checks that a line of the file matches.
says() { check "a line of $1 like: $2" grep -q -e "$2" "$1"; }
# is_empty FILE
is_empty() { check "$1 is empty" [ ! -s "$1" ]; }

# test_file NAME: writes stdin to the litmus test NAME.litmus.
test_file() { cat >"$1.litmus"; }

summary() {
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

# skipped COUNT: a summary of so many checks that cannot be made here.
skipped() { echo "0 passed, 0 failed, $1 skipped"; }

test_file sb <<'EOF'
C SB
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	int r0 = READ_ONCE(*y);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	int r0 = READ_ONCE(*x);
}
exists (0:r0=0 /\ 1:r0=0)
EOF

# Too many executions to wait for.
test_file long <<'EOF'
C long
{}
P0(int *x, int *y, int *z)
{
	WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); WRITE_ONCE(*z, 1);
	WRITE_ONCE(*x, 2); WRITE_ONCE(*y, 2); WRITE_ONCE(*z, 2);
	int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); int r2 = READ_ONCE(*z);
}
P1(int *x, int *y, int *z)
{
	WRITE_ONCE(*x, 3); WRITE_ONCE(*y, 3); WRITE_ONCE(*z, 3);
	WRITE_ONCE(*x, 4); WRITE_ONCE(*y, 4); WRITE_ONCE(*z, 4);
	int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); int r2 = READ_ONCE(*z);
}
P2(int *x, int *y, int *z)
{
	WRITE_ONCE(*x, 5); WRITE_ONCE(*y, 5); WRITE_ONCE(*z, 5);
	WRITE_ONCE(*x, 6); WRITE_ONCE(*y, 6); WRITE_ONCE(*z, 6);
	int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); int r2 = READ_ONCE(*z);
}
exists (0:r0=7)
EOF
