#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc check FILE.c`: reports, traces, what is wrong with a file, and what is taken from a kernel tree.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
unset LKMC_TREE

cat >mp.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/test.h>
static struct message { int data; bool ready; } m;
static void writer(void)
{
	WRITE_ONCE(m.data, 1);
	smp_store_release(&m.ready, true);
}
static void reader(void)
{
	if (!smp_load_acquire(&m.ready))
		return;
	CHECK_INVARIANT(READ_ONCE(m.data) == 1, "ready means there is data");
}
static void hasty_reader(void)
{
	int ready = READ_ONCE(m.ready), data = READ_ONCE(m.data);

	OBSERVE("ready", ready);
	OBSERVE("data", data);
	EXISTS("old data", ready && !data);
}
static struct lkmc_case cases[] = {
	{ .name = "holds", .threads = { THREAD(writer), THREAD(reader) }, .expect = { HOLDS } },
	{ .name = "asks", .threads = { THREAD(writer), THREAD(hasty_reader) }, .expect = { REACHABLE("old data") } },
	{ .name = "is_wrong", .threads = { THREAD(writer), THREAD(hasty_reader) }, .expect = { UNREACHABLE("old data") } },
};
EOF2
expect 1 check mp.c
says out '^holds: .*, as expected$'
says out '^asks: holds .*, as expected'
says out 'exists "old data": reachable (1 of 4 executions)'
says out '^is_wrong: .*expected: unreachable "old data"'
says out 'hasty_reader line 17 '
expect 0 check --test holds mp.c
expect 2 check --test nothing mp.c
says err '^mp.c:1:1: error: there is no test nothing; there are: holds, asks, is_wrong$'
expect 0 check --test asks --states mp.c
says out 'data=0; ready=1;'
expect 0 check --test asks --format json mp.c
says out '"name":"asks"'
expect 0 check --test asks --trace trace.json mp.c
expect 0 replay trace.json
says out 'm.ready = 1'
expect 2 check --format herd mp.c

# What is copied chooses what is stored, and is there because of that.
cat >circle.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/test.h>
static long chosen;
static int a[3];
static void stores(void)
{
	long which = READ_ONCE(chosen);

	EXISTS("chosen by itself", which == 1);
	WRITE_ONCE(a[(which & 1) + 1], 1);
}
static void copies(void)
{
	chosen = a[2];
}
static void copies_in_order(void)
{
	WRITE_ONCE(chosen, READ_ONCE(a[2]));
}
static struct lkmc_case cases[] = {
	{ .name = "plainly", .threads = { THREAD(stores), THREAD(copies) }, .expect = { RACES, REACHABLE("chosen by itself") } },
	{ .name = "marked", .threads = { THREAD(stores), THREAD(copies_in_order) }, .expect = { UNREACHABLE("chosen by itself") } },
};
EOF2
expect 0 check circle.c

# Threads that spin, a lock that is queued for with variables on the stack, a deadlock.
cat >locks.c <<'EOF2'
#include <linux/spinlock.h>
#include <linux/atomic.h>
#include <lkmc/test.h>
static DEFINE_SPINLOCK(a);
static DEFINE_SPINLOCK(b);
static int count, locked, flag;
static void ab(void) { spin_lock(&a); spin_lock(&b); count++; spin_unlock(&b); spin_unlock(&a); }
static void ba(void) { spin_lock(&b); spin_lock(&a); count++; spin_unlock(&a); spin_unlock(&b); }
static void increment(void)
{
	while (cmpxchg_acquire(&locked, 0, 1) != 0)
		cpu_relax();
	count++;
	smp_store_release(&locked, 0);
}
static void two(void) { CHECK_INVARIANT(count == 2, "both count"); }
static void wait(void) { while (!READ_ONCE(flag)) cpu_relax(); }
static void set(void) { WRITE_ONCE(flag, 1); }
static void nothing(void) { }
static struct lkmc_case cases[] = {
	{ .name = "inversion", .threads = { THREAD(ab), THREAD(ba) }, .expect = { DEADLOCKS } },
	{ .name = "spinning", .threads = { NAMED_THREAD("one", increment), NAMED_THREAD("other", increment) }, .finally = two, .expect = { HOLDS } },
	{ .name = "is_woken", .threads = { THREAD(wait), THREAD(set) }, .expect = { HOLDS } },
	{ .name = "is_not_woken", .threads = { THREAD(wait), THREAD(nothing) }, .expect = { DEADLOCKS } },
};
EOF2
expect 0 check locks.c

