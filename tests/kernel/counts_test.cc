// SPDX-License-Identifier: Apache-2.0
// Atomics and reference counts.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

LITMUS(atomic_inc_counts) {
  auto& a = make<atomic_t>();
  for (const char* name : {"a", "b"}) thread(name, [&] { atomic_inc(&a); });
  finally([&] { CHECK_INVARIANT(atomic_read(&a) == 2, "none is lost"); });
}
LITMUS(atomic_results) {
  auto& a = make<atomic_t>();
  thread("a", [&] {
    CHECK_INVARIANT(atomic_fetch_add(5, &a) == 0, "fetch_add");
    CHECK_INVARIANT(atomic_sub_return_relaxed(2, &a) == 3, "sub_return");
    CHECK_INVARIANT(atomic_fetch_andnot_acquire(1, &a) == 3, "fetch_andnot");
    CHECK_INVARIANT(atomic_fetch_or_release(4, &a) == 2, "fetch_or");
    CHECK_INVARIANT(atomic_xchg(&a, 1) == 6, "xchg");
    CHECK_INVARIANT(atomic_dec_and_test(&a), "dec_and_test");
    CHECK_INVARIANT(!atomic_inc_not_zero(&a), "inc_not_zero of zero");
    CHECK_INVARIANT(atomic_add_unless(&a, std::numeric_limits<int>::max(), 7), "add_unless");
    CHECK_INVARIANT(atomic_inc_return(&a) == std::numeric_limits<int>::min(), "wraps around");
    value<int> old = 3;
    CHECK_INVARIANT(!atomic_try_cmpxchg(&a, &old, 9), "not 3");
    CHECK_INVARIANT(old == std::numeric_limits<int>::min(), "what was found");
    CHECK_INVARIANT(atomic_try_cmpxchg(&a, &old, 9), "now it is");
    CHECK_INVARIANT(atomic_cmpxchg(&a, 9, 10) == 9, "cmpxchg");
  });
  finally([&] { CHECK_INVARIANT(atomic_read(&a) == 10, "the last one"); });
}
void store_buffering(bool full) {
  auto& a = make<atomic_t>();
  auto& b = make<atomic_t>();
  value<int> r0, r1;
  thread("a", [&] {
    (void)(full ? atomic_inc_return(&a) : atomic_inc_return_relaxed(&a));
    r0 = atomic_read(&b);
  });
  thread("b", [&] {
    (void)(full ? atomic_inc_return(&b) : atomic_inc_return_relaxed(&b));
    r1 = atomic_read(&a);
  });
  finally([&] { CHECK_INVARIANT(r0 != 0 || r1 != 0, "store buffering"); });
}
LITMUS(atomic_fully_ordered) { store_buffering(true); }
LITMUS(atomic_relaxed) { store_buffering(false); }

TEST_CASE("atomics compute as the kernel's, at their width (Documentation/atomic_t.txt)") {
  CHECK(run("atomic_inc_counts").final_failures.empty());
  const Outcome o = run("atomic_results");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.final_failures.empty());
}
TEST_CASE("atomics order as their names say (atomic_t.txt)") {
  CHECK(run("atomic_fully_ordered").final_failures.empty());
  CHECK(run("atomic_relaxed").final_failures.size() == 1);
}

struct object {
  refcount_t refs;
  shared<int> x;
};
LITMUS(last_one_frees) {
  auto& o = make<object>();
  refcount_set(&o.refs, 2);
  for (const char* name : {"a", "b"}) {
    thread(name, [&] {
      const value<int> r = o.x;
      (void)r;
      IF (refcount_dec_and_test(&o.refs)) o.x = 1;
    });
  }
}
LITMUS(one_reference_too_few) {
  auto& o = make<object>();
  refcount_set(&o.refs, 1);
  for (const char* name : {"a", "b"}) thread(name, [&] { (void)refcount_dec_and_test(&o.refs); });
}
LITMUS(resurrected) {
  auto& o = make<object>();
  thread("a", [&] { refcount_inc(&o.refs); });
}
LITMUS(saturated) {
  auto& o = make<object>();
  refcount_set(&o.refs, REFCOUNT_MAX);
  thread("a", [&] { refcount_inc(&o.refs); });
}
LITMUS(limited) {
  auto& o = make<object>();
  refcount_set(&o.refs, 2);
  thread("a", [&] {
    value<int> old;
    CHECK_INVARIANT(__refcount_inc_not_zero_limited_acquire(&o.refs, &old, 3), "up to the limit");
    CHECK_INVARIANT(old == 2, "found 2");
    CHECK_INVARIANT(!__refcount_inc_not_zero_limited_acquire(&o.refs, &old, 3), "not beyond");
    CHECK_INVARIANT(old == 3, "found 3");
  });
}
void reuse(bool acquire, bool release) {
  auto& o = make<object>();
  thread("owner", [&] {
    WRITE_ONCE(o.x, 1);
    if (release) {
      refcount_set_release(&o.refs, 1);
    } else {
      refcount_set(&o.refs, 1);
    }
  });
  thread("lookup", [&] {
    IF (acquire ? refcount_inc_not_zero_acquire(&o.refs) : refcount_inc_not_zero(&o.refs)) {
      exists("stale", READ_ONCE(o.x) == 0);
    }
  });
}
LITMUS(reuse_acquire_release) { reuse(true, true); }
LITMUS(reuse_acquire) { reuse(true, false); }
LITMUS(reuse_release) { reuse(false, true); }

TEST_CASE("the last to drop a reference has the object for itself (Documentation/core-api/refcount-vs-atomic.rst)") {
  const Outcome o = run("last_one_frees");
  CHECK(o.executions == 2);
  CHECK(o.failures.empty());
  CHECK(o.flags.empty());
}
TEST_CASE("a refcount_t warns as the kernel does (lib/refcount.c)") {
  CHECK(run("one_reference_too_few").fails_with("underflow; use-after-free"));
  CHECK(run("resurrected").fails_with("addition on 0; use-after-free"));
  CHECK(run("saturated").fails_with("saturated; leaking memory"));
  CHECK(run("limited").failures.empty());
}
TEST_CASE("an object that is reused needs refcount_set_release() and an _acquire increment (include/linux/refcount.h)") {
  CHECK_FALSE(run("reuse_acquire_release").reaches("stale"));
  CHECK(run("reuse_acquire").reaches("stale"));
  CHECK(run("reuse_release").reaches("stale"));
}

}  // namespace
}  // namespace lkmc
