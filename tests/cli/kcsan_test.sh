#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check --kcsan`: the examples of litmus/kcsan, the format of reports, and profiles that are wrong.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
export HOME=$folder
examples=$start/litmus/kcsan

# reports NAME STRICT DEFAULT PERMISSIVE: how many reports each profile gives for the litmus test.
reports() {
  local profile expected
  for profile in strict default permissive; do
    shift
    expected=$1
    expect 0 check --kcsan "$profile" "$examples/$name.litmus"
    check "$name: $expected reports under $profile" [ "$(grep -c '^BUG: KCSAN: data-race in P0 / P1$' out)" -eq "$expected" ]
  done
}
for row in 'missing-wmb 1 0 0' 'two-stores 2 0 0' 'missing-acquire 0 0 0' 'one-bit-flag 1 1 0' 'two-bit-flag 1 1 1' 'plain-write-read-once 1 0 0'; do
  name=${row%% *}
  # shellcheck disable=SC2086
  reports $row
done

# Why the others do not.
expect 0 check --kcsan permissive "$examples/one-bit-flag.litmus"
says out '^KCSAN (permissive) reports nothing'
says out '^  permissive  not reported: no more than one bit changes (KCSAN_PERMISSIVE)$'
says out '^  strict      reported$'
expect 0 check --kcsan strict "$examples/missing-acquire.litmus"
says out '^  strict      not reported: the two never meet: .* a missing acquire is invisible to it$'
expect 0 check --kcsan default "$examples/plain-write-read-once.litmus"
says out '^  default     not reported: the plain write counts as atomic .*, and the read is marked$'

# A report, line by line.
expect 0 check --kcsan default "$examples/two-bit-flag.litmus"
sed -n '/^=====/,/^=====/p' out >report
cat >expected <<EOF2
==================================================================
BUG: KCSAN: data-race in P0 / P1

write (marked) to 0xffff888100000000 of 4 bytes by task 1 on cpu 0:
 P0+0x0/0x0 $examples/two-bit-flag.litmus:9

read to 0xffff888100000000 of 4 bytes by task 2 on cpu 1:
 P1+0x0/0x0 $examples/two-bit-flag.litmus:14

value changed: 0x00000000 -> 0x00000006

Reported by Kernel Concurrency Sanitizer on:
CPU: 1 PID: 2 Comm: P1 Not tainted lkmc
Hardware name: a litmus test; it is about flags
==================================================================
EOF2
check 'the report of two-bit-flag' cmp -s report expected
expect 0 check --kcsan strict "$examples/missing-wmb.litmus"
says out '^write (reordered) to 0x'
says out '^  +-> reordered to: P0+0x0/0x0 '

# In C++.
if command -v g++ >/dev/null || command -v clang++ >/dev/null; then
  expect 0 check --kcsan default "$examples/assert-writer.cc"
  says out '^BUG: KCSAN: assert: race in intruder / owner$'
  says out '^assert no writes to 0x'
  expect 0 check --kcsan strict --test vm_flags_in_functions "$examples/vm_flags.cc"
  says out '^KCSAN (strict) reports nothing'
  expect 0 check --kcsan strict --test vm_flags_in_one_function "$examples/vm_flags.cc"
  says out '^BUG: KCSAN: data-race in .*mprotect_fixup'
  expect 0 check --kcsan strict --format json --test vm_flags_in_functions "$examples/vm_flags.cc"
  check 'functions in JSON' python3 -c '
import json
race, = json.load(open("out"))["kcsan"]["races"]
assert sorted(a["function"] for a in race["accesses"]) == ["fault", "vm_flags_set"], race
'
  # A missing release is not seen either where the store is never watched.
  cat >section.cc <<'EOF'
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(section, races) {
  shared<int> x, flag;
  thread("writer", [&] {
    kcsan_nestable_atomic_begin();
    x = 1;
    WRITE_ONCE(flag, 1);
    kcsan_nestable_atomic_end();
  });
  thread("reader", [&] { IF (READ_ONCE(flag)) (void)value<int>(x); });
}
EOF
  expect 0 check --kcsan strict section.cc
  says out '^  strict .*; the write is in a region that is declared atomic, so it is not delayed at all$'
  # The function of a report is the one that is not inlined, however deep the access is.
  cat >inlined.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct state { shared<long> x; };
