// SPDX-License-Identifier: Apache-2.0
// Lists under RCU (Documentation/RCU/listRCU.rst, include/linux/rculist.h).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct foo {
  shared<int> x;
  list_head list;
};
struct table {
  list_head head;
  shared<int> gone;
};
// The same for hlists.
struct bar {
  shared<int> x;
  hlist_node node;
};
struct bucket {
  hlist_head head;
};

LITMUS(list_by_one_thread) {
  auto& t = make<table>();
  auto& a = make<foo>();
  auto& b = make<foo>();
  auto& c = make<foo>();
  a.x = 1;
  b.x = 2;
  c.x = 3;
  thread("a", [&] {
    value<foo*> pos;
    const auto sum = [&] {
      value<int> digits = 0;
      list_for_each_entry(pos, &t.head, list) digits = digits * 10 + pos->x;
      return digits;
    };
    CHECK_INVARIANT(list_empty(&t.head), "empty");
    list_add(&b.list, &t.head);
    list_add(&a.list, &t.head);
    CHECK_INVARIANT(sum() == 12, "added at the head");
    list_add_tail(&c.list, &t.head);
    CHECK_INVARIANT(sum() == 123, "added at the tail");
    list_del(&b.list);
    CHECK_INVARIANT(sum() == 13, "deleted");
    list_replace_rcu(&a.list, &b.list);
    CHECK_INVARIANT(sum() == 23, "replaced");
    list_del_rcu(&b.list);
    list_del_rcu(&c.list);
    CHECK_INVARIANT(list_empty(&t.head), "empty again");
    CHECK_INVARIANT(t.head.prev == &t.head, "in both directions");
  });
}
LITMUS(hlist_by_one_thread) {
  auto& t = make<bucket>();
  auto& a = make<bar>();
  auto& b = make<bar>();
  a.x = 1;
  b.x = 2;
  thread("a", [&] {
    value<bar*> pos;
    const auto sum = [&] {
      value<int> digits = 0;
      hlist_for_each_entry(pos, &t.head, node) digits = digits * 10 + pos->x;
      return digits;
    };
    hlist_add_head(&a.node, &t.head);
    hlist_add_head(&b.node, &t.head);
    CHECK_INVARIANT(sum() == 21, "added at the head");
    hlist_del(&a.node);
    CHECK_INVARIANT(sum() == 2, "the last one is deleted");
    hlist_del_rcu(&b.node);
    CHECK_INVARIANT(hlist_empty(&t.head), "empty");
  });
}

TEST_CASE("lists hold what is added until it is deleted (Documentation/core-api/kernel-api.rst; include/linux/list.h)") {
  for (const char* test : {"list_by_one_thread", "hlist_by_one_thread"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.failures.empty());
  }
}

enum class Add { kRcu, kNotRcu };
void list_publishes(Add add) {
  auto& t = make<table>();
  auto& a = make<foo>();
  thread("writer", [&, add] {
    a.x = 1;
    if (add == Add::kRcu) {
      list_add_rcu(&a.list, &t.head);
    } else {
      list_add(&a.list, &t.head);
    }
  });
  thread("reader", [&] {
    rcu_read_lock();
    value<foo*> pos;
    list_for_each_entry_rcu(pos, &t.head, list) {
      exists("found", true);
      exists("stale", pos->x == 0);
    }
    rcu_read_unlock();
  });
}
LITMUS(list_add_rcu_publishes) { list_publishes(Add::kRcu); }
LITMUS(list_add_does_not) { list_publishes(Add::kNotRcu); }
void hlist_publishes(Add add) {
  auto& t = make<bucket>();
  auto& a = make<bar>();
  thread("writer", [&, add] {
    a.x = 1;
    if (add == Add::kRcu) {
      hlist_add_head_rcu(&a.node, &t.head);
    } else {
      hlist_add_head(&a.node, &t.head);
    }
  });
  thread("reader", [&] {
    rcu_read_lock();
    value<bar*> pos;
    hlist_for_each_entry_rcu(pos, &t.head, node) {
      exists("found", true);
      exists("stale", pos->x == 0);
    }
    rcu_read_unlock();
  });
}
LITMUS(hlist_add_rcu_publishes) { hlist_publishes(Add::kRcu); }
LITMUS(hlist_add_does_not) { hlist_publishes(Add::kNotRcu); }

