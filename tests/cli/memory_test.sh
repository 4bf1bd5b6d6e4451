#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Memory in C++ tests: what is reported, with which places and names.
set -u
. "$(dirname "$0")/checks.sh"

export XDG_CACHE_HOME=$folder/cache

cat >memory.cc <<'END'
#include "lkmc/litmus.h"
using namespace lkmc;
struct pair {
  shared<int> left;
  shared<int> right;
};
struct node {
  shared<int> key;
  pair sides[2];
  spinlock_t lock;
};
LITMUS(uaf) {
  shared<node *> head;
  const value<node *> first = kzalloc<node>();
  head = first;
  thread("reader", [&] {
    const value<node *> n = rcu_dereference(head);
    IF (n != nullptr) exists("old", n->sides[1].right == 0);
  });
  thread("remover", [&, first] {
    rcu_assign_pointer(head, nullptr);
    kfree(first);
  });
}
LITMUS(late) {
  kmem_cache<node> cache("node", SLAB_TYPESAFE_BY_RCU);
  const value<node *> first = kmem_cache_alloc(&cache);
  thread("reader", [&, first] { exists("old", READ_ONCE(first->key) == 0); });
  thread("remover", [&, first] { kmem_cache_free(&cache, first); });
}
LITMUS(in_time) {
  kmem_cache<node> cache("node", SLAB_TYPESAFE_BY_RCU);
  shared<node *> head;
  const value<node *> first = kmem_cache_alloc(&cache);
  head = first;
  thread("reader", [&] {
    rcu_read_lock();
    const value<node *> n = rcu_dereference(head);
    IF (n != nullptr) exists("old", READ_ONCE(n->key) == 0);
    rcu_read_unlock();
  });
  thread("remover", [&, first] {
    rcu_assign_pointer(head, nullptr);
    kmem_cache_free(&cache, first);
  });
}
LITMUS(uninitialised) {
  thread("a", [] {
    const value<node *> n = kmalloc<node>();
    n->key = n->sides[0].left + 1;
  });
}
LITMUS(twice) {
  const value<node *> n = kzalloc<node>();
  thread("a", [&, n] { kfree(n); });
  thread("b", [&, n] { kfree(n); });
}
LITMUS(leak) {
  no_leaks();
  thread("a", [] { (void)kzalloc<node>(); });
}
LITMUS(race) {
  shared<int> x;
  auto &n = make<node>();
  thread("a", [&] {
    n.key = 1;
    x = n.key;
  });
  thread("b", [&] { WRITE_ONCE(n.key, 2); });
}
END

check_one() { expect 1 check --test "$1" memory.cc; }

check_one uaf
says out 'use after free of node.sides\[1\].right (memory.cc:18; freed in memory.cc:22)'
check_one late
says out 'use after free of node.key (memory.cc:28; freed in memory.cc:29)'
expect 0 check --test in_time memory.cc
says out '^in_time: holds'
says out 'exists "old": reachable'
check_one uninitialised
says out 'use of uninitialised memory: node@a.sides\[0\].left (memory.cc:50'
check_one twice
says out 'double free of node (memory.cc:55; before in memory.cc:56)'
check_one leak
says out 'memory leak of node@a (memory.cc:60)'
check_one race
says out '^  data race: node.key is written by a in memory.cc:66 and written (marked) by b in memory.cc:69$'
says out '^  data race: node.key is read by a in memory.cc:67 and written (marked) by b in memory.cc:69$'

summary
