#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Locking rules in C++ tests: the example of docs/lock-rules.md, the report and its trace, mistakes, and litmus/mm/lock-rules.cc.
set -u
. "$(dirname "$0")/checks.sh"

export XDG_CACHE_HOME=$folder/cache

# The first program of the page, and what lkmc says to it.
awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$start/docs/lock-rules.md" >mprotect.cc
expect 1 check mprotect.cc
documented=$(grep '^mprotect: violated: locking rule' "$start/docs/lock-rules.md")
check 'the example of the page' [ "$documented" = "$(head -n 1 out)" ]
says out '^How "locking rule: process.vm_flags: written without vma.w '

# Its second step: with the vma lock, only the mark is missing; marked, nothing is.
sed -e 's/^    p.vm_flags = .*/    down_write(\&p.vm_lock);\n&\n    up_write(\&p.vm_lock);/' mprotect.cc >locked.cc
expect 1 check locked.cc
documented=$(grep '^mprotect: violated: unmarked access' "$start/docs/lock-rules.md")
check 'the second example of the page' [ "${documented//mprotect.cc/locked.cc}" = "$(head -n 1 out)" ]
sed -e 's/p.vm_flags = 0x70/WRITE_ONCE(p.vm_flags, 0x70)/' locked.cc >marked.cc
expect 0 check marked.cc
says out '^mprotect: holds (1 execution)$'

# The trace of a broken rule runs again and shows it.
expect 1 check --trace rule.json mprotect.cc
expect 1 replay rule.json
says out 'violated: locking rule: process.vm_flags'
expect 1 check --format json mprotect.cc
check 'JSON' python3 -c 'import json; v = json.load(open("out"))["violations"]; assert len(v) == 1 and v[0]["message"].startswith("locking rule: process.vm_flags: ") and v[0]["line"] == 16, v'

cat >more.cc <<'END'
#include "lkmc/expectations.h"
#include "lkmc/litmus.h"
using namespace lkmc;
struct object {
  shared<int> x;
  shared<int> y;
  spinlock_t lock;
  mutex m;
  object() { guarded_by(x, {.write = named_lock("lock", &lock), .read = named_lock("lock", &lock)}); }
};
LITMUS(judged_up_to_the_failure) {
  auto &o = make<object>();
  thread("a", [&] {
    WRITE_ONCE(o.x, 1);
    CHECK_INVARIANT(READ_ONCE(o.y) == 1, "it ends here");
  });
}
LITMUS(judged_up_to_the_deadlock) {
  auto &o = make<object>();
  thread("a", [&] {
    (void)READ_ONCE(o.x);
    mutex_lock(&o.m);
    mutex_lock(&o.m);
  });
}
LITMUS(expected, violated("locking rule")) {
  auto &o = make<object>();
  thread("a", [&] { o.x = 1; });
}
LITMUS(expected_of_another, violated("locking rule: object.y")) {
  auto &o = make<object>();
  thread("a", [&] { o.x = 1; });
}
LITMUS(two_rules) {
  auto &o = make<object>();
  guarded_by(o.y, {.write = nobody(), .read = no_lock()});
  guarded_by(o.y, {.write = nobody(), .read = no_lock()});
}
END
expect 1 check --test judged_up_to_the_failure more.cc
says out 'violated: locking rule: object.x: written without lock '
says out 'violated: it ends here '
expect 1 check --test judged_up_to_the_deadlock more.cc
says out 'violated: locking rule: object.x: read without lock .*; deadlock'
expect 0 check --test expected more.cc
expect 1 check --test expected_of_another more.cc
expect 2 check --test two_rules more.cc
says err '^more.cc:37:[0-9]*: error: two_rules: guarded_by(): object.y has a rule already, in more.cc:36 '

cat >wrong.cc <<'END'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(wrong) {
  int x = 0;
  guarded_by(x, {.write = nobody(), .read = no_lock()});
}
END
expect 2 check wrong.cc
says err 'a locking rule is about a shared variable, an atomic_t or a refcount_t'

# The tests that come with lkmc meet their expectations.
for file in "$start"/litmus/mm/lock-rules.cc; do
  expect 0 check "$file"
  check "all tests of $file" [ "$(grep -c ', as expected$' out)" -eq "$(grep -c '^LITMUS(' "$file")" ]
done

summary
