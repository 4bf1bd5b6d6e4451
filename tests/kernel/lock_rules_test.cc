// SPDX-License-Identifier: Apache-2.0
// Locking rules: what is an error and what is not, for each form of rule; what follows from rules alone; and the table of
// process_addrs.rst. Names of members come from debug information, which this binary need not have.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "lkmc/litmus.h"
#include "models/mm_rules.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct guarded {
  rw_semaphore outer;
  rwlock_t inner;
  spinlock_t spin;
  mutex m;
  lock_token token;
  shared<int> x;
  shared<int*> pointer;
  atomic_t counter;

  const named_lock o{"outer", &outer};
  const named_lock i{"inner", &inner};
  const named_lock s{"spin", &spin};
  const named_lock t{"token", &token};
};

// One thread, and x under a rule.
template <class Rule, class F>
void one_thread(const Rule& rule, const F& code) {
  auto& g = make<guarded>();
  guarded_by(g.x, rule(g));
  thread("a", [&] { code(g); });
}
lock_rule both(guarded& g) { return {.write = g.o.w & g.i.w, .read = g.o | g.i}; }

// --- who may write --------------------------------------------------------------------------------------------------------

template <class F>
void with_both(guarded& g, const F& code) {
  down_write(&g.outer);
  write_lock(&g.inner);
  code();
  write_unlock(&g.inner);
  up_write(&g.outer);
}

LITMUS(write_with_both) {
  one_thread(both, [](guarded& g) { with_both(g, [&] { g.x = 1; }); });
}
LITMUS(write_without_inner) {
  one_thread(both, [](guarded& g) {
    down_write(&g.outer);
    g.x = 1;
    up_write(&g.outer);
  });
}
LITMUS(write_without_outer) {
  one_thread(both, [](guarded& g) {
    write_lock(&g.inner);
    g.x = 1;
    write_unlock(&g.inner);
  });
}
LITMUS(write_without_any) {
  one_thread(both, [](guarded& g) { g.x = 1; });
}
LITMUS(write_with_inner_shared) {
  one_thread(both, [](guarded& g) {
    down_write(&g.outer);
    read_lock(&g.inner);
    g.x = 1;
    read_unlock(&g.inner);
    up_write(&g.outer);
  });
}
LITMUS(write_with_the_lock_of_another) {
  auto& g = make<guarded>();
  auto& other = make<guarded>();
  guarded_by(g.x, both(g));
  thread("a", [&] { with_both(other, [&] { g.x = 1; }); });
}
LITMUS(write_behind_the_unlock) {
  one_thread(both, [](guarded& g) {
    with_both(g, [] {});
    g.x = 1;
  });
}
LITMUS(write_behind_the_downgrade) {
  one_thread(both, [](guarded& g) {
    down_write(&g.outer);
    downgrade_write(&g.outer);
    write_lock(&g.inner);
    g.x = 1;
    write_unlock(&g.inner);
    up_read(&g.outer);
  });
}

TEST_CASE("who writes needs all the locks of the rule, for writing, of this object, and still") {
  const Outcome right = run("write_with_both");
  CHECK(right.executions == 1);
  CHECK(right.broken_rules.empty());
  CHECK(run("write_without_inner").breaks_rule("locking rule: guarded"));
  CHECK(run("write_without_inner").breaks_rule(": written without inner.w (write: outer.w & inner.w; "));
  CHECK(run("write_without_inner").breaks_rule("), holding outer.w (down_write() in "));
  CHECK(run("write_without_outer").breaks_rule("written without outer.w (write: "));
  CHECK(run("write_without_any").breaks_rule("written without outer.w & inner.w (write: "));
  CHECK(run("write_without_any").breaks_rule(", holding no lock"));
  CHECK(run("write_with_inner_shared").breaks_rule("written without inner.w (write: "));
  CHECK(run("write_with_the_lock_of_another").breaks_rule("written without outer.w & inner.w (write: "));
  CHECK(run("write_behind_the_unlock").breaks_rule("written without outer.w & inner.w (write: "));
  CHECK(run("write_behind_the_downgrade").breaks_rule("written without outer.w (write: "));
}

