// SPDX-License-Identifier: Apache-2.0
// Memory that tests allocate: slab caches, kmalloc(), RCU callbacks.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct node {
  shared<int> key;
  shared<node*> next;
};

LITMUS(alloc_gives_a_fresh_object) {
  kmem_cache<node> cache("node");
  thread("a", [&] {
    const value<node*> n = kmem_cache_zalloc(&cache);
    exists("zero", n->key == 0);
    n->key = 1;
    kmem_cache_free(&cache, n);
  });
}

// What the slab hands out again is what somebody has freed, in executions beside those with a fresh object.
void reuse(unsigned flags, slab_options options = {}) {
  kmem_cache<node> cache("node", flags, options);
  const value<node*> first = kmem_cache_zalloc(&cache);
  shared<int> flag;
  thread("free", [&, first] {
    WRITE_ONCE(flag, 1);
    WRITE_ONCE(first->key, 7);
    kmem_cache_free(&cache, first);
  });
  thread("alloc", [&, first] {
    const value<node*> n = kmem_cache_alloc(&cache);
    exists("reused", n == first);
    exists("fresh", n != first);
    IF (n == first) {
      exists("unordered", READ_ONCE(flag) == 0);
      if (flags == SLAB_TYPESAFE_BY_RCU) exists("kept", READ_ONCE(n->key) == 7);
    }
  });
}
LITMUS(reuse_type_safe) { reuse(SLAB_TYPESAFE_BY_RCU); }
LITMUS(reuse_plain) { reuse(0); }
LITMUS(reuse_unordered) { reuse(SLAB_TYPESAFE_BY_RCU, {.free_alloc = FreeAlloc::kUnordered}); }

TEST_CASE(
    "an allocation goes on with a fresh object and with each that was freed "
    "(include/linux/slab.h, SLAB_TYPESAFE_BY_RCU)") {
  const Outcome once = run("alloc_gives_a_fresh_object");
  CHECK(once.executions == 1);
  CHECK(once.reaches("zero"));
  for (const char* test : {"reuse_type_safe", "reuse_plain"}) {
    const Outcome o = run(test);
    CAPTURE(test);
    CHECK(o.reaches("reused"));
    CHECK(o.reaches("fresh"));
    CHECK_FALSE(o.reaches("unordered"));
  }
  CHECK(run("reuse_type_safe").reaches("kept"));
}
TEST_CASE("a cache can be told not to order a free before the next allocation") { CHECK(run("reuse_unordered").reaches("unordered")); }

LITMUS(double_free) {
  kmem_cache<node> cache("node");
  const value<node*> n = kmem_cache_zalloc(&cache);
  thread("a", [&] { kmem_cache_free(&cache, n); });
  thread("b", [&] { kmem_cache_free(&cache, n); });
}
LITMUS(free_of_a_member) {
  thread("a", [&] {
    const value<node*> n = kzalloc<node>();
    kfree(value<shared<node*>*>(&n->next));
  });
}
LITMUS(free_to_the_wrong_cache) {
  kmem_cache<node> one("one");
  kmem_cache<node> other("other");
  thread("a", [&] { kmem_cache_free(&other, kmem_cache_alloc(&one)); });
}
LITMUS(kfree_of_what_was_not_allocated) {
  auto& n = make<node>();
  thread("a", [&] { kfree(value<node*>(&n)); });
}
TEST_CASE("bad frees are explained (Documentation/mm/slub.rst)") {
  CHECK(run("double_free").failures == std::set<std::string>{"double free of node"});
  CHECK(run("free_of_a_member").fails_with("a pointer into the middle of"));
  CHECK(run("free_to_the_wrong_cache").fails_with("which comes from the kmem_cache one"));
  CHECK(run("kfree_of_what_was_not_allocated").fails_with("a pointer that no allocation has returned"));
}

LITMUS(callback_runs_after_readers) {
  shared<node*> list;
  const value<node*> first = kzalloc<node>();
  list = first;
  thread("reader", [&] {
    rcu_read_lock();
    const value<node*> n = rcu_dereference(list);
    IF (n != nullptr) exists("old", READ_ONCE(n->key) == 0);
    rcu_read_unlock();
  });
  thread("remover", [&, first] {
    rcu_assign_pointer(list, nullptr);
    kfree_rcu(first);
  });
}
void callback_and_barrier(bool waits) {
  no_leaks();
  static shared<int>* done_at;  // a callback captures nothing
  auto& d = make<shared<int>>();
  done_at = &d;
  const value<node*> first = kzalloc<node>();
  thread("remover", [&, first, waits] {
    call_rcu(value<rcu_head*>::from(first.symbolic()), [](value<rcu_head*> head) {
      WRITE_ONCE(*done_at, 1);
      kfree(head);
    });
    if (waits) rcu_barrier();
    exists("not yet", READ_ONCE(d) == 0);
    exists("done", READ_ONCE(d) == 1);
  });
}
LITMUS(barrier_waits_for_callbacks) { callback_and_barrier(true); }
LITMUS(callbacks_without_barrier) { callback_and_barrier(false); }
// A callback that waits for what comes behind the rcu_barrier() that waits for it; and a reader that does so.
void barrier_in_vain(bool reader_waits) {
  static shared<int>* flag_at;
  auto& flag = make<shared<int>>();
  flag_at = &flag;
  const value<rcu_head*> head = kzalloc<rcu_head>();
  if (reader_waits) {
    thread("reader", [&] {
      rcu_read_lock();
      (void)smp_cond_load_relaxed(&flag, VAL == 1);
      rcu_read_unlock();
    });
  }
  thread("remover", [&, head, reader_waits] {
    call_rcu(
        head, reader_waits ? +[](value<rcu_head*>) {} : +[](value<rcu_head*>) { (void)smp_cond_load_relaxed(flag_at, VAL == 1); });
    rcu_barrier();
    WRITE_ONCE(flag, 1);
  });
}
LITMUS(callback_waits_in_vain) { barrier_in_vain(false); }
LITMUS(barrier_waits_for_reader) { barrier_in_vain(true); }
TEST_CASE("rcu_barrier() waits for the callbacks that were there (Documentation/RCU/rcubarrier.rst)") {
  const Outcome b = run("barrier_waits_for_callbacks");
  CHECK(b.executions == 1);
  CHECK(b.reaches("done"));
  CHECK_FALSE(b.reaches("not yet"));
  const Outcome without = run("callbacks_without_barrier");
  CHECK(without.reaches("done"));
  CHECK(without.reaches("not yet"));
}
TEST_CASE("rcu_barrier() waits for ever if a callback or a reader waits for what comes behind it (rcubarrier.rst)") {
  const Outcome o = run("callback_waits_in_vain");
  CHECK(o.executions == 0);
  CHECK(o.deadlocks == 1);
  CHECK(o.all_blocked == std::set<std::string>{"remover waits for a callback of call_rcu()", "RCU callback of remover waits for a value"});
  const Outcome reader = run("barrier_waits_for_reader");
  CHECK(reader.executions == 1);  // the reader comes later
  CHECK(reader.deadlocks > 0);
  CHECK(reader.all_blocked.contains("reader waits for a value"));
  CHECK(reader.all_blocked.contains("remover waits for a callback of call_rcu()"));
}
TEST_CASE("call_rcu() runs its function once, after a grace period (Documentation/RCU/whatisRCU.rst, \"call_rcu()\")") {
  const Outcome o = run("callback_runs_after_readers");
  CHECK(o.reaches("old"));
  CHECK(o.flags.empty());
  CHECK(o.failures.empty());
  CHECK(o.deadlocks == 0);
}

}  // namespace
}  // namespace lkmc