# is_wrong_with NAME LINE MESSAGE CODE: an error of that file at that line, and the next one is checked all the same.
is_wrong_with() {
  printf '#include <lkmc/test.h>\n%s\nstatic struct lkmc_case cases[] = { { .name = "t", .threads = { THREAD(f) } } };\n' "$4" >"$1.c"
  expect 2 check "$1.c" mp.c
  says err "^$1.c:$2:.*error: .*$3"
  says out '^holds:'
}
is_wrong_with syntax 2 "expected expression" 'static void f(void) { int x = ; }'
is_wrong_with undeclared 2 "undeclared identifier" 'static void f(void) { x = 1; }'
is_wrong_with unknown 2 "these have no meaning here: kfree, kmalloc" 'static void f(void) { kfree(kmalloc(1)); }'
is_wrong_with assembly 2 "inline assembly has no meaning here" 'static void f(void) { asm volatile("nop"); }'
is_wrong_with floating 2 "floating point has no meaning here\|the type .double. has no meaning" 'static double d; static void f(void) { d = 1.5; }'
is_wrong_with builtin 2 "__builtin_clz() has no meaning here" 'static int x; static void f(void) { x = __builtin_clz(x); }'
is_wrong_with computed 2 "a computed goto has no meaning here" 'static void f(void) { goto *(&&l); l:; }'
is_wrong_with variable 2 "the type .int\[n\]. has no meaning here" 'static void f(void) { int n = 2; int a[n]; a[0] = 1; }'
is_wrong_with recursion 2 "a recursion without end" 'static void f(void) { f(); }'
is_wrong_with endless 2 "a loop without end" 'static void f(void) { for (int i = 0; ; i++) ; }'
is_wrong_with sizes 2 "lkmc knows no accesses of mixed size" 'static int x; static void f(void) { *(char *)&x = 1; }'
is_wrong_with union 2 "overlap and have different sizes" 'static union { int i; char c; } u; static void f(void) { u.i = 1; u.c = 1; }'
is_wrong_with outside 2 "at offset 8 of .a., which is 8 bytes large" 'static int a[2]; static void f(void) { a[2] = 1; }'
is_wrong_with no_thread 3 "the test t has no thread" '#define THREAD(x) { 0 }'
printf 'int x;\n' >no_case.c
expect 2 check no_case.c
says err '^no_case.c:1:1: error: there is no test in the file'
{ echo '#include <lkmc/test.h>'; for i in $(seq 100000); do echo "int x$i;"; done; } >long.c
expect 2 check long.c
says err '^long.c:1:1: error: there is no test in the file'
{ echo '#include <lkmc/test.h>'; echo -n 'static int x; static void f(void) { x = 1'; for i in $(seq 20000); do echo '+ 1'; done; echo '; }'; } >deep.c
expect 2 check deep.c
says err '^deep.c:.*error: .*nested too deeply'
LKMC_CLANG=/nowhere/clang expect 2 check mp.c

# What a thread does wrong is a violation.
cat >violations.c <<'EOF2'
#include <linux/compiler.h>
#include <lkmc/test.h>
static int *p, zero;
static void null(void) { *p = 1; }
static void divide(void) { zero = 1 / READ_ONCE(zero); }
static void unset(void) { int x; zero = x; }
static int *local(void) { int x = 1; return ({ int *q = &x; q; }); }
static void gone(void) { zero = *local(); }
static struct lkmc_case cases[] = {
	{ .name = "null", .threads = { THREAD(null) }, .expect = { VIOLATED("null pointer dereference") } },
	{ .name = "divide", .threads = { THREAD(divide) }, .expect = { VIOLATED("division by zero") } },
	{ .name = "unset", .threads = { THREAD(unset) }, .expect = { VIOLATED("a variable is used that has no value yet") } },
	{ .name = "gone", .threads = { THREAD(gone) }, .expect = { VIOLATED("use of `x` after the function that it belongs to has returned") } },
};
EOF2
expect 0 check violations.c