// --- who may read ---------------------------------------------------------------------------------------------------------

LITMUS(read_with_one) {
  one_thread(both, [](guarded& g) {
    read_lock(&g.inner);
    (void)value<int>(g.x);
    read_unlock(&g.inner);
  });
}
LITMUS(read_with_none) {
  one_thread(both, [](guarded& g) { (void)READ_ONCE(g.x); });
}
LITMUS(read_behind_the_downgrade) {
  one_thread(both, [](guarded& g) {
    down_write(&g.outer);
    downgrade_write(&g.outer);
    (void)value<int>(g.x);
    up_read(&g.outer);
  });
}
LITMUS(atomic_without_lock) {
  auto& g = make<guarded>();
  guarded_by(g.counter, {.write = g.s, .read = no_lock()});
  thread("a", [&] {
    (void)atomic_read(&g.counter);
    atomic_inc(&g.counter);
  });
}
LITMUS(failed_cmpxchg_is_a_read) {
  auto& g = make<guarded>();
  guarded_by(g.x, {.write = nobody(), .read = no_lock()});
  thread("a", [&] { (void)cmpxchg(&g.x, 1, 2); });
}

TEST_CASE("who reads needs one of the locks, in any way") {
  CHECK(run("read_with_one").broken_rules.empty());
  CHECK(run("read_behind_the_downgrade").broken_rules.empty());
  CHECK(run("read_with_none").breaks_rule(": read without the locks for it (read: outer | inner; "));
}
TEST_CASE("read-modify-writes are both") {
  const Outcome o = run("atomic_without_lock");
  CHECK(o.broken_rules.size() == 1);
  CHECK(o.breaks_rule(": written without spin "));
  CHECK(run("failed_cmpxchg_is_a_read").broken_rules.empty());
}

// --- only in some executions ---------------------------------------------------------------------------------------------

LITMUS(unlocked_when_it_sees_the_flag) {
  auto& g = make<guarded>();
  shared<bool> flag;
  guarded_by(g.x, {.write = g.s, .read = g.s});
  thread("a", [&] { WRITE_ONCE(flag, true); });
  thread("b", [&] {
    IF (READ_ONCE(flag)) {
      WRITE_ONCE(g.x, 1);
    }
    ELSE {
      spin_lock(&g.spin);
      g.x = 1;
      spin_unlock(&g.spin);
    }
  });
}
LITMUS(locked_when_trylock_succeeds) {
  auto& g = make<guarded>();
  guarded_by(g.x, {.write = g.s, .read = g.s});
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      if (!spin_trylock(&g.spin)) return;
      g.x += 1;
      spin_unlock(&g.spin);
    });
  }
}

TEST_CASE("each path is judged by what it holds") {
  const Outcome o = run("unlocked_when_it_sees_the_flag");
  CHECK(o.executions == 2);
  CHECK(o.broken_rules.size() == 1);
  CHECK(o.breaks_rule("written without spin"));
  CHECK(run("locked_when_trylock_succeeds").broken_rules.empty());
}

// --- NULL to non-NULL ----------------------------------------------------------------------------------------------------

lock_rule set_with_less(guarded& g) { return {.write = g.o.w, .read = g.o, .write_if_null = g.o & g.s}; }

