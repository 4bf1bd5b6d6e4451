#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check FILE.cc`: tests that misbehave are errors of that test only, and options do not change what is found.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
export HOME=$folder
command -v g++ >/dev/null || command -v clang++ >/dev/null || { echo 'no C++ compiler: nothing to test' && summary && exit; }

# Shared memory outside of a test, and a compiler that is too old.
printf '#include "lkmc/litmus.h"\nlkmc::shared<int> everywhere;\nLITMUS(t) {}\n' >outside.cc
expect 2 check outside.cc
says err '^lkmc: a shared variable outside of a LITMUS: .* make it in the test$'
printf '#include <version>\n#ifdef __cpp_lib_source_location\n#error new enough\n#endif\n' >old.cc
if command -v clang++ >/dev/null && clang++ -std=c++20 -fsyntax-only old.cc 2>/dev/null; then
  CXX=clang++ expect 2 check outside.cc
  says err 'error: "lkmc: this compiler has no std::source_location, which tests need; .*: set CXX"$'
fi

cat >wild.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(hang) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); for (volatile bool on = true; on;) {} });
}
LITMUS(endless_writes) {
  shared<int> x;
  thread("one", [&] { for (;;) WRITE_ONCE(x, 1); });
}
LITMUS(endless_reads) {
  shared<int> x;
  thread("one", [&] { for (;;) (void)READ_ONCE(x); });
  thread("two", [&] { WRITE_ONCE(x, 1); });
}
int recurse(volatile int *p) { volatile int a[100]; a[0] = *p; return recurse(a) + a[1]; }
LITMUS(deep) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); volatile int a = 0; (void)recurse(&a); });
}
extern "C" int dup(int); static int counter() { return dup(0); }
LITMUS(another_value) {
  shared<int> x, y;
  thread("one", [&] {
    WRITE_ONCE(x, counter());
    IF (READ_ONCE(y)) WRITE_ONCE(x, 7);
  });
  thread("two", [&] { WRITE_ONCE(y, 1); });
}
LITMUS(another_way) {
  shared<int> x, y;
  thread("one", [&] {
    if (counter() % 2) WRITE_ONCE(x, 1); else smp_mb();
    IF (READ_ONCE(y)) WRITE_ONCE(x, 7);
  });
  thread("two", [&] { WRITE_ONCE(y, 1); });
}
LITMUS(fine) {
  shared<int> x;
  thread("one", [&] { WRITE_ONCE(x, 1); });
}
EOF2
expect 2 check wild.cc
says err '^wild.cc:3:1: error: hang: the test does not come back: .*; the last access was in wild.cc:5$'
says err '^wild.cc:9:.*: error: endless_writes: thread one: .* more than 256 events: a loop without end?'
says out '^endless_reads: deadlock '
says err '^wild.cc:17:1: error: deep: stack overflow.*wild.cc:19$'
says err '^wild.cc:25:.*: error: another_value: thread one: .*behaved differently.*it stored another value, so .*(in .*another_value'
says err '^wild.cc:33:.*: error: another_way: thread one: .*behaved differently.*it was here, where it had been in line 33'
says out '^fine: holds (1 execution)$'
check 'one line for each' [ "$(wc -l <err)" -eq 5 ]