static void innermost(state &s) { s.x = 42L; }
static void inner(state &s) { innermost(s); }
static void foo_rcu(state &s) { KERNEL_FUNCTION; inner(s); }
static void called(state &s) { KERNEL_FUNCTION; s.x = 42L; }
static void bar(state &s) { KERNEL_FUNCTION; called(s); }
static void inlined_into_the_thread(state &s) { s.x = 42L; }
LITMUS(deep, races) { auto &s = make<state>(); thread("a", [&] { foo_rcu(s); }); thread("b", [&] { s.x = 42L; }); }
LITMUS(called_function, races) { auto &s = make<state>(); thread("a", [&] { bar(s); }); thread("b", [&] { inlined_into_the_thread(s); }); }
EOF
  expect 0 check --kcsan strict --test deep inlined.cc
  says out '^BUG: KCSAN: data-race in b / foo_rcu$'
  says out '^ innermost inlined.cc:4 \[inline\]$'
  says out '^ foo_rcu+0x0/0x0$'
  says out '^ b+0x0/0x0 inlined.cc:10$'
  expect 0 check --kcsan strict --test called_function inlined.cc
  says out '^BUG: KCSAN: data-race in b / called$'
  says out '^ called+0x0/0x0 inlined.cc:7$'
  says out '^ bar+0x0/0x0$'
  says out '^ inlined_into_the_thread inlined.cc:9 \[inline\]$'
  # data_race() and __data_racy excuse assignments, too: to the memory model, to KCSAN and to advice.
  cat >meant.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct state { shared<long> n, m; };
LITMUS(assignments) {
  auto &s = make<state>();
  thread("a", [&] { (void)data_race(s.n += 1L); });
  thread("b", [&] { (void)data_race(s.n++); data_race(s.n = 5L); data_race(s.m = s.n); });
  finally([&] { CHECK_INVARIANT(data_race(s.n) > 0, "somebody has written"); });
}
LITMUS(in_conditions) {
  auto &s = make<state>();
  thread("a", [&] { IF (data_race(s.n == 1)) { WRITE_ONCE(s.m, 1L); } WHILE (data_race(s.n--) > 5) {} });
  thread("b", [&] { data_race(s.n ^= 1); });
}
LITMUS(of_a_variable) {
  auto &s = make<state>();
  set_data_racy(s.n);
  thread("a", [&] { s.n += 1; IF (!s.n) s.n--; });
  thread("b", [&] { s.n = 5; (void)value<long>(s.n); });
}
LITMUS(not_behind) {
  auto &s = make<state>();
  thread("a", [&] { data_race(s.n++); s.m = 1; });
  thread("b", [&] { (void)value<long>(s.m); });
}
EOF
  for name in assignments in_conditions of_a_variable; do
    expect 0 check --kcsan strict --advise --test $name meant.cc
    says out "^$name: holds"
    says out '^KCSAN (strict) reports nothing.$'
    says out '^No race, no advice.$'
  done
  expect 1 check --kcsan strict --test not_behind meant.cc
  check 'the race behind data_race() alone' [ "$(grep -c '^  data race: state.m' out)" -eq "$(grep -c '^  data race: ' out)" ]
  # One execution that shows several races is shown once.
  cat >increments.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(increments) {
  shared<long> n;
  thread("a", [&] { n++; });
  thread("b", [&] { n++; });
}
EOF
  expect 1 check --kcsan default increments.cc
  check 'three races are listed' [ "$(grep -c '^  data race: n is' out)" -eq 3 ]
  check 'in one execution' [ "$(grep -c '^An execution with' out)" -eq 1 ]
  says out '^An execution with 3 data races on n:$'
  says out '^read-write to 0x'
  # gcc makes two accesses of it.
  printf 'CONFIG_CC_IS_GCC=y\nCONFIG_KCSAN=y\n' >gcc.config
  expect 1 check --kcsan gcc.config increments.cc
  says out '^read to 0x'
  check 'no read-write for gcc' [ "$(grep -c '^read-write to 0x' out)" -eq 0 ]
  # Where the memory model is not through, it may still know of what KCSAN reports.
  run check --kcsan default --max-executions 1 increments.cc
  check 'no claim about races' [ "$(grep -c 'No race under the memory model' out)" -eq 0 ]
  check 'reports all the same' [ "$(grep -c '^BUG: KCSAN: data-race in a / b$' out)" -ge 1 ]
  expect 0 check --kcsan strict --test vm_flags_with_release "$examples/vm_flags.cc"
  says out '^KCSAN (strict) reports nothing'
