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

# Who waits until the writer is through looks in vain before, and reads x meanwhile; also where it does not need the value.
cat >waits.c <<'EOF2'
#include <linux/atomic.h>
#include <lkmc/test.h>
static int x, y, z;
static void writes(void) { x = 1; smp_store_release(&y, 1); }
static void writes_once(void) { WRITE_ONCE(x, 1); smp_store_release(&y, 1); }
static void keeps(void) { int r0, r1; do { r1 = smp_load_acquire(&y); r0 = READ_ONCE(x); } while (!r1); WRITE_ONCE(z, r0); }
static void drops(void) { int r0; while (!smp_load_acquire(&y)) { r0 = READ_ONCE(x); (void)r0; } }
static void breaks(void) { for (;;) { int r1 = smp_load_acquire(&y), r0 = READ_ONCE(x); if (r1) break; if (r0 == 5) smp_mb(); } }
static void waits_first(void) { while (!smp_load_acquire(&y)) cpu_relax(); WRITE_ONCE(z, x); }
static struct lkmc_case cases[] = {
	{ .name = "keeps", .threads = { THREAD(writes), THREAD(keeps) }, .expect = { RACES } },
	{ .name = "drops", .threads = { THREAD(writes), THREAD(drops) }, .expect = { RACES } },
	{ .name = "breaks", .threads = { THREAD(writes), THREAD(breaks) }, .expect = { RACES } },
	{ .name = "marked", .threads = { THREAD(writes_once), THREAD(breaks) }, .expect = { HOLDS } },
	{ .name = "waits_first", .threads = { THREAD(writes), THREAD(waits_first) }, .expect = { HOLDS } },
};
EOF2
expect 0 check waits.c
# Headers: CONFIG_ symbols, bits, and variables that each CPU has one of, also behind a pointer that is kept in a structure.
cat >headers.c <<'EOF2'
#define LKMC_CPUS 2
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <lkmc/test.h>
#define CONFIG_SET 1
struct node { int value; struct node *next; };
static DEFINE_PER_CPU(unsigned int, counts);
static DEFINE_PER_CPU(struct node, nodes);
static DEFINE_PER_CPU(struct node *, pointers);
static struct { unsigned int *counts; struct node *nodes; } kept = { counts, nodes };
static unsigned long word[2];
static void config(void)
{
	CHECK_INVARIANT(IS_ENABLED(CONFIG_SET) && !IS_ENABLED(CONFIG_NOT_SET), "as the test defines them");
}
static void bits(void)
{
	CHECK_INVARIANT(!test_and_set_bit(65, word) && word[1] == 2 && test_bit(65, word), "it is set");
	CHECK_INVARIANT(test_and_clear_bit(65, word) && word[1] == 0, "it is clear");
	CHECK_INVARIANT(!test_and_set_bit_lock(63, word) && (long)word[0] < 0, "it is taken");
	clear_bit_unlock(63, word);
	CHECK_INVARIANT(!test_bit_acquire(63, word), "it is given back");
	set_bit(1, word);
	change_bit(2, word);
	clear_bit(1, word);
	__set_bit(0, word);
	CHECK_INVARIANT(word[0] == 5 && test_and_change_bit(0, word), "bits 0 and 2");
	__clear_bit(2, word);
	CHECK_INVARIANT(!word[0], "none");
}
static void count(void)
{
	this_cpu_inc(counts);
	this_cpu_add(*kept.counts, 2);
	__this_cpu_dec(counts);
	this_cpu_ptr(&nodes)->value = 4;
	this_cpu_ptr(kept.nodes)->value++;
	this_cpu_write(pointers, this_cpu_ptr(&nodes));
	CHECK_INVARIANT(this_cpu_read(pointers)->value == 5, "all ways lead to the same");
}
static void all_cpus(void)
{
	int cpu, sum = 0;

	for_each_possible_cpu(cpu)
		sum += per_cpu(counts, cpu) + per_cpu(*kept.counts, cpu);
	CHECK_INVARIANT(sum == 8, "each CPU has its own");
	CHECK_INVARIANT(per_cpu_ptr(&nodes, 1)->value == 5 && per_cpu_ptr(kept.nodes, 0)->value == 5, "each CPU has its own");
}
static void set_0(void) { set_bit(0, word); }
static void set_1(void) { set_bit(1, word); }
static void plain_set_1(void) { __set_bit(1, word); }
static void both(void) { EXISTS("a bit is lost", word[0] != 3); }
static struct lkmc_case cases[] = {
	{ .name = "config", .threads = { THREAD(config) }, .expect = { HOLDS } },
	{ .name = "bits", .threads = { THREAD(bits) }, .expect = { HOLDS } },
	{ .name = "counts", .threads = { NAMED_THREAD("0", count), NAMED_THREAD("1", count) }, .finally = all_cpus, .expect = { HOLDS } },
	{ .name = "atomic_bits", .threads = { THREAD(set_0), THREAD(set_1) }, .finally = both, .expect = { UNREACHABLE("a bit is lost") } },
	{ .name = "plain_bits", .threads = { THREAD(set_0), THREAD(plain_set_1) }, .finally = both, .expect = { RACES, REACHABLE("a bit is lost") } },
};
EOF2
expect 0 check headers.c

