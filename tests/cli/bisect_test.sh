#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `lkmc batch --bisect`: the commit of a kernel tree that has changed what a test shows.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache
unset LKMC_TREE

repository() { git -C tree -c user.name=A -c user.email=a@example.org -c commit.gpgsign=false "$@"; }
commit() {
  repository add .
  repository commit --quiet --message "$1"
}

mkdir -p tree/lib
repository init --quiet --initial-branch=main
cat >tree/lib/box.h <<'EOF'
/* A box of one message. */
static inline void box_fill(struct box *b, int value)
{
	WRITE_ONCE(b->value, value);
	smp_store_release(&b->full, 1);
}

static inline int box_look(struct box *b)
{
	if (!smp_load_acquire(&b->full))
		return 1;
	return READ_ONCE(b->value);
}
EOF
commit "box: a box"
repository tag v1
echo 'nothing' >tree/lib/other.c
commit "other: not about boxes"
sed -i '1s/.*/\/* A box of one message, which is never emptied. *\//' tree/lib/box.h
commit "box: say what it is"
cp tree/lib/box.h good.h
sed -i 's/return 1;/return 1/' tree/lib/box.h
commit "box: does not compile"
cp good.h tree/lib/box.h
commit "box: compiles again"
sed -i 's/smp_store_release(&b->full, 1)/WRITE_ONCE(b->full, 1)/' tree/lib/box.h
commit "box: who needs a release"
repository tag bad
sed -i '1s/one/a/' tree/lib/box.h
commit "box: words"
repository tag v2
repository revert --no-edit bad >/dev/null
repository tag v3

cat >box.c <<'EOF'
#include <linux/atomic.h>
#include <lkmc/kernel.h>
#include <lkmc/test.h>
struct box { int value, full; };
#include KERNEL(lib/box.h, box_fill, box_look)
static struct box box;
static void fills(void) { box_fill(&box, 1); }
static void looks(void) { CHECK_INVARIANT(box_look(&box) == 1, "what is in the box was put there"); }
static void fills_only(void) { box_fill(&box, 2); }
static struct lkmc_case cases[] = {
	{ .name = "passes_on", .threads = { THREAD(fills), THREAD(looks) }, .expect = { HOLDS } },
	{ .name = "stands", .threads = { THREAD(fills_only) }, .expect = { HOLDS } },
	{}
};
EOF
expect 1 batch --tree tree --bisect v1..v2 box.c
says out '^broken: box.c:passes_on: holds -> failed: '
says out '^    since [0-9a-f]\{12\} ("box: who needs a release")$'
says out '^2 tests: 1 broken, 1 still holding$'
expect 0 batch --tree tree --bisect v2..v3 box.c
says out '^fixed: box.c:passes_on: '
says out '^    since [0-9a-f]\{12\} ("Revert "box: who needs a release"")$'
expect 0 batch --tree tree --bisect v1..v3 box.c
says out '^2 tests: 2 still holding$'
expect 1 batch --tree tree --bisect v1..v2 --report markdown=report.md box.c
check "the report for a pull request says since when" grep -q "since [0-9a-f]\{12\}" report.md

# A test that can be checked at neither end has not changed, and nothing between is looked at.
sed 's/box_look)/box_look, box_empty)/' box.c >never.c
expect 0 batch --tree tree --bisect v1..v2 never.c
says out '^1 tests: 1 still failing$'
check 'no commit is named' [ "$(grep -c since out)" -eq 0 ]
check 'it is run at the two ends' [ "$(wc -l <err)" -eq 2 ]

# What cannot be.
expect 2 batch --tree tree --bisect v1 box.c
says err '^lkmc: error: --bisect: v1 is no range of commits A..B$'
expect 2 batch --bisect v1..v2 box.c
says err '^lkmc: error: --bisect needs --tree, a git repository$'
expect 2 batch --tree tree --bisect v1..v9 box.c
says err '^lkmc: error: tree is no git repository that has the revision v9$'
expect 2 batch --tree tree@v1 --bisect v1..v2 box.c
says err '^lkmc: error: --bisect: --tree names a repository, without a revision$'
expect 2 batch --tree tree --bisect v1..v2 --patch good.h box.c

summary