template <class F>
void pointer_test(bool is_set, const F& code, int threads = 1) {
  auto& g = make<guarded>();
  guarded_by(g.pointer, set_with_less(g));
  static int target;
  if (is_set) g.pointer = &target;
  for (int n = 0; n < threads; ++n) {
    thread(n == 0 ? "a" : "b", [&] {
      down_read(&g.outer);
      spin_lock(&g.spin);
      code(g, &target);
      spin_unlock(&g.spin);
      up_read(&g.outer);
    });
  }
}
LITMUS(null_is_replaced) {
  pointer_test(false, [](guarded& g, int* p) { WRITE_ONCE(g.pointer, p); });
}
LITMUS(non_null_is_replaced) {
  pointer_test(true, [](guarded& g, int* p) { WRITE_ONCE(g.pointer, p); });
}
LITMUS(null_over_non_null) {
  pointer_test(true, [](guarded& g, int*) { WRITE_ONCE(g.pointer, nullptr); });
}
LITMUS(null_over_null) {
  pointer_test(false, [](guarded& g, int*) { WRITE_ONCE(g.pointer, nullptr); });
}
// Either comes first; the other replaces what is not NULL any more.
LITMUS(both_set_blindly) {
  pointer_test(
      false, [](guarded& g, int* p) { WRITE_ONCE(g.pointer, p); }, 2);
}
LITMUS(both_look_first) {
  pointer_test(
      false,
      [](guarded& g, int* p) {
        IF (READ_ONCE(g.pointer) == nullptr) WRITE_ONCE(g.pointer, p);
      },
      2);
}
LITMUS(cmpxchg_from_null) {
  pointer_test(
      false, [](guarded& g, int* p) { (void)cmpxchg(&g.pointer, nullptr, p); }, 2);
}
LITMUS(exchanged_blindly) {
  pointer_test(
      false, [](guarded& g, int* p) { (void)xchg(&g.pointer, p); }, 2);
}
LITMUS(null_is_replaced_with_still_less) {
  auto& g = make<guarded>();
  guarded_by(g.pointer, set_with_less(g));
  static int target;
  thread("a", [&] {
    down_read(&g.outer);
    WRITE_ONCE(g.pointer, &target);
    up_read(&g.outer);
  });
}
LITMUS(non_null_is_replaced_with_all) {
  auto& g = make<guarded>();
  guarded_by(g.pointer, set_with_less(g));
  static int target;
  g.pointer = &target;
  thread("a", [&] {
    down_write(&g.outer);
    g.pointer = nullptr;
    up_write(&g.outer);
  });
}

TEST_CASE("NULL to non-NULL may need less, by the value that the store overwrites") {
  const char* const wrong =
      "written without outer.w, which is right only from NULL to non-NULL "
      "(write: outer.w; NULL to non-NULL: outer & spin; ";
  CHECK(run("null_is_replaced").broken_rules.empty());
  CHECK(run("non_null_is_replaced").breaks_rule(wrong));
  CHECK(run("null_over_non_null").breaks_rule(wrong));
  CHECK(run("null_over_null").breaks_rule(wrong));
  CHECK(run("both_set_blindly").breaks_rule(wrong));
  CHECK(run("both_look_first").broken_rules.empty());
  CHECK(run("cmpxchg_from_null").broken_rules.empty());
  CHECK(run("exchanged_blindly").breaks_rule(wrong));
  CHECK(run("null_is_replaced_with_still_less").breaks_rule("written without outer.w (write: "));
  CHECK(run("non_null_is_replaced_with_all").broken_rules.empty());
}

// --- tokens ---------------------------------------------------------------------------------------------------------------

lock_rule by_token(guarded& g) { return {.write = g.t.w, .read = g.t}; }

LITMUS(token_for_writing) {
  one_thread(by_token, [](guarded& g) {
    acquire_token(&g.token);
    g.x = 1;
    lockdep_assert_held_write(&g.token);
    release_token(&g.token);
    lockdep_assert_not_held(&g.token);
  });
}
LITMUS(token_for_reading) {
  one_thread(by_token, [](guarded& g) {
    acquire_token_shared(&g.token);
    acquire_token_shared(&g.token);  // two references
    release_token_shared(&g.token);
    (void)value<int>(g.x);
    release_token_shared(&g.token);
  });
}
LITMUS(token_for_reading_and_a_write) {
  one_thread(by_token, [](guarded& g) {
    acquire_token_shared(&g.token);
    g.x = 1;
    release_token_shared(&g.token);
  });
}
LITMUS(token_given_back) {
  one_thread(by_token, [](guarded& g) {
    acquire_token(&g.token);
    release_token(&g.token);
    (void)READ_ONCE(g.x);
  });
}
LITMUS(token_not_held) {
  one_thread(by_token, [](guarded& g) { release_token(&g.token); });
}
LITMUS(token_kept) {
  one_thread(by_token, [](guarded& g) { acquire_token(&g.token); });
}

