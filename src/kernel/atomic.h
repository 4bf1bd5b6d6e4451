// SPDX-License-Identifier: Apache-2.0
// Atomic variables, and read-modify-write operations on shared variables.
//
// Documentation/atomic_t.txt: operations without a return value and those named _relaxed are unordered, those with a
// return value are fully ordered, _acquire orders the read and _release the write; a conditional operation that fails is
// unordered. atomic_read() and atomic_set() are READ_ONCE() and WRITE_ONCE(). Results wrap around at the width of the
// type. As in the rest of LKMM a result depends on the read of the operation and on its operand.
//
// The families are made by macros at the end: atomic_ (int), atomic64_ (s64) and atomic_long_ (long).
#pragma once

#include <cstdint>
#include <limits>
#include <utility>

#include "src/kernel/shared.h"

namespace lkmc {

struct atomic_t {
  shared<int> counter;
};
struct atomic64_t {
  shared<std::int64_t> counter;
};
struct atomic_long_t {
  shared<long> counter;
};

namespace kernel {

// Replaces the old value by `old op operand`, cut to the width of T; returns what `result` says.
template <Scalar T>
value<T> modify(shared<T>& x, BinaryOp op, const Stored<T>& operand, Tag order, RmwResult result, const char* function, const Site& site) {
  Thread& thread = thread_for(function, site);
  Value updated;
  const Value old = thread.rmw(
      x.address(), [&](const Value& v) { return updated = narrow<T>(thread.binary(op, v, operand.value)); }, order, position(site));
  return value<T>::from(result == RmwResult::kNew ? updated : computed_from(updated, old.expr));
}

template <Scalar T>
value<T> exchange(shared<T>& x, const Stored<T>& desired, Tag order, const char* function, const Site& site) {
  return value<T>::from(thread_for(function, site).exchange(x.address(), desired.value, order, position(site)));
}

template <Scalar T>
value<T> compare_exchange(shared<T>& x, const Stored<T>& expected, const Stored<T>& desired, Tag order, const char* function,
                          const Site& site) {
  return value<T>::from(thread_for(function, site).compare_exchange(x.address(), expected.value, desired.value, order, position(site)));
}

// On failure, `expected` becomes the value that was found.
template <Scalar T>
value<bool> try_compare_exchange(shared<T>& x, value<T>& expected, const Stored<T>& desired, Tag order, const char* function,
                                 const Site& site) {
  Thread& thread = thread_for(function, site);
  const Value before = expected.symbolic();
  const auto [old, success] = thread.try_rmw(
      x.address(), [&](const Value& v) { return thread.binary(BinaryOp::kEqual, v, before); }, [&](const Value&) { return desired.value; },
      order, position(site));
  if (!success) expected = value<T>::from(old);
  return value<bool>::from(computed_from(old, before, thread.constant(success ? 1 : 0).expr));
}

// Adds where `condition(old)` holds, and returns whether it did.
template <Scalar T, class Condition>
value<bool> add_if(shared<T>& x, const Stored<T>& addend, const Condition& condition, Tag order, const char* function, const Site& site,
                   value<T>* found = nullptr) {
  Thread& thread = thread_for(function, site);
  const auto [old, success] = thread.try_rmw(
      x.address(), [&](const Value& v) { return get(condition(value<T>::from(v))); },
      [&](const Value& v) { return narrow<T>(thread.binary(BinaryOp::kAdd, v, addend.value)); }, order, position(site));
  if (found != nullptr) *found = value<T>::from(old);
  return value<bool>::from(computed_from(old, thread.constant(success ? 1 : 0).expr));
}

}  // namespace kernel

// --- on any shared variable (Documentation/atomic_t.txt, tools/memory-model/Documentation/cheatsheet.txt) -----------------

// In four orderings each. All three return the value found or whether they stored.
//   xchg(ptr, new)                   stores
//   cmpxchg(ptr, old, new)           stores if it finds `old`
//   try_cmpxchg(ptr, &old, new)      the same, returns whether, and on failure sets `old` to what it found
#define LKMC_EXCHANGES(suffix, order)                                                                                                  \
  template <class T>                                                                                                                   \
  value<T> xchg##suffix(shared<T>* x, const std::type_identity_t<kernel::Stored<T>>& v,                                                \
                        const kernel::Site& site = kernel::Site::current()) {                                                          \
    return kernel::exchange(*x, v, order, "xchg" #suffix "()", site);                                                                  \
  }                                                                                                                                    \
  template <class T>                                                                                                                   \
  value<T> cmpxchg##suffix(shared<T>* x, const std::type_identity_t<kernel::Stored<T>>& old,                                           \
                           const std::type_identity_t<kernel::Stored<T>>& v, const kernel::Site& site = kernel::Site::current()) {     \
    return kernel::compare_exchange(*x, old, v, order, "cmpxchg" #suffix "()", site);                                                  \
  }                                                                                                                                    \
  template <class T>                                                                                                                   \
  value<bool> try_cmpxchg##suffix(shared<T>* x, std::type_identity_t<value<T>>* old, const std::type_identity_t<kernel::Stored<T>>& v, \
                                  const kernel::Site& site = kernel::Site::current()) {                                                \
    return kernel::try_compare_exchange(*x, *old, v, order, "try_cmpxchg" #suffix "()", site);                                         \
  }
LKMC_EXCHANGES(, Tag::kMb)
LKMC_EXCHANGES(_relaxed, Tag::kOnce)
LKMC_EXCHANGES(_acquire, Tag::kAcquire)
LKMC_EXCHANGES(_release, Tag::kRelease)
#undef LKMC_EXCHANGES

// --- the families of atomic_t, atomic64_t and atomic_long_t ---------------------------------------------------------------

#define LKMC_SITE const kernel::Site& site = kernel::Site::current()

// prefix_fetch_NAME(i, v) in one ordering: returns the old value.
#define LKMC_ATOMIC_FETCH(prefix, atomic, T, name, op, suffix, order)                                             \
  inline value<T> prefix##_fetch_##name##suffix(const kernel::Stored<T>& i, atomic* v, LKMC_SITE) {               \
    return kernel::modify(v->counter, op, i, order, RmwResult::kOld, #prefix "_fetch_" #name #suffix "()", site); \
  }
// prefix_NAME_return(i, v) in one ordering: returns the new value.
#define LKMC_ATOMIC_RETURN(prefix, atomic, T, name, op, suffix, order)                                                \
  inline value<T> prefix##_##name##_return##suffix(const kernel::Stored<T>& i, atomic* v, LKMC_SITE) {                \
    return kernel::modify(v->counter, op, i, order, RmwResult::kNew, #prefix "_" #name "_return" #suffix "()", site); \
  }
// prefix_inc_return(v), prefix_fetch_inc(v) and those of dec in one ordering.
#define LKMC_ATOMIC_BY_ONE(prefix, atomic, T, name, op, suffix, order)                                                      \
  inline value<T> prefix##_##name##_return##suffix(atomic* v, LKMC_SITE) {                                                  \
    return kernel::modify<T>(v->counter, op, T{1}, order, RmwResult::kNew, #prefix "_" #name "_return" #suffix "()", site); \
  }                                                                                                                         \
  inline value<T> prefix##_fetch_##name##suffix(atomic* v, LKMC_SITE) {                                                     \
    return kernel::modify<T>(v->counter, op, T{1}, order, RmwResult::kOld, #prefix "_fetch_" #name #suffix "()", site);     \
  }
// One of the three in all orderings.
#define LKMC_ATOMIC_ORDERS(one, prefix, atomic, T, name, op)                                          \
  one(prefix, atomic, T, name, op, , Tag::kMb) one(prefix, atomic, T, name, op, _relaxed, Tag::kOnce) \
      one(prefix, atomic, T, name, op, _acquire, Tag::kAcquire) one(prefix, atomic, T, name, op, _release, Tag::kRelease)
// prefix_NAME(i, v): unordered, returns nothing.
#define LKMC_ATOMIC_VOID(prefix, atomic, T, name, op)                                                       \
  inline void prefix##_##name(const kernel::Stored<T>& i, atomic* v, LKMC_SITE) {                           \
    (void)kernel::modify(v->counter, op, i, Tag::kNoreturn, RmwResult::kOld, #prefix "_" #name "()", site); \
  }
#define LKMC_ATOMIC_VOID_BY_ONE(prefix, atomic, T, name, op)                                                      \
  inline void prefix##_##name(atomic* v, LKMC_SITE) {                                                             \
    (void)kernel::modify<T>(v->counter, op, T{1}, Tag::kNoreturn, RmwResult::kOld, #prefix "_" #name "()", site); \
  }
// xchg, cmpxchg and try_cmpxchg of an atomic in one ordering.
#define LKMC_ATOMIC_EXCHANGES(prefix, atomic, T, suffix, order)                                                              \
  inline value<T> prefix##_xchg##suffix(atomic* v, const kernel::Stored<T>& i, LKMC_SITE) {                                  \
    return kernel::exchange(v->counter, i, order, #prefix "_xchg" #suffix "()", site);                                       \
  }                                                                                                                          \
  inline value<T> prefix##_cmpxchg##suffix(atomic* v, const kernel::Stored<T>& old, const kernel::Stored<T>& i, LKMC_SITE) { \
    return kernel::compare_exchange(v->counter, old, i, order, #prefix "_cmpxchg" #suffix "()", site);                       \
  }                                                                                                                          \
  inline value<bool> prefix##_try_cmpxchg##suffix(atomic* v, value<T>* old, const kernel::Stored<T>& i, LKMC_SITE) {         \
    return kernel::try_compare_exchange(v->counter, *old, i, order, #prefix "_try_cmpxchg" #suffix "()", site);              \
  }

#define LKMC_ATOMIC_ADD_NEGATIVE(prefix, atomic, T, suffix)                                            \
  inline value<bool> prefix##_add_negative##suffix(const kernel::Stored<T>& i, atomic* v, LKMC_SITE) { \
    return prefix##_add_return##suffix(i, v, site) < T{0};                                             \
  }

