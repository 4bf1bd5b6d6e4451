// SPDX-License-Identifier: Apache-2.0
// The address map that stands for the maple tree (Documentation/core-api/maple_tree.rst).
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct vma {
  shared<unsigned long> vm_start;
  shared<int> x;
};
struct mm {
  maple_tree<vma> mt;
  rw_semaphore mmap_lock;
};

LITMUS(tree_by_one_thread) {
  auto& m = make<mm>();
  auto& v = make<vma>();
  thread("a", [&] {
    MA_STATE(mas, &m.mt, 1, 2);
    mas_lock(&mas);
    CHECK_INVARIANT(mas_walk(&mas) == nullptr, "empty");
    mas_store(&mas, &v);
    mas_unlock(&mas);
    CHECK_INVARIANT(mtree_load(&m.mt, 0) == nullptr, "before");
    CHECK_INVARIANT(mtree_load(&m.mt, 1) == &v, "first");
    CHECK_INVARIANT(mtree_load(&m.mt, 2) == &v, "last");
    CHECK_INVARIANT(mtree_load(&m.mt, 3) == nullptr, "behind");
    rcu_read_lock();
    MA_STATE(from, &m.mt, 0, 0);
    CHECK_INVARIANT(mas_find(&from, 3) == &v, "found");
    CHECK_INVARIANT(value<unsigned long>(from.index) == 1UL, "where it is");
    MA_STATE(behind, &m.mt, 3, 3);
    CHECK_INVARIANT(mas_find(&behind, 3) == nullptr, "nothing more");
    rcu_read_unlock();
    mas_lock(&mas);
    CHECK_INVARIANT(mas_erase(&mas) == &v, "what was there");
    mas_unlock(&mas);
    CHECK_INVARIANT(mtree_load(&m.mt, 2) == nullptr, "erased");
  });
}
LITMUS(tree_publishes) {
  auto& m = make<mm>();
  auto& v = make<vma>();
  mt_set_external_lock(&m.mt, &m.mmap_lock);
  thread("mmap", [&] {
    v.x = 1;
    down_write(&m.mmap_lock);
    MA_STATE(mas, &m.mt, 1, 1);
    mas_store(&mas, &v);
    up_write(&m.mmap_lock);
  });
  thread("fault", [&] {
    rcu_read_lock();
    MA_STATE(mas, &m.mt, 1, 1);
    const value<vma*> found = mas_walk(&mas);
    IF (found != nullptr) {
      exists("found", true);
      exists("stale", found->x == 0);
    }
    rcu_read_unlock();
  });
}
void tree_erases(bool grace_period) {
  auto& m = make<mm>();
  auto& v = make<vma>();
  mt_set_external_lock(&m.mt, &m.mmap_lock);
  WRITE_ONCE(m.mt.slot[1], &v);
  thread("munmap", [&, grace_period] {
    down_write(&m.mmap_lock);
    MA_STATE(mas, &m.mt, 1, 1);
    (void)mas_erase(&mas);
    up_write(&m.mmap_lock);
    if (grace_period) synchronize_rcu();
    v.x = 1;
  });
  thread("fault", [&] {
    rcu_read_lock();
    MA_STATE(mas, &m.mt, 1, 1);
    const value<vma*> found = mas_walk(&mas);
    IF (found != nullptr) exists("freed", found->x == 1);
    exists("gone", found == nullptr);
    rcu_read_unlock();
  });
}
LITMUS(tree_erase_and_wait) { tree_erases(true); }
LITMUS(tree_erase_too_early) { tree_erases(false); }

TEST_CASE("the tree holds objects by address (Documentation/core-api/maple_tree.rst)") {
  const Outcome o = run("tree_by_one_thread");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
}
TEST_CASE(
    "mas_store() publishes to mas_walk() under RCU, as rcu_assign_pointer() to rcu_dereference() "
    "(maple_tree.rst, \"Locking\")") {
  const Outcome o = run("tree_publishes");
  CHECK(o.executions == 2);
  CHECK(o.reaches("found"));
  CHECK_FALSE(o.reaches("stale"));
  CHECK(o.flags.empty());
}
TEST_CASE("what is erased is out of reach after a grace period, not before (maple_tree.rst, \"Locking\")") {
  const Outcome waits = run("tree_erase_and_wait");
  CHECK(waits.reaches("gone"));
  CHECK_FALSE(waits.reaches("freed"));
  CHECK(waits.flags.empty());
  CHECK(run("tree_erase_too_early").reaches("freed"));
}

LITMUS(tree_walk_outside_rcu) {
  auto& m = make<mm>();
  thread("a", [&] {
    MA_STATE(mas, &m.mt, 0, 0);
    (void)mas_walk(&mas);
  });
}
LITMUS(tree_store_without_lock) {
  auto& m = make<mm>();
  auto& v = make<vma>();
  mt_set_external_lock(&m.mt, &m.mmap_lock);
  thread("a", [&] {
    down_read(&m.mmap_lock);
    MA_STATE(mas, &m.mt, 0, 0);
    mas_store(&mas, &v);
    up_read(&m.mmap_lock);
  });
}
LITMUS(tree_outside) {
  auto& m = make<mm>();
  thread("a", [&] { (void)mtree_load(&m.mt, 4); });
}
TEST_CASE("misuse of the tree is explained (maple_tree.rst, \"Locking\")") {
  CHECK(run("tree_walk_outside_rcu").fails_with("suspicious RCU usage: mas_walk() neither in an RCU read-side critical section"));
  CHECK(run("tree_store_without_lock").fails_with("suspicious RCU usage: mas_store() without the lock of the tree"));
  CHECK(run("tree_outside").fails_with("mas_walk() of addresses 4 to 4"));
}

}  // namespace
}  // namespace lkmc