TEST_CASE("a token is a lock that model code takes and gives back") {
  for (const char* test : {"token_for_writing", "token_for_reading"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.failures.empty());
    CHECK(o.broken_rules.empty());
  }
  CHECK(run("token_for_reading_and_a_write").breaks_rule("written without token.w"));
  CHECK(run("token_given_back").breaks_rule("read without token "));
  CHECK(run("token_not_held").fails_with("bad unlock balance: release_token()"));
  CHECK(run("token_kept").fails_with("lock held when the thread returns: what it took with acquire_token()"));
}

// --- private objects -----------------------------------------------------------------------------------------------------

struct node {
  shared<int> key;
  shared<int> data;
  spinlock_t lock;
  node() { guarded_by(data, {.write = named_lock("lock", &lock), .read = named_lock("lock", &lock)}); }
};

LITMUS(set_up_and_finally_are_free) {
  auto& n = make<node>();
  n.data = 1;
  thread("a", [&] { (void)READ_ONCE(n.key); });
  finally([&] { CHECK_INVARIANT(n.data == 1, "the initial value"); });
}
LITMUS(private_until_published) {
  auto& n = make<node>();
  shared<node*> published;
  thread("a", [&] {
    begin_private(&n);
    n.data = 1;
    end_private(&n);
    smp_store_release(&published, &n);
  });
}
LITMUS(written_once_published) {
  auto& n = make<node>();
  thread("a", [&] {
    begin_private(&n);
    n.data = 1;
    end_private(&n);
    WRITE_ONCE(n.data, 2);
  });
}
LITMUS(private_to_another) {
  auto& n = make<node>();
  thread("a", [&] { begin_private(&n); });
  thread("b", [&] { WRITE_ONCE(n.data, 1); });
}
LITMUS(the_object_beside_it) {
  auto& n = make<node>();
  auto& other = make<node>();
  thread("a", [&] {
    begin_private(&other);
    WRITE_ONCE(n.data, 1);
  });
}
LITMUS(allocated_and_published) {
  kmem_cache<node> cache("node");
  thread("a", [&] {
    const value<node*> n = kmem_cache_zalloc(&cache);
    begin_private(n);
    n->data = 1;
    end_private(n);
    WRITE_ONCE(n->key, 1);
    kmem_cache_free(&cache, n);
  });
}
LITMUS(allocated_and_not_private) {
  kmem_cache<node> cache("node");
  thread("a", [&] {
    const value<node*> n = kmem_cache_zalloc(&cache);
    n->data = 1;
    kmem_cache_free(&cache, n);
  });
}
LITMUS(allocated_twice) {
  kmem_cache<node> cache("node", SLAB_TYPESAFE_BY_RCU);
  thread("a", [&] {
    for (int i = 0; i < 2; ++i) {
      const value<node*> n = kmem_cache_alloc(&cache);
      begin_private(n);
      n->data = i;
      kmem_cache_free(&cache, n);
    }
  });
}
LITMUS(private_twice) {
  auto& n = make<node>();
  thread("a", [&] {
    begin_private(&n);
    begin_private(&n);
  });
}
LITMUS(public_already) {
  auto& n = make<node>();
  thread("a", [&] { end_private(&n); });
}

