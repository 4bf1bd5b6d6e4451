#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check --advise`: markings that remove a race, that hide a bug, and races that none removes.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
export HOME=$folder

# advice PYTHON: checks the object `advice` of the only test in `out`, as the variable `a`; `marks(suggestion)` are its lines
# and words.
advice() {
  check "advice: $1" python3 -c '
import json, sys
a = json.loads(open("out").read())["advice"]
def marks(suggestion):
    return [(m["line"], m["as"]) for m in suggestion["mark"]]
assert eval(sys.argv[1]), a
' "$1"
}

test_file missing-once <<'EOF'
C missing-once
{}
P0(int *x)
{
	*x = 1;
}
P1(int *x)
{
	int r0 = READ_ONCE(*x);
}
~exists (1:r0=2)
EOF
expect 0 check --advise --format json missing-once.litmus
advice 'marks(a["races"][0]["repairs"]) == [(5, "WRITE_ONCE()")] and a["races"][0]["repairs"]["wrong"] == []'
advice '"hides_a_bug" not in a["races"][0] and a["races"][0]["tried"] == 1 and "together" not in a'
expect 0 check --advise --format text missing-once.litmus
says out '^Advice on the race between the write in missing-once.litmus:5 and the read in missing-once.litmus:9:$'
says out '^  WRITE_ONCE() in missing-once.litmus:5: no race is left, and nothing else is wrong$'

# A message: once each way the race is gone, and the reader may still miss the data.
test_file message <<'EOF'
C message
{}
P0(int *data, int *ready)
{
	*data = 1;
	WRITE_ONCE(*ready, 1);
}
P1(int *data, int *ready)
{
	int r0 = READ_ONCE(*ready);
	int r1 = 1;
	if (r0)
		r1 = *data;
}
~exists (1:r0=1 /\ 1:r1=0)
EOF
expect 1 check --advise --format json message.litmus
advice 'marks(a["races"][0]["hides_a_bug"]) == [(5, "WRITE_ONCE()"), (13, "READ_ONCE()")]'
advice 'a["races"][0]["hides_a_bug"]["wrong"] == ["violated: ~exists (1:r0=1 /\\ 1:r1=0)"]'
advice 'sorted(m[0] for m in marks(a["races"][0]["repairs"])) == [6, 10] and a["races"][0]["repairs"]["races_left"] == 0'
expect 1 check --advise --format text message.litmus
says out 'READ_ONCE() in message.litmus:13: the race is gone, but this marking hides a real bug: violated: '
says out 'a release such as smp_store_release() in message.litmus:6, an acquire such as smp_load_acquire() in message.litmus:10: no race is left'

# Nothing to say without races, or under a model that has none.
expect 0 check --advise --format text sb.litmus
says out '^No race, no advice.$'
expect 0 check --advise --model sc --format text missing-once.litmus
check 'no advice under sc' [ "$(grep -ci advice out)" -eq 0 ]