# What a thread assigns to a plain variable that was there before it is lost.
cat >lost.cc <<'EOF2'
#include "lkmc/litmus.h"
#include <string>
#include <vector>
using namespace lkmc;
static int counter;
static std::vector<int> numbers(2);
struct cells { shared<int> x; int plain; };
LITMUS(captured) {
  int r = 0;
  thread("a", [&] { r = 1; });
}
LITMUS(global) {
  thread("a", [&] { counter = 1; });
}
LITMUS(counted) {
  shared<int> x;
  thread("a", [&] { WRITE_ONCE(x, ++counter); });
}
LITMUS(copied) {
  int r = 0;
  thread("a", [r]() mutable { r = 1; });
}
LITMUS(member) {
  auto &m = make<cells>();
  thread("a", [&] { m.plain = 1; });
}
LITMUS(static_local) {
  thread("a", [&] { static int calls; calls++; });
}
LITMUS(element) {
  std::vector<int> v(2);
  thread("a", [&] { v[1] = 1; });
}
LITMUS(container) {
  std::vector<int> v;
  thread("a", [&] { v.push_back(1); });
}
LITMUS(behind_a_read) {
  shared<int> x;
  bool seen = false;
  thread("a", [&] { if (READ_ONCE(x)) seen = true; });
  thread("b", [&] { WRITE_ONCE(x, 1); });
}
LITMUS(kept) {
  shared<int> x;
  value<int> seen;
  thread("a", [&] {
    int own = 0;
    std::vector<int> v(2);
    for (int i = 0; i < 2; ++i) v[static_cast<std::size_t>(i)] = ++own;
    int *const p = &own;
    *p = v[0];
    v.push_back(own);
    const std::string text(100, 'x');
    seen = static_cast<int>(text.size() + v.size());
    WRITE_ONCE(x, own);
  });
  finally([&] { CHECK_INVARIANT(seen == 103 && x == 1, "all is seen"); });
}
thread_local int of_the_worker;
LITMUS(thread_local_variable) {
  shared<int> x;
  thread("a", [&] { if (of_the_worker++ == 0) WRITE_ONCE(x, 1); });
}
EOF2
expect 2 check lost.cc
for place in 10:captured 13:global 17:counted 21:copied 25:member 28:static_local 32:element 36:container 41:behind_a_read 63:thread_local_variable; do
  line=${place%%:*} name=${place##*:}
  says err "^lost.cc:$line:[0-9]*: error: $name: thread a: this changes a plain variable outside of the thread"
done
check 'no other line' [ "$(wc -l <err)" -eq 10 ]
says out '^kept: holds (1 execution)$'

# What the C library's functions store is seen, and what is in the memory that they allocate.
cat >library.cc <<'EOF2'
#include "lkmc/litmus.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
using namespace lkmc;
static char table[40];
#define LOST(name, variable, change) LITMUS(name) { shared<int> x; variable thread("A", [&] { WRITE_ONCE(x, 1); change }); }
LOST(memset_, , std::memset(table, 1, sizeof table);)
LOST(memcpy_, char b[40]; const char from[40] = {};, std::memcpy(b, from, sizeof b);)
LOST(strcpy_, char b[40];, std::strcpy(b, "a longer text than that");)
LOST(strncpy_, char b[40];, std::strncpy(b, "a longer text than that", 5);)
LOST(strcat_, char b[40] = "";, std::strcat(b, "a longer text than that");)
LOST(snprintf_, char b[40];, std::snprintf(b, sizeof b, "%d", 7);)
LOST(string_, std::string s;, s = "hello";)
LOST(appended_, std::string s;, s += "hello";)
LOST(calloc_, int* p = static_cast<int*>(std::calloc(1, sizeof *p));, *p = 1;)
static int been_here;
LITMUS(once) { shared<int> x; thread("A", [&] { if (been_here++ == 0) WRITE_ONCE(x, 1); }); }
LITMUS(own) {
  shared<int> x;
  thread("A", [&] {
    char b[40];
    std::snprintf(b, sizeof b, "%s", "hello");
    char* p = strdup(b);
    p = static_cast<char*>(std::realloc(p, 100));
    std::strcat(p, b);
    CHECK_INVARIANT(std::string(p) == "hellohello", "as the library does it");
    CHECK_INVARIANT(std::realloc(p, 0) == nullptr, "that frees it");
    WRITE_ONCE(x, 1);
  });
}
EOF2
expect 2 check library.cc
for name in memset_ memcpy_ strcpy_ strncpy_ strcat_ snprintf_ string_ appended_ calloc_ once; do
  says err "^library.cc:[0-9]*:[0-9]*: error: $name: thread A: this changes a plain variable outside of the thread"
done
says out '^own: holds (1 execution)$'
cat >counter.cc <<'EOF2'
#include "lkmc/litmus.h"
#include <cstdlib>
using namespace lkmc;
LITMUS(gives_up) {
  shared<int> x, y;
  thread("A", [&] {
    int* n = static_cast<int*>(std::malloc(sizeof *n));
    *n = 0;
    while (!READ_ONCE(x)) if (++*n == 12) break;
    WRITE_ONCE(y, 1);
    std::free(n);
  });
  thread("B", [&] { while (!READ_ONCE(y)); });
}
EOF2
expect 3 check counter.cc
says out '^gives_up: inconclusive'
expect 0 check --unroll 13 counter.cc
says out '^gives_up: holds'

# A loop that ends only where several decisions fall in one way in the same round.
cat >flags.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
struct flags { shared<int> s[4]; };
LITMUS(array) {
  auto& m = make<flags>();
  thread("A", [&] { for (;;) { bool all = true; for (auto& e : m.s) if (READ_ONCE(e)) all = false; if (all) break; } });
}
LITMUS(counted) {
  auto& m = make<flags>();
  thread("A", [&] { int n = 0; while (n < 4) { n = 0; for (auto& e : m.s) if (!READ_ONCE(e)) n++; } });
}
EOF2
expect 0 check flags.cc
says out '^array: holds (1 execution)$'
says out '^counted: holds (1 execution)$'

# A loop's rounds are compared by what the thread has, wherever that lies: no run has more of them than another.
cat >scan.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(scan) {
  shared<int> a, b, c;
  thread("A", [&] { int n = 0; while (n < 3) { n = 0; if (READ_ONCE(a)) n++; if (READ_ONCE(b)) n++; if (READ_ONCE(c)) n++; } });
  thread("B", [&] { WRITE_ONCE(a, 1); WRITE_ONCE(b, 1); WRITE_ONCE(c, 1); });
}
EOF2
expect 0 check scan.cc
mv out first
for _ in 1 2 3 4 5; do
  expect 0 check scan.cc
  check 'as many executions as before' cmp -s out first
done

# What cannot be shared or computed with is said by the compiler, in words.
for wrong in 'shared<float> x;' 'value<double> v = 1.0;' 'struct pair { int a, b; }; shared<pair> x;'; do
  printf '#include "lkmc/litmus.h"\nusing namespace lkmc;\nLITMUS(wrong) { %s }\n' "$wrong" >wrong.cc
  expect 2 check wrong.cc
  says err '^wrong.cc:3:[0-9]*: error: .*no floating point, and of a structure each member'
done

# States, statistics, and any number of workers.
cat >many.cc <<'EOF2'
#include "lkmc/litmus.h"
using namespace lkmc;
LITMUS(sb) {
  shared<int> x, y;
  value<int> r0, r1;
  thread("P0", [&] { WRITE_ONCE(x, 1); r0 = READ_ONCE(y); });
  thread("P1", [&] { WRITE_ONCE(y, 1); r1 = READ_ONCE(x); observe("1:r1", r1); });
  finally([&] { observe("0:r0", r0); exists("both zero", r0 == 0 && r1 == 0); });
}
template <int bad>
void many() {
  shared<int> x, y, z;
  for (const char *name : {"one", "two", "three", "four"}) {
    thread(name, [&] {
      WRITE_ONCE(x, READ_ONCE(y) + 1);
      IF (READ_ONCE(z) == 1) CHECK_INVARIANT(READ_ONCE(x) != bad, "no such value");
      WRITE_ONCE(z, 1);
      exists("three", READ_ONCE(x) == 3);
    });
  }
  finally([&] { observe("x", x); observe("z", z); CHECK_INVARIANT(x != 3, "not three"); });
}
LITMUS(violated_often) { many<2>(); }
LITMUS(deadlock) {
  spinlock_t l, m;
  shared<int> x;
  thread("one", [&] { spin_lock(&l); spin_lock(&m); WRITE_ONCE(x, 1); spin_unlock(&m); spin_unlock(&l); });
  thread("two", [&] { spin_lock(&m); spin_lock(&l); WRITE_ONCE(x, 2); spin_unlock(&l); spin_unlock(&m); });
}
EOF2
expect 0 check --states --stats --test sb many.cc
says out '^  exists "both zero": reachable (1 of 4 executions)$'
says out '^Final states:$'
says out '^    0:r0=0; 1:r1=0;  1 execution$'
says out '^    0:r0=1; 1:r1=1;  1 execution$'
check 'four states' [ "$(grep -c '^    0:r0=.*  1 execution$' out)" -eq 4 ]
says err '^c --- sb ---$'
says err '^c executions  *4  '
expect 0 check --format json --test sb many.cc
check 'states in JSON' python3 -c 'import json; t = json.load(open("out")); assert {"state": "0:r0=0; 1:r1=0;", "executions": 1} in t["states"] and len(t["states"]) == 4 and "fiber_runs" in t["stats"], t'
expect 1 check --states many.cc
mv out one_worker
for jobs in 2 3 8; do
  expect 1 check --states --jobs "$jobs" many.cc
  check "the same with --jobs $jobs" cmp -s one_worker out
done

summary