TEST_CASE("who has an object to himself needs no lock") {
  for (const char* test : {"set_up_and_finally_are_free", "private_until_published", "allocated_and_published", "allocated_twice"}) {
    CAPTURE(test);
    const Outcome o = run(test);
    CHECK(o.executions > 0);
    CHECK(o.failures.empty());
    CHECK(o.final_failures.empty());
    CHECK(o.broken_rules.empty());
  }
  for (const char* test : {"written_once_published", "private_to_another", "the_object_beside_it"}) {
    CAPTURE(test);
    CHECK(run(test).breaks_rule(": written without lock "));
  }
  CHECK(run("allocated_and_not_private").breaks_rule(": written without lock "));
  CHECK(run("private_twice").fails_with("begin_private() of an object that is private to this thread already"));
  CHECK(run("public_already").fails_with("end_private() of an object that is not private to this thread"));
}

// --- mistakes ------------------------------------------------------------------------------------------------------------

LITMUS(two_rules) {
  auto& g = make<guarded>();
  guarded_by(g.x, both(g));
  guarded_by(g.x, both(g));
}
LITMUS(rule_in_a_thread) {
  auto& g = make<guarded>();
  thread("a", [&] { guarded_by(g.x, both(g)); });
}
LITMUS(private_in_the_set_up) {
  auto& g = make<guarded>();
  begin_private(&g);
}
LITMUS(meetings_of_nothing) {
  auto& g = make<guarded>();
  (void)meetings(g.x);
}

TEST_CASE("mistakes in rules are explained") {
  const std::string twice = run("two_rules").setup_failure;
  CHECK(twice.starts_with("guarded_by(): guarded"));
  CHECK(twice.find(" has a rule already, in ") != std::string::npos);
  CHECK(twice.find("lock_rules_test.cc:") != std::string::npos);
  CHECK(run("rule_in_a_thread").fails_with("guarded_by() belongs into the set-up of a test"));
  CHECK(run("private_in_the_set_up").setup_failure == "begin_private() belongs into a thread");
  CHECK(run("meetings_of_nothing").setup_failure == "meetings(): no locking rule is declared for the variable");
}

// --- what must be marked -------------------------------------------------------------------------------------------------

// The reader has a lock that the writer does not take.
lock_rule another_lock(guarded& g) { return {.write = g.o.w, .read = g.o | g.i}; }

LITMUS(plain_write) {
  one_thread(another_lock, [](guarded& g) {
    down_write(&g.outer);
    g.x = 1;
    up_write(&g.outer);
  });
}
LITMUS(plain_read) {
  one_thread(another_lock, [](guarded& g) {
    read_lock(&g.inner);
    (void)value<int>(g.x);
    read_unlock(&g.inner);
  });
}
LITMUS(plain_increment) {
  one_thread(another_lock, [](guarded& g) {
    down_write(&g.outer);
    g.x += 1;  // the read meets nobody
    up_write(&g.outer);
  });
}
LITMUS(marked_accesses) {
  one_thread(another_lock, [](guarded& g) {
    down_write(&g.outer);
    smp_store_release(&g.x, READ_ONCE(g.x) + 1);
    up_write(&g.outer);
    read_lock(&g.inner);
    (void)smp_load_acquire(&g.x);
    read_unlock(&g.inner);
  });
}
LITMUS(plain_read_that_meets_nobody) {
  one_thread(another_lock, [](guarded& g) {
    down_read(&g.outer);
    (void)value<int>(g.x);
    up_read(&g.outer);
  });
}
LITMUS(lockless_reader) {
  one_thread([](guarded& g) { return lock_rule{.write = g.s, .read = no_lock()}; }, [](guarded& g) { (void)value<int>(g.x); });
}
LITMUS(plain_write_of_a_shared_writer) {
  one_thread([](guarded& g) { return lock_rule{.write = g.o, .read = nobody()}; },
             [](guarded& g) {
               down_read(&g.outer);
               g.x = 1;
               up_read(&g.outer);
             });
}
LITMUS(wrong_and_plain) {
  one_thread(another_lock, [](guarded& g) { g.x = 1; });
}