if command -v g++ >/dev/null || command -v clang++ >/dev/null; then
  cat >advice.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct data {
  shared<int> x, other;
  shared<bool> ready;
  spinlock_t lock;
};
LITMUS(statistics) {
  auto &d = make<data>();
  thread("worker", [&] {
    spin_lock(&d.lock);
    d.x += 1;
    spin_unlock(&d.lock);
  });
  thread("show", [&] { (void)value<int>(d.x); });
}
LITMUS(statistics_meant) {
  auto &d = make<data>();
  thread("worker", [&] {
    spin_lock(&d.lock);
    d.x += 1;
    spin_unlock(&d.lock);
  });
  thread("show", [&] { (void)data_race(d.x); });
}
LITMUS(looks_again) {
  auto &d = make<data>();
  thread("one", [&] {
    spin_lock(&d.lock);
    d.x = 1;
    spin_unlock(&d.lock);
  });
  thread("other", [&] {
    IF (d.x == 0) {
      spin_lock(&d.lock);
      IF (d.x == 0) d.x = 2;
      spin_unlock(&d.lock);
    }
  });
}
LITMUS(does_not_look_again) {
  auto &d = make<data>();
  thread("one", [&] {
    d.x = 1;
  });
  thread("other", [&] {
    IF (d.x == 0) WRITE_ONCE(d.ready, true);
  });
}
LITMUS(wide) {
  auto &d = make<data>();
  set_bytes(d.x, 16);
  thread("one", [&] { d.x = 1; });
  thread("other", [&] { d.x = 2; });
}
LITMUS(lost_update) {
  auto &d = make<data>();
  thread("one", [&] {
    d.x += 1;
  });
  thread("other", [&] {
    d.x += 1;
  });
  finally([&] { CHECK_INVARIANT(d.x == 2, "no update is lost"); });
}
// To mark the accesses of `other` is right, but x is still read too early: it takes the repair of that as well.
LITMUS(needs_both) {
  auto &d = make<data>();
  thread("writer", [&] {
    d.x = 1;
    WRITE_ONCE(d.ready, true);
    d.other = 1;
  });
  thread("reader", [&] {
    observe("other", value<int>(d.other));
    IF (READ_ONCE(d.ready)) {
      CHECK_INVARIANT(d.x == 1, "ready means there is data");
    }
  });
}
LITMUS(both_plain) {
  auto &d = make<data>();
  thread("writer", [&] {
    d.x = 1;
    d.ready = true;
  });
  thread("reader", [&] {
    IF (d.ready) {
      CHECK_INVARIANT(d.x == 1, "ready means there is data");
    }
  });
}
LITMUS(meant_use_after_free) {
  auto &p = make<shared<data *>>();
  thread("owner", [&] {
    const value<data *> d = kmalloc<data>();
    d->x = 1;
    smp_store_release(&p, d);
    kfree(d);
  });
  thread("reader", [&] {
    const value<data *> d = smp_load_acquire(&p);
    if (d == nullptr) return;
    (void)data_race(d->x);
  });
}
// As both_plain with a flag that is marked, and that is a ghost: nothing can be said of the flag, and marking x hides the bug.
LITMUS(flag_is_a_ghost) {
  auto &d = make<data>();
  set_ghost(d.ready);
  thread("writer", [&] {
    d.x = 1;
    WRITE_ONCE(d.ready, true);
  });
  thread("reader", [&] {
    IF (READ_ONCE(d.ready)) {
      CHECK_INVARIANT(d.x == 1, "ready means there is data");
    }
  });
}
// The same as lost_update, and nothing checks it.
LITMUS(statistics_of_two) {
  auto &d = make<data>();
  thread("one", [&] { d.x++; });
  thread("other", [&] { d.x++; });
}
LITMUS(statistics_by_hand) {
  auto &d = make<data>();
  thread("one", [&] { const value<int> v = READ_ONCE(d.x); WRITE_ONCE(d.x, v + 1); });
  thread("other", [&] { d.x = d.x + 2; });
}
LITMUS(statistics_half_atomic) {
  auto &w = make<shared<unsigned long>>();
  thread("one", [&] { set_bit(1, &w); });
  thread("other", [&] { __set_bit(2, &w); });
}
LITMUS(statistics_reset) {
  auto &d = make<data>();
  thread("one", [&] { d.x++; });
  thread("other", [&] { d.x = 0; });
}
LITMUS(statistics_in_turn) {
  auto &d = make<data>();
  thread("one", [&] { d.x++; WRITE_ONCE(d.ready, true); });
  thread("other", [&] { IF (READ_ONCE(d.ready)) d.x++; });
}
LITMUS(statistics_are_meant) {
  auto &d = make<data>();
  thread("one", [&] { data_race(d.x++); d.other = 1; });
  thread("other", [&] { data_race(d.x++); (void)READ_ONCE(d.other); });
}
EOF
  expect 1 check --advise --format json --test statistics advice.cc
  advice 'marks(a["races"][0]["repairs"]) == [(15, "data_race()")]'
  expect 0 check --advise --format text --test statistics_meant advice.cc
  says out '^statistics_meant: holds'
  says out '^No race, no advice.$'
  expect 1 check --advise --format json --test looks_again advice.cc
  advice '[marks(r["repairs"]) for r in a["races"]] == [[(34, "data_race()")]]'
  expect 1 check --advise --format json --test does_not_look_again advice.cc
  advice 'marks(a["races"][0]["repairs"]) == [(44, "WRITE_ONCE()"), (47, "READ_ONCE()")]'
  expect 1 check --advise --format json --test flag_is_a_ghost advice.cc
  advice '"repairs" not in a["races"][0] and [w for _, w in marks(a["races"][0]["hides_a_bug"])] == ["WRITE_ONCE()", "READ_ONCE()"]'
  # That a race is meant excuses no use of memory that is gone.
  expect 1 check --test meant_use_after_free advice.cc
  says out '^meant_use_after_free: violated: use after free of data@owner.x '
  # 16 bytes cannot be marked, and there is nothing else to order them by.
  expect 1 check --advise --format text --test wide advice.cc
  says out '^  no marking of up to three accesses removes the race (0 tried)$'
  # Marked, the race is gone and an update is lost all the same: it takes an atomic operation, or a lock.
  expect 1 check --advise --format json --test lost_update advice.cc
  advice 'all([w.split(": ")[0] for w in r["hides_a_bug"]["wrong"]] == ["lost update", "violated"] and "repairs" not in r for r in a["races"] if "hides_a_bug" in r)'
  advice 'all("repairs" not in r for r in a["races"])'
  for name in statistics_of_two statistics_by_hand; do
    expect 1 check --advise --format json --test $name advice.cc
    advice 'len(a["races"]) > 0 and all("repairs" not in r and r["loses_updates"] for r in a["races"])'
    advice 'all(any("lost update" in w for w in r["hides_a_bug"]["wrong"]) for r in a["races"])'
  done
  expect 1 check --advise --format text --test statistics_of_two advice.cc
  says out 'the race is gone, but this marking hides a real bug: lost update: '
  says out '^  no marking of up to three accesses mends this ([0-9]* tried); it takes an atomic operation, or a lock$'
  expect 1 check --advise --format json --test statistics_half_atomic advice.cc
  advice 'len(a["races"]) > 0 and all("repairs" not in r and r["loses_updates"] for r in a["races"])'
  # One that only overwrites, one that comes behind the other, and one that is meant to be lost.
  expect 1 check --advise --format json --test statistics_reset advice.cc
  advice 'len(a["races"]) > 0 and all("repairs" in r and not r["loses_updates"] for r in a["races"])'
  expect 1 check --advise --format json --test statistics_in_turn advice.cc
  advice 'all(sorted(w for _, w in marks(r["repairs"])) == ["a release such as smp_store_release()", "an acquire such as smp_load_acquire()"] for r in a["races"])'
  expect 1 check --advise --format json --test statistics_are_meant advice.cc
  advice 'len(a["races"]) == 1 and marks(a["races"][0]["repairs"])[0][1] == "WRITE_ONCE()"'
  expect 1 check --advise --format json --test needs_both advice.cc
  advice '[sorted(m[0] for m in marks(r["repairs"])) for r in a["races"]] == [[71, 76], [71, 72, 75, 76]]'
  advice '[sorted(m[0] for m in marks(r["hides_a_bug"])) for r in a["races"]] == [[70, 77], [72, 75]]'
  expect 1 check --advise --format json --test both_plain advice.cc
  advice 'all(marks(r["repairs"]) == [(85, "smp_store_release()"), (88, "smp_load_acquire()")] for r in a["races"]) and len(a["races"]) == 2'
  advice 'marks(a["together"]) == [(85, "smp_store_release()"), (88, "smp_load_acquire()")] and a["together"]["races_left"] == 0'
  expect 1 check --advise --jobs 2 --format json --test both_plain advice.cc
  advice 'len(a["races"]) == 2 and a["together"]["races_left"] == 0'
fi

summary
