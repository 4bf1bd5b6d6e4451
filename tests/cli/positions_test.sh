#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every plain access has its place in the user's file, wherever it stands: a statement for each kind of place, on a line of its own,
# whose variable another thread writes. Under each compiler that there is.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
export HOME=$folder

cat >statements <<'EOF'
(void)!s.b;
(void)-s.n;
(void)~s.n;
(void)+s.n;
s.n++;
++s.n;
s.n--;
--s.n;
s.n += 1;
s.n -= 1;
s.n *= 2;
s.n /= 2;
s.n %= 2;
s.n <<= 1;
s.n >>= 1;
s.n &= 1;
s.n |= 1;
s.n ^= 1;
s.n = 3;
s.n = s.m;
s.m = s.n;
s.m = s.o = s.n;
s.m += s.n;
s.m <<= s.n;
s.m = s.n++;
(void)value<long>(s.n);
value<long> v = s.n;
value<long> v; v = s.n;
value<long> v; v += s.n;
value<long> v = s.n + 1;
value<long> v = 1 - s.n;
value<long> v = s.n / 2;
value<long> v = 1L << (s.n & 1);
value<bool> v = s.n == 1;
value<bool> v = 1 < s.n;
value<bool> v = s.n >= s.m;
value<int> v = s.a[raw(s.n & 1)];
value<long> v = s.b ? 1L : 2L;
(void)raw(s.n);
observe("n", s.n);
exists("one", s.n == 1);
twice(s.n);
(void)[&]() -> value<long> { return s.n; }();
WARN_ON(s.b);
WARN_ON(!s.b && s.m == 1);
BUG_ON(s.b);
CHECK_INVARIANT(s.n != 77, "never");
CHECK_INVARIANT(s.b, "always");
IF (s.b) WRITE_ONCE(s.m, 1L);
IF (!s.b) WRITE_ONCE(s.m, 1L);
if (s.b) WRITE_ONCE(s.m, 1L);
if (s.n) WRITE_ONCE(s.m, 1L);
if (s.b && true) WRITE_ONCE(s.m, 1L);
if (true && s.b) WRITE_ONCE(s.m, 1L);
WHILE (s.n == 99) WRITE_ONCE(s.m, 1L);
WHILE (s.p == nullptr) break;
while (s.n == 99) { WRITE_ONCE(s.m, 1L); break; }
do WRITE_ONCE(s.m, 1L); while (s.n == 99 && false);
for (; s.n == 99;) { WRITE_ONCE(s.m, 1L); break; }
for (value<long> i = s.n; i == 99;) break;
for (int i = 0; i < 1; ++i, s.n++) WRITE_ONCE(s.m, 1L);
for (int i = 0; i < 1; i++, --s.n) WRITE_ONCE(s.m, 1L);
switch (raw(s.n)) { case 1: WRITE_ONCE(s.m, 1L); break; default: break; }
(void)value<long>(s.p->n);
(void)READ_ONCE(s.p->n);
value<long *> v; (void)v; value<inner *> w = s.p; (void)w;
WRITE_ONCE(s.m, s.n);
WRITE_ONCE(s.m, s.n + 1);
smp_store_release(&s.m, s.n);
(void)xchg(&s.m, s.n);
atomic_long_set(&s.counter, s.n);
atomic_long_add(s.n, &s.counter);
s.q->n = 1;
s.q->n++;
(void)!s.q->b;
for (; s.q->n == 99;) break;
__set_bit(1, &s.bits);
(void)__test_and_clear_bit(1, &s.bits);
EOF
count=$(wc -l <statements)
{
  cat <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
struct inner { shared<long> n; shared<bool> b; };
struct state {
  shared<long> n, m, o;
  shared<bool> b;
  shared<int> a[2];
  shared<inner *> p, q;
  shared<unsigned long> bits;
  atomic_long_t counter;
};
static void twice(const value<long> &v) { (void)(v + v); }
static state &made() {
  auto &s = make<state>();
  s.p = &make<inner>();
  s.q = &make<inner>();
  return s;
}
EOF
  i=0
  while IFS= read -r statement; do
    i=$((i + 1))
    printf 'LITMUS(at_%d) {\n  auto &s = made();\n  thread("a", [&] {\n    %s\n  });\n' "$i" "$statement"
    printf '  thread("b", [&] { s.n = 5; s.b = true; s.p = nullptr; s.bits = 4UL; s.q->n = 2; s.q->b = true; });\n}\n'
  done <statements
} >positions.cc

for compiler in g++ clang++; do
  # Tests in C++ need std::source_location, which older ones do not have.
  echo '#include <source_location>
auto here = std::source_location::current();' | $compiler -std=c++20 -fsyntax-only -x c++ - 2>/dev/null || continue
  CXX=$compiler run check --format json positions.cc
  check "$compiler: $count places, each where it stands" python3 -c '
import json, sys
tests = [json.loads(line) for line in open("out")]
statements = open("statements").read().splitlines()
assert len(tests) == len(statements), (len(tests), open("err").read())
wrong = []
for test, statement in zip(tests, statements):
    places = [(a["file"], a["line"]) for r in test["races"] for a in r["accesses"] if a["thread"] == "a"]
    if not places or set(places) != {("positions.cc", test["line"] + 3)}:
        wrong.append((test["line"] + 3, statement, places))
assert not wrong, wrong
'
  # Two on one line are two.
  cat >two.cc <<'EOF'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(two) {
  shared<long> n;
  thread("a", [&] { n++; });
  thread("b", [&] { n++; n++; });
}
EOF
  CXX=$compiler expect 1 check --format json --kcsan strict two.cc
  check "$compiler: two increments on one line" python3 -c '
import json
test = json.load(open("out"))
assert len({a["column"] for r in test["races"] for a in r["accesses"] if a["thread"] == "b"}) == 2, test["races"]
assert len(test["kcsan"]["reports"]) == 2 and all(r["text"].count("read-write to") == 2 for r in test["kcsan"]["reports"])
'
done

summary