#define LKMC_ATOMIC(prefix, atomic, T)                                                                                                   \
  /* Unordered, as READ_ONCE() and WRITE_ONCE(). */                                                                                      \
  inline value<T> prefix##_read(const atomic* v, LKMC_SITE) { return v->counter.read(Tag::kOnce, site); }                                \
  inline value<T> prefix##_read_acquire(const atomic* v, LKMC_SITE) { return v->counter.read(Tag::kAcquire, site); }                     \
  inline void prefix##_set(atomic* v, const kernel::Stored<T>& i, LKMC_SITE) { v->counter.write(i.value, Tag::kOnce, site); }            \
  inline void prefix##_set_release(atomic* v, const kernel::Stored<T>& i, LKMC_SITE) { v->counter.write(i.value, Tag::kRelease, site); } \
  LKMC_ATOMIC_VOID(prefix, atomic, T, add, BinaryOp::kAdd)                                                                               \
  LKMC_ATOMIC_VOID(prefix, atomic, T, sub, BinaryOp::kSubtract)                                                                          \
  LKMC_ATOMIC_VOID(prefix, atomic, T, and, BinaryOp::kBitAnd)                                                                            \
  LKMC_ATOMIC_VOID(prefix, atomic, T, or, BinaryOp::kBitOr)                                                                              \
  LKMC_ATOMIC_VOID(prefix, atomic, T, xor, BinaryOp::kBitXor)                                                                            \
  LKMC_ATOMIC_VOID(prefix, atomic, T, andnot, BinaryOp::kBitAndNot)                                                                      \
  LKMC_ATOMIC_VOID_BY_ONE(prefix, atomic, T, inc, BinaryOp::kAdd)                                                                        \
  LKMC_ATOMIC_VOID_BY_ONE(prefix, atomic, T, dec, BinaryOp::kSubtract)                                                                   \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_RETURN, prefix, atomic, T, add, BinaryOp::kAdd)                                                         \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_RETURN, prefix, atomic, T, sub, BinaryOp::kSubtract)                                                    \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_BY_ONE, prefix, atomic, T, inc, BinaryOp::kAdd)                                                         \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_BY_ONE, prefix, atomic, T, dec, BinaryOp::kSubtract)                                                    \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, add, BinaryOp::kAdd)                                                          \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, sub, BinaryOp::kSubtract)                                                     \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, and, BinaryOp::kBitAnd)                                                       \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, or, BinaryOp::kBitOr)                                                         \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, xor, BinaryOp::kBitXor)                                                       \
  LKMC_ATOMIC_ORDERS(LKMC_ATOMIC_FETCH, prefix, atomic, T, andnot, BinaryOp::kBitAndNot)                                                 \
  LKMC_ATOMIC_EXCHANGES(prefix, atomic, T, , Tag::kMb)                                                                                   \
  LKMC_ATOMIC_EXCHANGES(prefix, atomic, T, _relaxed, Tag::kOnce)                                                                         \
  LKMC_ATOMIC_EXCHANGES(prefix, atomic, T, _acquire, Tag::kAcquire)                                                                      \
  LKMC_ATOMIC_EXCHANGES(prefix, atomic, T, _release, Tag::kRelease)                                                                      \
  /* Whether the new value is zero: fully ordered; or negative: as its name says. */                                                     \
  inline value<bool> prefix##_inc_and_test(atomic* v, LKMC_SITE) { return prefix##_inc_return(v, site) == T{0}; }                        \
  inline value<bool> prefix##_dec_and_test(atomic* v, LKMC_SITE) { return prefix##_dec_return(v, site) == T{0}; }                        \
  inline value<bool> prefix##_sub_and_test(const kernel::Stored<T>& i, atomic* v, LKMC_SITE) {                                           \
    return prefix##_sub_return(i, v, site) == T{0};                                                                                      \
  }                                                                                                                                      \
  LKMC_ATOMIC_ADD_NEGATIVE(prefix, atomic, T, )                                                                                          \
  LKMC_ATOMIC_ADD_NEGATIVE(prefix, atomic, T, _relaxed)                                                                                  \
  LKMC_ATOMIC_ADD_NEGATIVE(prefix, atomic, T, _acquire)                                                                                  \
  LKMC_ATOMIC_ADD_NEGATIVE(prefix, atomic, T, _release)                                                                                  \
  /* Adds unless the value is `u`; fully ordered if it adds, else unordered. Returns whether it added. */                                \
  inline value<bool> prefix##_add_unless(atomic* v, const kernel::Stored<T>& a, const kernel::Stored<T>& u, LKMC_SITE) {                 \
    return kernel::add_if(                                                                                                               \
        v->counter, a, [&](const value<T>& old) { return old != value<T>::from(u.value); }, Tag::kMb, #prefix "_add_unless()", site);    \
  }                                                                                                                                      \
  inline value<bool> prefix##_inc_not_zero(atomic* v, LKMC_SITE) {                                                                       \
    return kernel::add_if<T>(                                                                                                            \
        v->counter, T{1}, [](const value<T>& old) { return old != T{0}; }, Tag::kMb, #prefix "_inc_not_zero()", site);                   \
  }                                                                                                                                      \
  /* Adds unless the value is `u`, and returns the old value; likewise. */                                                               \
  inline value<T> prefix##_fetch_add_unless(atomic* v, const kernel::Stored<T>& a, const kernel::Stored<T>& u, LKMC_SITE) {              \
    value<T> old;                                                                                                                        \
    (void)kernel::add_if(                                                                                                                \
        v->counter, a, [&](const value<T>& x) { return x != value<T>::from(u.value); }, Tag::kMb, #prefix "_fetch_add_unless()", site,   \
        &old);                                                                                                                           \
    return old;                                                                                                                          \
  }                                                                                                                                      \
  /* Adds or subtracts one unless the value is on the wrong side of zero; likewise. */                                                   \
  inline value<bool> prefix##_inc_unless_negative(atomic* v, LKMC_SITE) {                                                                \
    return kernel::add_if<T>(                                                                                                            \
        v->counter, T{1}, [](const value<T>& old) { return old >= T{0}; }, Tag::kMb, #prefix "_inc_unless_negative()", site);            \
  }                                                                                                                                      \
  inline value<bool> prefix##_dec_unless_positive(atomic* v, LKMC_SITE) {                                                                \
    return kernel::add_if<T>(                                                                                                            \
        v->counter, T{-1}, [](const value<T>& old) { return old <= T{0}; }, Tag::kMb, #prefix "_dec_unless_positive()", site);           \
  }                                                                                                                                      \
  /* Subtracts one unless that makes it negative; returns the old value minus one; likewise. */                                          \
  inline value<T> prefix##_dec_if_positive(atomic* v, LKMC_SITE) {                                                                       \
    value<T> old;                                                                                                                        \
    (void)kernel::add_if<T>(                                                                                                             \
        v->counter, T{-1}, [](const value<T>& x) { return x > T{0}; }, Tag::kMb, #prefix "_dec_if_positive()", site, &old);              \
    return old - T{1};                                                                                                                   \
  }

LKMC_ATOMIC(atomic, atomic_t, int)
LKMC_ATOMIC(atomic64, atomic64_t, std::int64_t)
LKMC_ATOMIC(atomic_long, atomic_long_t, long)

#undef LKMC_ATOMIC
#undef LKMC_ATOMIC_ADD_NEGATIVE
#undef LKMC_ATOMIC_EXCHANGES
#undef LKMC_ATOMIC_VOID_BY_ONE
#undef LKMC_ATOMIC_VOID
#undef LKMC_ATOMIC_ORDERS
#undef LKMC_ATOMIC_BY_ONE
#undef LKMC_ATOMIC_RETURN
#undef LKMC_ATOMIC_FETCH
#undef LKMC_SITE

}  // namespace lkmc
