#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# lkmc repair finds what mended bugs of the kernel: all of litmus/repair and v6.4's per-VMA lock, and, where LKMC_TREE names a kernel
# tree, barriers that a diff takes away from the kernel's own functions. docs/orderings.md compares the repairs with the commits.
set -u
. "$(dirname "$0")/checks.sh"
export XDG_CACHE_HOME=$folder/cache

# changes: the lines that the diff in `out` adds, without their indentation, in a line.
changes() { sed -n 's/^+[[:space:]]*\([^+[:space:]].*\)/\1/p' out | paste -sd' '; }
# becomes TEXT: the repair consists of these lines.
becomes() { check "the repair is: $1 (not: $(changes))" [ "$(changes)" = "$1" ]; }

# is_repaired NAME LINES: the bug is there, these lines are its repair, and with them it is gone.
is_repaired() {
  cp "$start/litmus/repair/$1.litmus" .
  expect 0 check "$1.litmus"
  says out "^Observation $1 Sometimes "
  expect 0 repair "$1.litmus"
  becomes "$2"
  sed -n '/^--- a/,$p' out >repair.diff
  check 'the diff applies' patch --quiet -p1 -i repair.diff
  expect 0 check "$1.litmus"
  says out "^Observation $1 Never "
}
is_repaired io-uring-sqpoll 'smp_mb();'
is_repaired legitimize-mnt 'smp_mb(); smp_mb();'
is_repaired perf-ring-buffer 'smp_store_release(head, 2); r0 = smp_load_acquire(data); r2 = smp_load_acquire(head);'
is_repaired rtmutex 'r0 = smp_load_acquire(owner);'
is_repaired vma-detached-v5 'r0 = smp_load_acquire(vm_lock_seq); smp_store_release(vm_lock_seq, -1);'
is_repaired vma-writer-wait 'r0 = atomic_read_acquire(refcnt);'
check 'all files of litmus/repair are tried' [ "$(ls "$start"/litmus/repair/*.litmus | wc -l)" -eq 6 ]

# The per-VMA lock of v6.4: both halves of the commit, in the C++ source.
cp "$start/litmus/vma/detached.cc" .
expect 0 repair --test reader_gets_a_detached_vma detached.cc
becomes 'seq = smp_load_acquire(&mm.mm_lock_seq); smp_store_release(&mm.mm_lock_seq, seq + 1);'

if [ -z "${LKMC_TREE:-}" ]; then
  echo "$passed passed, $failed failed, 1 skipped"
  [ "$failed" -eq 0 ]
  exit
fi

# is_given_back FILE SED TEST LINES: what was taken away from a file of the kernel, or what does as well, is the repair.
is_given_back() {
  mkdir -p "a/$(dirname "$1")" "b/$(dirname "$1")"
  cp "$LKMC_TREE/$1" "a/$1"
  sed "$2" "a/$1" >"b/$1"
  diff -u "a/$1" "b/$1" >patch.diff
  cp -L "$start/litmus/kernel/${3%%:*}" .
  expect 0 repair --tree "$LKMC_TREE" --patch patch.diff --test "${3##*:}" "${3%%:*}"
  says out "^+++ b/$1$"
  becomes "$4"
}
is_given_back kernel/exit.c '/smp_mb(); \/\* (B) \*\//d' rcuwait.c:no_wake_up_is_lost 'smp_mb();'
is_given_back kernel/events/ring_buffer.c '/smp_wmb(); \/\* B, matches C \*\//d' perf_ring_buffer.c:a_published_record_is_read \
  'smp_store_release(&rb->user_page->data_head, head);'

summary