fi

# A configuration of one's own, and mistakes in it.
printf 'CONFIG_SMP=y\nCONFIG_KCSAN=y\n# CONFIG_KCSAN_ASSUME_PLAIN_WRITES_ATOMIC is not set\nCONFIG_KCSAN_REPORT_VALUE_CHANGE_ONLY=n\n' >mine.config
expect 0 check --kcsan mine.config "$examples/plain-write-read-once.litmus"
says out '^BUG: KCSAN: data-race in P0 / P1$'
says out '^  mine.config  *reported$'
printf 'CONFIG_KCSAN=y\nCONFIG_KCSAN_WEAK_MEMORY=y\n' >weak.config
expect 2 check --kcsan weak.config sb.litmus
says err '^weak.config:2:1: error: CONFIG_KCSAN_WEAK_MEMORY needs CONFIG_KCSAN_STRICT=y$'
is_empty out
expect 2 check --kcsan lenient sb.litmus
says err '^lkmc: error: --kcsan lenient: no such file, and no profile; there are: default, permissive, strict, syzbot$'

# In JSON, within the object of the test.
expect 0 check --kcsan default --format json "$examples/missing-acquire.litmus" "$examples/two-bit-flag.litmus"
check 'KCSAN in JSON' python3 -c '
import json
acquire, flag = [json.loads(line) for line in open("out")]
assert acquire["kcsan"]["profile"] == "default" and acquire["kcsan"]["reports"] == [] and acquire["kcsan"]["complete"]
race, = acquire["kcsan"]["races"]
assert [a["thread"] for a in race["accesses"]] == ["P0", "P1"] and all(a["file"].endswith("/missing-acquire.litmus") for a in race["accesses"])
assert [(p["profile"], p["reported"]) for p in race["profiles"]] == [("default", False), ("permissive", False), ("strict", False), ("syzbot", False)]
assert "a missing acquire is invisible" in race["profiles"][2]["reason"]
report, = flag["kcsan"]["reports"]
assert report["watcher"]["access"] == "read" and report["finder"]["access"] == "write (marked)" and not report["no_race_of_the_model"]
assert report["text"].count("BUG: KCSAN: data-race in P0 / P1") == 1
'

# The exploration does not take all of the time. What is not known for lack of it is not called unreported.
test_file forever <<'EOF'
C forever
{}
P0(int *x, int *y, int *z)
{
	*x = 1;
	WRITE_ONCE(*y, 1); WRITE_ONCE(*z, 1); WRITE_ONCE(*y, 2); WRITE_ONCE(*z, 2); WRITE_ONCE(*y, 3); WRITE_ONCE(*z, 3);
	int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*z); int r2 = READ_ONCE(*y);
}
P1(int *x, int *y, int *z)
{
	int r0 = *x;
	WRITE_ONCE(*y, 4); WRITE_ONCE(*z, 4); WRITE_ONCE(*y, 5); WRITE_ONCE(*z, 5); WRITE_ONCE(*y, 6); WRITE_ONCE(*z, 6);
	int r1 = READ_ONCE(*y); int r2 = READ_ONCE(*z); int r3 = READ_ONCE(*y);
}
P2(int *x, int *y, int *z)
{
	WRITE_ONCE(*y, 7); WRITE_ONCE(*z, 7); WRITE_ONCE(*y, 8); WRITE_ONCE(*z, 8); WRITE_ONCE(*y, 9); WRITE_ONCE(*z, 9);
	int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*z); int r2 = READ_ONCE(*y);
}
exists (0:r0=100)
EOF
expect 3 check --timeout 20 --kcsan default --format json forever.litmus
check 'the oracle had its time' python3 -c '
import json
test = json.load(open("out"))
assert test["kcsan"]["complete"] and len(test["kcsan"]["reports"]) == 1, test
'
expect 3 check --timeout 0.001 --kcsan default --format text forever.litmus
check 'what is not known is not called unreported' [ "$(grep -c 'not reported' out)" -eq 0 ]

# Without plain accesses there is nothing to explore.
expect 0 check --stats --kcsan strict sb.litmus
says err '^c kcsan strict  *0  states in '

summary