# What enumerators are, whatever the type of their values.
cat >enumerators.c <<'EOF2'
#include <linux/compiler.h>
#include <lkmc/test.h>
enum { A = 1UL << 4, B = 1UL << 5, C };
enum { D = sizeof(long), E = 7U, F };
enum { G = -5, H, I = 'a' };
enum { J = 1ULL << 40, K = ~0UL };
static void f(void)
{
	CHECK_INVARIANT(A == 16 && B == 32 && C == 33, "unsigned long");
	CHECK_INVARIANT(D == 8 && E == 7 && F == 8, "the size of something, unsigned");
	CHECK_INVARIANT(G == -5 && H == -4 && I == 97, "int");
	CHECK_INVARIANT(J == 1ULL << 40 && K == ~0UL, "large");
}
static struct lkmc_case cases[] = { { .name = "enumerators", .threads = { THREAD(f) }, .expect = { HOLDS } } };
EOF2
expect 0 check enumerators.c

# What is left of a value where it is stored, and what the assignment is worth.
cat >values.c <<'EOF2'
#include <linux/types.h>
#include <lkmc/test.h>
struct fields { unsigned int a : 3; int b : 4; };
static bool shared;
static struct fields kept = { .a = 9, .b = 9 };
static struct { int value; } array[2] = { { 1 }, { .value = 2 } };
static void bools(void)
{
	bool b = 256, c = false;

	b += 5;
	CHECK_INVARIANT(b == 1, "true is 1");
	shared++;
	shared++;
	CHECK_INVARIANT(shared == 1, "also where others see it");
	shared--;
	CHECK_INVARIANT(!shared, "false");
	shared--;
	c |= 4;
	CHECK_INVARIANT(shared == 1 && c == 1 && !(c ^= 1), "what is not 0 is true");
	b += ~0u;
	CHECK_INVARIANT(!b, "1 and the largest of 32 bits are 0");
}
static void fields(void)
{
	struct fields f = { .a = 9, .b = 9 };

	CHECK_INVARIANT(f.a == 1 && f.b == -7, "what fits");
	CHECK_INVARIANT(kept.a == 1 && kept.b == -7, "also if it is there from the beginning");
	CHECK_INVARIANT((f.a = 12) == 4 && (f.a += 5) == 1 && f.a == 1, "an assignment is what fits");
	CHECK_INVARIANT((f.b = 7) == 7 && f.b++ == 7 && f.b == -8 && --f.b == 7 && f.a == 1, "one more than the largest");
}
static void divide(void)
{
	int a = -7, b = -7;

	a /= 2u;
	b %= 4u;
	CHECK_INVARIANT(a == 2147483644 && b == 1, "unsigned where the other side is");
	a = -7;
	a /= 2;
	CHECK_INVARIANT(a == -3, "signed where both are");
}
static void elements(void)
{
	array[0].value += 4;
	CHECK_INVARIANT(array[0].value == 5 && array[1].value == 2, "structures without a name");
}
static struct lkmc_case cases[] = {
	{ .name = "bools", .threads = { THREAD(bools) }, .expect = { HOLDS } },
	{ .name = "fields", .threads = { THREAD(fields) }, .expect = { HOLDS } },
	{ .name = "divide", .threads = { THREAD(divide) }, .expect = { HOLDS } },
	{ .name = "elements", .threads = { THREAD(elements) }, .expect = { HOLDS } },
};
EOF2
expect 0 check values.c

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
#ifdef __KERNEL__
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
says err '^include/linux/flag.h:6:[0-9]*: error: '
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