TEST_CASE("an access must be marked where the rules let others in") {
  CHECK(run("plain_write").broken_rules.size() == 1);
  CHECK(run("plain_write").breaks_rule("unmarked access: guarded"));
  CHECK(run("plain_write").breaks_rule(": a plain write with outer.w may meet a reader with inner, so it needs WRITE_ONCE() ("));
  CHECK(run("plain_read").broken_rules.size() == 1);
  CHECK(run("plain_read").breaks_rule(": a plain read with inner may meet a writer with outer.w, so it needs READ_ONCE() ("));
  CHECK(run("plain_increment").broken_rules.size() == 1);
  CHECK(run("plain_increment").breaks_rule("a plain write with outer.w"));
  CHECK(run("lockless_reader").breaks_rule("a plain read with no lock may meet a writer with spin"));
  CHECK(run("plain_write_of_a_shared_writer").breaks_rule("a plain write with outer may meet a writer with outer"));
  for (const char* test : {"marked_accesses", "plain_read_that_meets_nobody"}) {
    CAPTURE(test);
    CHECK(run(test).broken_rules.empty());
  }
  // Who breaks the rule is not told how to do so.
  CHECK(run("wrong_and_plain").broken_rules.size() == 1);
  // None of these has a data race.
  for (const char* test : {"plain_write", "plain_read", "lockless_reader"}) CHECK(run(test).flags.empty());
}

using Lines = std::vector<std::string>;

TEST_CASE("what rules allow to meet") {
  const named_lock a("a"), b("b");
  CHECK(meetings(lock_rule{.write = a.w, .read = a}).empty());
  CHECK(meetings(lock_rule{.write = a.w & b.w, .read = a | b}).empty());
  CHECK(meetings(lock_rule{.write = a.w, .read = a | b}) == Lines{"a reader with b may meet a writer with a.w"});
  CHECK(meetings(lock_rule{.write = a, .read = a}) ==
        Lines{"a reader with a may meet a writer with a", "a writer with a may meet a writer with a"});
  CHECK(meetings(lock_rule{.write = a, .read = a.w}) == Lines{"a writer with a may meet a writer with a"});
  CHECK(meetings(lock_rule{.write = a.w | b.w, .read = a & b}) == Lines{"a writer with b.w may meet a writer with a.w"});
  CHECK(meetings(lock_rule{.write = nobody(), .read = no_lock()}).empty());
  CHECK(meetings(lock_rule{.write = a.w, .read = no_lock()}) == Lines{"a reader with no lock may meet a writer with a.w"});
  CHECK(meetings(lock_rule{.write = no_lock(), .read = nobody()}) == Lines{"a writer with no lock may meet a writer with no lock"});
}

// --- process_addrs.rst -----------------------------------------------------------------------------------------------------

struct all_fields {
  shared<int> vm_start, vm_end, vm_pgoff, vm_mm, vm_page_prot, vm_flags, vm_file, vm_ops, vm_private_data, anon_name;
  atomic_long_t swap_readahead_info;
  shared<int> vm_policy, numab_state, vm_userfaultfd_ctx, shared_rb, shared_rb_subtree_last, anon_vma_chain, anon_vma;
};
struct all_locks {
  rw_semaphore mmap, vma, anon_vma, i_mmap;
  spinlock_t page_table_lock, swap, numab;
};

std::map<std::string, Lines>& derived() {
  static std::map<std::string, Lines> all;
  return all;
}

