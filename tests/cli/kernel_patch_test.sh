#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# litmus/kernel notices what is taken away from the kernel: one ordering at a time, by a diff. Needs the kernel tree that LKMC_TREE names.
set -u
. "$(dirname "$0")/checks.sh"
if [ -z "${LKMC_TREE:-}" ]; then
  echo "there is no kernel tree"
  echo "0 passed, 0 failed, 1 skipped"
  exit 0
fi
export XDG_CACHE_HOME=$folder/cache
tree=$LKMC_TREE
cp -rL "$start/litmus/kernel" .

# is_noticed FILE SED TEST RESULT: with the file changed so, that test has that result, and has held before.
is_noticed() {
  rm -rf a b
  mkdir -p "a/$(dirname "$1")" "b/$(dirname "$1")"
  cp "$tree/$1" "a/$1"
  sed "$2" "a/$1" >"b/$1"
  diff -u "a/$1" "b/$1" >patch.diff
  expect 1 batch --jobs 1 --timeout 900 --explain 0 --tree "$tree" --patch patch.diff "kernel/${3%%:*}"
  says out "^broken: kernel/$3: holds -> failed: $4"
}
is_noticed kernel/exit.c '/smp_mb(); \/\* (B) \*\//d' rcuwait.c:no_wake_up_is_lost deadlock
is_noticed kernel/locking/mcs_spinlock.h 's/smp_store_release((l), 1)/WRITE_ONCE(*(l), 1)/' mcs_spinlock.c:mutual_exclusion 'one at a time'
is_noticed include/linux/rcuref.h 's/atomic_sub_return_release(1/atomic_sub_return_relaxed(1/' rcuref.c:the_last_put_destroys 'it is destroyed after all else'
is_noticed lib/llist.c 's/!try_cmpxchg(/!try_cmpxchg_relaxed(/' llist.c:what_was_written_is_seen 'a taken entry is initialised'
is_noticed kernel/irq_work.c '/^\tsmp_mb();/d' irq_work.c:nothing_is_missed 'the callback sees the data'
is_noticed kernel/locking/rwsem.c 's/return_release(-RWSEM_READER/return_relaxed(-RWSEM_READER/' rwsem.c:a_reader_and_a_writer 'no writer is inside'
is_noticed include/linux/rculist.h '/ __list_add_rcu/,/^}/s/rcu_assign_pointer(\(.*\), new)/WRITE_ONCE(\1, new)/' rculist.c:walk_and_add 'an entry is complete'
is_noticed kernel/events/ring_buffer.c '/smp_wmb(); \/\* B, matches C \*\//d' perf_ring_buffer.c:a_published_record_is_read 'a published record is there'
is_noticed kernel/locking/qrwlock.c 's/atomic_cond_read_acquire/atomic_cond_read_relaxed/' qrwlock.c:a_reader_and_a_writer 'no writer is inside'

# A patch that does not apply is told once, before anything runs.
sed 's/try_cmpxchg/no_such_line/' patch.diff >stale.diff
sed -i 's/atomic_cond/no_such_line/' stale.diff
expect 2 batch --tree "$tree" --patch stale.diff kernel
says err '^stale.diff:1:1: error: the patch stale.diff does not apply'

summary