TEST_CASE(
    "list_add_rcu() and hlist_add_head_rcu() publish an entry to readers, the other forms do not "
    "(Documentation/RCU/listRCU.rst)") {
  for (const char* test : {"list_add_rcu_publishes", "hlist_add_rcu_publishes"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 2);
    CHECK(o.reaches("found"));
    CHECK_FALSE(o.reaches("stale"));
    CHECK(o.failures.empty());
    CHECK(o.flags.empty());
  }
  for (const char* test : {"list_add_does_not", "hlist_add_does_not"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.reaches("stale"));
    CHECK(o.flags.size() == 1);
  }
}

// A reader that stands on an entry that is deleted goes on from it; a grace period later nobody stands there.
enum class Delete { kRcu, kNotRcu, kRcuTooEarly };
void list_deletes(Delete how) {
  auto& t = make<table>();
  auto& a = make<foo>();
  WRITE_ONCE(t.head.next, &a.list);
  WRITE_ONCE(t.head.prev, &a.list);
  WRITE_ONCE(a.list.next, &t.head);
  WRITE_ONCE(a.list.prev, &t.head);
  thread("writer", [&, how] {
    if (how == Delete::kNotRcu) {
      list_del(&a.list);
      return;
    }
    list_del_rcu(&a.list);
    if (how == Delete::kRcu) synchronize_rcu();
    a.x = 1;
  });
  thread("reader", [&, how] {
    rcu_read_lock();
    value<foo*> pos;
    list_for_each_entry_rcu(pos, &t.head, list) {
      exists("found", true);
      exists("freed", pos->x == 1);
      if (how != Delete::kNotRcu) break;
    }
    rcu_read_unlock();
  });
}
LITMUS(list_del_rcu_and_wait) { list_deletes(Delete::kRcu); }
LITMUS(list_del_rcu_too_early) { list_deletes(Delete::kRcuTooEarly); }
LITMUS(list_del_under_reader) { list_deletes(Delete::kNotRcu); }

TEST_CASE("list_del_rcu() and a grace period leave nobody on the entry; list_del() pulls it away (listRCU.rst)") {
  const Outcome waits = run("list_del_rcu_and_wait");
  CHECK(waits.reaches("found"));
  CHECK_FALSE(waits.reaches("freed"));
  CHECK(waits.failures.empty());
  CHECK(waits.flags.empty());
  CHECK(run("list_del_rcu_too_early").reaches("freed"));
  CHECK(run("list_del_under_reader").fails_with("LIST_POISON1: the entry was deleted from its list"));
}

// An entry that is moved to where the reader is makes it go round for ever: the bound is hit and said.
LITMUS(list_in_a_circle) {
  auto& t = make<table>();
  auto& a = make<foo>();
  WRITE_ONCE(t.head.next, &a.list);
  WRITE_ONCE(a.list.next, &a.list);
  thread("reader", [&] {
    value<foo*> pos;
    list_for_each_entry_rcu(pos, &t.head, list)(void) READ_ONCE(pos->x);
  });
}
TEST_CASE("a walk that never ends hits the loop bound") {
  const Outcome o = run("list_in_a_circle");
  CHECK(o.executions == 0);
  CHECK(o.bound_hit);
}

// Load buffering through a list pointer: where the reader's walk leads has to be guessed.
LITMUS(list_guessed) {
  auto& t = make<table>();
  auto& a = make<foo>();
  thread("reader", [&] {
    const value<list_head*> first = READ_ONCE(t.head.next);
    WRITE_ONCE(t.gone, 1);
    exists("found", first == &a.list);
    (void)READ_ONCE(first->next);
  });
  thread("writer", [&] {
    IF (READ_ONCE(t.gone) == 1) WRITE_ONCE(t.head.next, &a.list);
  });
}
TEST_CASE("a list pointer that is read before it is written is found") { CHECK(run("list_guessed").reaches("found")); }

}  // namespace
}  // namespace lkmc
