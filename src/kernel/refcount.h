// SPDX-License-Identifier: Apache-2.0
// refcount_t: a reference count that saturates instead of wrapping around (include/linux/refcount.h,
// Documentation/core-api/refcount-vs-atomic.rst). Taking a reference is unordered but for the control dependency on its
// success, except for the _acquire forms, which objects need that may be reused while they are looked up
// (SLAB_TYPESAFE_BY_RCU). Dropping one is a release, and an acquire too where the count comes to zero. What makes the
// kernel WARN (use after free, leak, overflow) ends the execution as a failure, like WARN_ON(), with the count saturated.
#pragma once

#include <limits>

#include "src/kernel/atomic.h"

namespace lkmc {

inline constexpr int REFCOUNT_MAX = std::numeric_limits<int>::max();
inline constexpr int REFCOUNT_SATURATED = std::numeric_limits<int>::min() / 2;

struct refcount_t {
  refcount_t() = default;
  explicit refcount_t(int initial) : refs{initial} {}
  shared<int> refs;
};

namespace kernel {

[[noreturn]] inline void refcount_warn_saturate(refcount_t* r, const char* message, const Site& site) {
  r->refs.write(Run::current("a refcount_t").constant(REFCOUNT_SATURATED), Tag::kOnce, site);
  Run::current("a refcount_t").fail(site, std::string("refcount_t: ") + message);
}

// Warns if adding i to `old` left the range. `i` is not negative, so old + i is, as a sum of 32 bits, if it overflowed.
inline void check_sum(refcount_t* r, const value<int>& old, const value<int>& i, const Site& site) {
  const value<int> negative = (old < 0) | (old + i < 0);
  if (Run::current("a refcount_t").branch(negative.symbolic())) refcount_warn_saturate(r, "saturated; leaking memory", site);
}

// Adds i if the count is not zero and, with the limit, would not exceed it.
inline value<bool> refcount_add_if(refcount_t* r, const Stored<int>& i, value<int>* oldp, int limit, Tag order, const char* function,
                                   const Site& site) {
  value<int> old;
  const value<int> added = value<int>::from(i.value);
  const value<bool> taken = add_if(
      r->refs, i,
      [&](const value<int>& v) {
        value<bool> fits = v != 0;
        if (limit != REFCOUNT_MAX) fits = (fits & (added <= limit - v)) != 0;
        return fits;
      },
      order, function, site, &old);
  if (Run::current(function).branch(taken.symbolic())) check_sum(r, old, added, site);
  if (oldp != nullptr) *oldp = old;
  return taken;
}

}  // namespace kernel

// WRITE_ONCE(), and a release: the latter when an object is handed out again that may still be looked up.
inline void refcount_set(refcount_t* r, const kernel::Stored<int>& n, const kernel::Site& site = kernel::Site::current()) {
  r->refs.write(n.value, Tag::kOnce, site);
}
inline void refcount_set_release(refcount_t* r, const kernel::Stored<int>& n, const kernel::Site& site = kernel::Site::current()) {
  r->refs.write(n.value, Tag::kRelease, site);
}
// READ_ONCE().
[[nodiscard]] inline value<unsigned> refcount_read(const refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  return r->refs.read(Tag::kOnce, site);
}

// Unordered; the caller has a reference, so the count must not be zero.
inline void refcount_add(const kernel::Stored<int>& i, refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  const value<int> old = kernel::modify(r->refs, BinaryOp::kAdd, i, Tag::kOnce, RmwResult::kOld, "refcount_add()", site);
  if (kernel::Run::current("refcount_add()").branch((old == 0).symbolic())) {
    kernel::refcount_warn_saturate(r, "addition on 0; use-after-free", site);
  }
  kernel::check_sum(r, old, value<int>::from(i.value), site);
}
inline void refcount_inc(refcount_t* r, const kernel::Site& site = kernel::Site::current()) { refcount_add(1, r, site); }

// No ordering but the control dependency on success.
[[nodiscard]] inline value<bool> refcount_add_not_zero(const kernel::Stored<int>& i, refcount_t* r,
                                                       const kernel::Site& site = kernel::Site::current()) {
  return kernel::refcount_add_if(r, i, nullptr, REFCOUNT_MAX, Tag::kOnce, "refcount_add_not_zero()", site);
}
[[nodiscard]] inline value<bool> refcount_inc_not_zero(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  return refcount_add_not_zero(1, r, site);
}
// Acquire on success.
[[nodiscard]] inline value<bool> refcount_add_not_zero_acquire(const kernel::Stored<int>& i, refcount_t* r,
                                                               const kernel::Site& site = kernel::Site::current()) {
  return kernel::refcount_add_if(r, i, nullptr, REFCOUNT_MAX, Tag::kAcquire, "refcount_add_not_zero_acquire()", site);
}
[[nodiscard]] inline value<bool> refcount_inc_not_zero_acquire(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  return refcount_add_not_zero_acquire(1, r, site);
}
// The same, and fails where the count would exceed the limit; the count that was found goes to *old.
[[nodiscard]] inline value<bool> __refcount_add_not_zero_limited_acquire(const kernel::Stored<int>& i, refcount_t* r, value<int>* old,
                                                                         int limit, const kernel::Site& site = kernel::Site::current()) {
  return kernel::refcount_add_if(r, i, old, limit, Tag::kAcquire, "__refcount_add_not_zero_limited_acquire()", site);
}
[[nodiscard]] inline value<bool> __refcount_inc_not_zero_limited_acquire(refcount_t* r, value<int>* old, int limit,
                                                                         const kernel::Site& site = kernel::Site::current()) {
  return __refcount_add_not_zero_limited_acquire(1, r, old, limit, site);
}

// Release; where the count comes to zero, and this returns true, an acquire too.
[[nodiscard]] inline value<bool> __refcount_sub_and_test(const kernel::Stored<int>& i, refcount_t* r, value<int>* oldp,
                                                         const kernel::Site& site = kernel::Site::current()) {
  kernel::Run& run = kernel::Run::current("refcount_sub_and_test()");
  Thread& thread = run.thread("refcount_sub_and_test()", site);
  const auto minus = [&](const Value& old) { return kernel::narrow<int>(thread.binary(BinaryOp::kSubtract, old, i.value)); };
  const auto comes_to_zero = [&](const Value& old) {
    return thread.binary(BinaryOp::kBitAnd, thread.binary(BinaryOp::kGreater, old, run.constant(0)),
                         thread.binary(BinaryOp::kEqual, old, i.value));
  };
  const auto [old, zero] = thread.release_rmw_acquire_if(r->refs.address(), comes_to_zero, minus, kernel::position(site));
  if (!zero) {
    const Value underflow = thread.binary(BinaryOp::kBitOr, thread.binary(BinaryOp::kLessEqual, old, run.constant(0)),
                                          thread.binary(BinaryOp::kLess, minus(old), run.constant(0)));
    if (run.branch(underflow)) kernel::refcount_warn_saturate(r, "underflow; use-after-free", site);
  }
  if (oldp != nullptr) *oldp = value<int>::from(old);
  return value<bool>::from(computed_from(old, i.value, run.constant(zero ? 1 : 0).expr));
}
[[nodiscard]] inline value<bool> refcount_sub_and_test(const kernel::Stored<int>& i, refcount_t* r,
                                                       const kernel::Site& site = kernel::Site::current()) {
  return __refcount_sub_and_test(i, r, nullptr, site);
}
[[nodiscard]] inline value<bool> __refcount_dec_and_test(refcount_t* r, value<int>* old,
                                                         const kernel::Site& site = kernel::Site::current()) {
  return __refcount_sub_and_test(1, r, old, site);
}
[[nodiscard]] inline value<bool> refcount_dec_and_test(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  return __refcount_sub_and_test(1, r, nullptr, site);
}
// Drops a reference unless it is the only one: release if it did, else unordered (lib/refcount.c).
[[nodiscard]] inline value<bool> refcount_dec_not_one(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  value<int> old;
  const value<bool> dropped = kernel::add_if<int>(
      r->refs, -1, [](const value<int>& v) { return v != 1; }, Tag::kRelease, "refcount_dec_not_one()", site, &old);
  kernel::Run& run = kernel::Run::current("refcount_dec_not_one()");
  if (run.branch(dropped.symbolic()) && run.branch((old <= 0).symbolic())) {
    kernel::refcount_warn_saturate(r, "underflow; use-after-free", site);
  }
  return dropped;
}
// Drops the only reference if it is that: release, with a control dependency on success.
[[nodiscard]] inline value<bool> refcount_dec_if_one(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  return kernel::add_if<int>(
      r->refs, -1, [](const value<int>& v) { return v == 1; }, Tag::kRelease, "refcount_dec_if_one()", site);
}
// Release; the caller knows that another reference is left.
inline void refcount_dec(refcount_t* r, const kernel::Site& site = kernel::Site::current()) {
  const value<int> old = kernel::modify<int>(r->refs, BinaryOp::kSubtract, 1, Tag::kRelease, RmwResult::kOld, "refcount_dec()", site);
  if (kernel::Run::current("refcount_dec()").branch((old <= 1).symbolic())) {
    kernel::refcount_warn_saturate(r, "decrement hit 0; leaking memory", site);
  }
}

}  // namespace lkmc