LITMUS(table_of_vma_rules) {
  auto& f = make<all_fields>();
  auto& l = make<all_locks>();
  mm_rules::guard_vma(f, {.mmap = {"mmap", &l.mmap},
                          .vma = {"vma", &l.vma},
                          .anon_vma = {"anon_vma", &l.anon_vma},
                          .i_mmap = {"i_mmap", &l.i_mmap},
                          .page_table_lock = {"page_table_lock", &l.page_table_lock},
                          .swap = {"swap lock", &l.swap},
                          .numab = {"numab lock", &l.numab}});
  derived()["vm_start"] = meetings(f.vm_start);
  derived()["vm_end"] = meetings(f.vm_end);
  derived()["vm_pgoff"] = meetings(f.vm_pgoff);
  derived()["vm_mm"] = meetings(f.vm_mm);
  derived()["vm_page_prot"] = meetings(f.vm_page_prot);
  derived()["vm_flags"] = meetings(f.vm_flags);
  derived()["vm_file"] = meetings(f.vm_file);
  derived()["vm_ops"] = meetings(f.vm_ops);
  derived()["anon_name"] = meetings(f.anon_name);
  derived()["swap_readahead_info"] = meetings(f.swap_readahead_info);
  derived()["vm_policy"] = meetings(f.vm_policy);
  derived()["numab_state"] = meetings(f.numab_state);
  derived()["vm_userfaultfd_ctx"] = meetings(f.vm_userfaultfd_ctx);
  derived()["shared_rb"] = meetings(f.shared_rb);
  derived()["shared_rb_subtree_last"] = meetings(f.shared_rb_subtree_last);
  derived()["anon_vma_chain"] = meetings(f.anon_vma_chain);
  derived()["anon_vma"] = meetings(f.anon_vma);
  guarded_by(f.vm_private_data, {.write = no_lock(), .read = no_lock()});  // has no rule yet, or this would fail
}

TEST_CASE("the fields of a vma: who meets whom by the tables of process_addrs.rst, worked out by hand") {
  CHECK(run("table_of_vma_rules").setup_failure.empty());
  // Writers take every lock that a reader may come with, or there are none.
  for (const char* field : {"vm_start", "vm_end", "vm_pgoff", "vm_mm", "vm_file", "vm_ops"}) {
    CAPTURE(field);
    CHECK(derived().at(field).empty());
  }
  // The rmap locks are not among them.
  for (const char* field : {"vm_page_prot", "vm_flags", "anon_name", "vm_policy", "vm_userfaultfd_ctx"}) {
    CAPTURE(field);
    CHECK(derived().at(field) == Lines{"a reader with anon_vma | i_mmap may meet a writer with mmap.w & vma.w"});
  }
  // Only one of them is.
  for (const char* field : {"shared_rb", "shared_rb_subtree_last"}) {
    CAPTURE(field);
    CHECK(derived().at(field) == Lines{"a reader with anon_vma may meet a writer with mmap.w & vma.w & i_mmap.w"});
  }
  CHECK(derived().at("anon_vma_chain") == Lines{"a reader with mmap | vma | i_mmap may meet a writer with mmap & anon_vma.w"});
  // mmap_lock for reading keeps out nobody who reads; writers keep out each other by the lock of the row.
  CHECK(derived().at("swap_readahead_info") ==
        Lines{"a reader with mmap | vma | anon_vma | i_mmap may meet a writer with mmap & swap lock"});
  CHECK(derived().at("numab_state") == Lines{"a reader with mmap | vma | anon_vma | i_mmap may meet a writer with mmap & numab lock"});
  CHECK(derived().at("anon_vma") == Lines{"a reader with i_mmap may meet a writer with mmap.w & vma.w & anon_vma.w",
                                          "a reader with mmap | vma | anon_vma | i_mmap may meet a writer with mmap & page_table_lock"});
}

TEST_CASE("docs/lock-rules.md has what follows from the rules") {
  (void)run("table_of_vma_rules");
  std::ifstream file("docs/lock-rules.md");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  for (const auto& [field, lines] : derived()) {
    std::string row = "| `" + field + "` | ";
    for (const std::string& line : lines) {
      row += (line == lines.front() ? "" : "; ");
      for (const char c : line) row += c == '|' ? std::string("or") : std::string(1, c);
    }
    row += lines.empty() ? "nobody |\n" : " |\n";
    CHECK_MESSAGE(text.find(row) != std::string::npos, "missing: ", row);
  }
}

}  // namespace
}  // namespace lkmc