# A kernel tree of two files.
mkdir -p tree/lib tree/include/linux
cat >tree/include/linux/flag.h <<'EOF2'
/* A flag. */
#ifndef FLAG_H
struct flag {
	int set;
	struct nobody_has_this unused;
};
#ifdef CONFIG_ORDERED
#define flag_read(f) smp_load_acquire(&(f)->set)
#else
#define flag_read(f) READ_ONCE((f)->set)
#endif
#endif
EOF2
cat >tree/lib/flag.c <<'EOF2'
/* Raises it. */
#include <linux/flag.h>

void flag_raise(struct flag *f)
{
	smp_store_release(&f->set, 1);
}
EXPORT_SYMBOL(flag_raise);
EOF2
cat >flag.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>
#define CONFIG_ORDERED 1
#include KERNEL(include/linux/flag.h, struct flag { set }, flag_read)
#include KERNEL(lib/flag.c, flag_raise)
static struct flag flag;
static int data;
static void writer(void) { WRITE_ONCE(data, 1); flag_raise(&flag); }
static void reader(void) { if (flag_read(&flag)) CHECK_INVARIANT(READ_ONCE(data), "raised means there is data"); }
static struct lkmc_case cases[] = { { .name = "flag", .threads = { THREAD(writer), THREAD(reader) } } };
EOF2
expect 0 check --tree tree flag.c
LKMC_TREE=tree expect 0 check flag.c
expect 2 check flag.c
says err '^flag.c:5:1: error: it takes include/linux/flag.h from a kernel tree: --tree'
sed 's/^#define CONFIG_ORDERED 1//' flag.c >plain.c
expect 1 check --tree tree plain.c
cat >weaker.diff <<'EOF2'
--- a/lib/flag.c
+++ b/lib/flag.c
@@ -3,6 +3,6 @@
 
 void flag_raise(struct flag *f)
 {
-	smp_store_release(&f->set, 1);
+	WRITE_ONCE(f->set, 1);
 }
 EXPORT_SYMBOL(flag_raise);
EOF2
expect 1 check --tree tree --patch weaker.diff flag.c
says out 'raised means there is data'
says out 'flag.c:6'
expect 1 check --tree tree --patch weaker.diff --trace patched.json flag.c
expect 1 replay --tree tree --patch weaker.diff patched.json
sed 's/smp_store_release/something_else/' weaker.diff >stale.diff
expect 2 check --tree tree --patch stale.diff flag.c
says err 'error: the patch stale.diff does not apply to tree'
sed 's/flag_raise)/flag_lower)/' flag.c >moved.c
expect 2 check --tree tree moved.c
says err '^moved.c:6:1: error: lib/flag.c of tree has no flag_lower; has it moved?$'
sed 's/{ set }/{ gone }/' flag.c >member.c
expect 2 check --tree tree member.c
says err '^member.c:5:1: error: include/linux/flag.h of tree has no struct flag: gone; has it moved?$'
sed 's/ { set }//' flag.c >whole.c
expect 2 check --tree tree whole.c
says err '^include/linux/flag.h:5:[0-9]*: error: '
if command -v git >/dev/null; then
  (cd tree && git init -q && git add . && git -c user.name=t -c user.email=t@t commit -qm one) 2>/dev/null
  rm -r tree/lib
  expect 0 check --tree tree@HEAD flag.c
  expect 2 check --tree tree flag.c
  says err '^flag.c:6:1: error: there is no lib/flag.c in tree$'
fi

# What was found is told when the time ends.
cat >endless.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/test.h>
static int x, y;
static void adds(void)
{
	CHECK_INVARIANT(READ_ONCE(x) == 77, "it is 77");
	WRITE_ONCE(x, 1);
	WRITE_ONCE(y, READ_ONCE(x));
	WRITE_ONCE(x, READ_ONCE(y));
}
static struct lkmc_case cases[] = {
	{ .name = "endless", .threads = { THREAD(adds), THREAD(adds), THREAD(adds), THREAD(adds), THREAD(adds), THREAD(adds), THREAD(adds) } },
};
EOF2
expect 1 check --timeout 3 endless.c
says out '^endless: violated: it is 77 .*; inconclusive: the time ran out'

summary
