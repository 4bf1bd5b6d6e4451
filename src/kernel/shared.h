// SPDX-License-Identifier: Apache-2.0
// shared<T>: a location in shared memory, and the ways to access it.
//
// Reading a shared variable like any other variable is a plain access, and so is assigning to it: the compiler may do with
// it what it likes, and if another thread accesses it at the same time that is a data race. READ_ONCE and the others mark
// the access. Each says in its comment which ordering the kernel documents for it
// (Documentation/memory-barriers.txt, tools/memory-model/Documentation).
#pragma once

#include "src/kernel/value.h"
#include "src/program/thread.h"

namespace lkmc {

namespace kernel {

// What is written to a shared<T>, and where.
template <Scalar T>
struct Stored {
  template <Operand X>
  requires std::is_convertible_v<operand_type<X>, T> LKMC_INLINE Stored(const X& x, const Site& where = Site::current())
      : value(converted(x)), site(where) {}  // NOLINT: as C converts
  Value value;
  Site site;

 private:
  template <class X>
  [[nodiscard]] LKMC_INLINE static Value converted(const X& x) {
    if constexpr (std::is_same_v<operand_type<X>, T>) {
      return get(x);
    } else {
      return narrow<T>(get(x));
    }
  }
};

// What an assignment to a shared<T> yields: the value that was stored, or before it for `x++`. To use it is no access.
template <class T>
class Assigned {
 public:
  explicit Assigned(Value v) : value_(std::move(v)) {}
  [[nodiscard]] const Value& symbolic() const { return value_; }
  explicit operator bool() const { return static_cast<bool>(lkmc::value<T>(*this)); }

 private:
  Value value_;
};
template <class T>
struct operand<Assigned<T>> {
  static constexpr bool is_operand = true;
  static constexpr bool is_tracked = true;
  using type = T;
  [[nodiscard]] static Value get(const Assigned<T>& x) { return x.symbolic(); }
};

}  // namespace kernel

template <class T>
class shared {
  static_assert(Scalar<T>,
                "a shared variable is an integer, a truth value, an enumerator or a pointer: the kernel has no "
                "floating point, and of a structure each member is shared by itself");

 public:
  LKMC_INLINE shared() : shared(T{}) {}
  LKMC_INLINE explicit shared(T initial)
      : location_(kernel::Run::current("a shared variable").new_location(this, kernel::Run::LocationKind::kVariable)) {  // NOLINT: as T
    kernel::Run::current("a shared variable").set_initial(location_, kernel::to_word(initial));
    kernel::Run::current("a shared variable").location_info(location_).bytes = sizeof(T);
  }
  shared(const shared&) {
    static_assert(sizeof(T) == 0, "a shared variable cannot be copied: let the lambda capture it by reference, [&]");
  }

  // Plain accesses. In the set-up of a test, assigning sets the initial value.
  LKMC_INLINE operator value<T>() const { return read_plainly(); }  // NOLINT: as T
  LKMC_INLINE kernel::Assigned<T> operator=(const kernel::Stored<T>& stored) {
    write(stored.value, Tag::kPlain, stored.site);
    return kernel::Assigned<T>(stored.value);
  }
  LKMC_INLINE kernel::Assigned<T> operator=(const shared& other) {
    const value<T> copied = other.read_plainly();
    kernel::Run::current("a shared variable").write_plainly(location(), this, copied.symbolic());
    return kernel::Assigned<T>(copied.symbolic());
  }
  [[nodiscard]] LKMC_INLINE auto operator->() const requires std::is_pointer_v<T> {
    return kernel::Dereference<std::remove_pointer_t<T>>(read_plainly().symbolic());
  }
  [[nodiscard]] LKMC_INLINE auto operator*() const requires std::is_pointer_v<T> {
    return kernel::Pointee<std::remove_pointer_t<T>>(read_plainly().symbolic());
  }
  // A plain read and a plain write; KCSAN, and perhaps the compiler, sees one access. What is on the right is read before.
#define LKMC_COMPOUND(op)                                                 \
  template <kernel::Operand X>                                            \
  LKMC_INLINE kernel::Assigned<T> operator op##=(const X& x) {            \
    const value<kernel::operand_type<X>> by(x);                           \
    return update([&](const value<T>& old) { return old op by; }).second; \
  }
  LKMC_COMPOUND(+)
  LKMC_COMPOUND(-)
  LKMC_COMPOUND(*)
  LKMC_COMPOUND(/)
  LKMC_COMPOUND(%)
  LKMC_COMPOUND(<<)
  LKMC_COMPOUND(>>)
  LKMC_COMPOUND(&)
  LKMC_COMPOUND(|)
  LKMC_COMPOUND(^)
#undef LKMC_COMPOUND
  LKMC_INLINE kernel::Assigned<T> operator++() {
    return update([](const value<T>& old) { return old + 1; }).second;
  }
  LKMC_INLINE kernel::Assigned<T> operator--() {
    return update([](const value<T>& old) { return old - 1; }).second;
  }
  LKMC_INLINE kernel::Assigned<T> operator++(int) {
    return update([](const value<T>& old) { return old + 1; }).first;
  }
  LKMC_INLINE kernel::Assigned<T> operator--(int) {
    return update([](const value<T>& old) { return old - 1; }).first;
  }
  LKMC_INLINE explicit operator bool() const { return static_cast<bool>(read_plainly()); }

  // For the API.
  [[nodiscard]] value<T> read(Tag tag, const kernel::Site& site) const {
    return value<T>::from(kernel::Run::current("a shared variable").read(location(site), this, tag, kernel::position(site)));
  }
  [[nodiscard]] LKMC_INLINE value<T> read_plainly() const {
    return value<T>::from(kernel::Run::current("a shared variable").read_plainly(location(), this));
  }
  void write(const Value& stored, Tag tag, const kernel::Site& site) {
    kernel::Run::current("a shared variable").write(location(site), this, stored, tag, kernel::position(site));
  }
  [[nodiscard]] LKMC_INLINE Value address() const { return kernel::Run::current("a shared variable").address(location(), this); }
  [[nodiscard]] LKMC_INLINE Location location() const {
    if (bytes_ != sizeof(T)) kernel::Run::current("a shared variable").fail_by_size(location_, this, bytes_, sizeof(T));
    return location_;
  }

 private:
  // What was there, and what is there now.
  template <class F>
  LKMC_INLINE std::pair<kernel::Assigned<T>, kernel::Assigned<T>> update(const F& f) {
    const auto desired = [&f](const Value& old) { return kernel::narrow<T>(f(value<T>::from(old)).symbolic()); };
    const auto both = kernel::Run::current("a shared variable").update_plainly(location(), this, desired);
    return {kernel::Assigned<T>(both.first), kernel::Assigned<T>(both.second)};
  }
  [[nodiscard]] Location location(const kernel::Site& site) const {
    if (bytes_ != sizeof(T))
      kernel::Run::current("a shared variable").fail_by_size(location_, this, bytes_, sizeof(T), kernel::position(site));
    return location_;
  }

  Location location_;
  std::int32_t bytes_ = sizeof(T);  // another number if this is what a pointer to another type points to
};

namespace kernel {

template <class T>
struct operand<shared<T>> {
  static constexpr bool is_operand = true;
  static constexpr bool is_tracked = true;
  using type = T;
  [[nodiscard]] LKMC_INLINE static Value get(const shared<T>& x) { return x.read_plainly().symbolic(); }
};

// `*p`, where p points to a shared variable.
template <class T>
class Pointee<shared<T>> : public Dereference<shared<T>> {
 public:
  using Dereference<shared<T>>::Dereference;
  operator shared<T>&() const { return *this->operator->(); }  // NOLINT: it is one
  LKMC_INLINE explicit operator bool() const { return static_cast<bool>(*this->operator->()); }
  [[nodiscard]] shared<T>* operator&() const { return this->operator->(); }
  const Pointee& operator=(const Stored<T>& stored) const {
    *this->operator->() = stored;
    return *this;
  }
  const Pointee& operator=(const Pointee& other) const { return *this = Stored<T>(other); }
};
template <class T>
struct operand<Pointee<shared<T>>> : operand<shared<T>> {};

// What can be accessed: a shared variable by its name, or through a pointer.
template <class X>
struct accessed {};
template <class T>
struct accessed<shared<T>> {
  using type = T;
};
template <class T>
struct accessed<Pointee<shared<T>>> {
  using type = T;
};
template <class X>
concept Accessible = requires {
  typename accessed<std::remove_cvref_t<X>>::type;
};
template <class X>
struct accessed_or_itself : std::type_identity<std::remove_cvref_t<X>> {};
template <Accessible X>
struct accessed_or_itself<X> : accessed<std::remove_cvref_t<X>> {};
// Of what cannot be accessed its own type, so that only one thing is said about it.
template <class X>
using accessed_type = typename accessed_or_itself<X>::type;
#define LKMC_SHARED_ONLY "this is for shared variables: declare it as shared<T>"
#define LKMC_NOT_CONSTANT "a shared variable that is const cannot be written; a lambda must capture it by reference, [&]"
template <class X>
[[nodiscard]] auto& variable(X& x) {
  if constexpr (requires { x.read(Tag::kOnce, Site()); }) {
    return x;
  } else {
    return *x.operator->();
  }
}

// The thread that runs, for the function named `what`.
[[nodiscard]] inline Thread& thread_for(const char* what, const Site& site) { return Run::current(what).thread(what, site); }

}  // namespace kernel

// --- marked accesses; no ordering but that of one location and of dependencies ------------------------------------------

template <class X>
[[nodiscard]] auto READ_ONCE(const X& x, const kernel::Site& site = kernel::Site::current()) -> value<kernel::accessed_type<X>> {
  static_assert(kernel::Accessible<X>, LKMC_SHARED_ONLY);
  if constexpr (kernel::Accessible<X>) {
    return kernel::variable(x).read(Tag::kOnce, site);
  } else {
    return {};
  }
}
template <class X>
void WRITE_ONCE(X&& x, const kernel::Stored<kernel::accessed_type<X>>& v, const kernel::Site& site = kernel::Site::current()) {
  static_assert(kernel::Accessible<X>, LKMC_SHARED_ONLY);
  static_assert(!kernel::Accessible<X> || !std::is_same_v<X, const shared<kernel::accessed_type<X>>&>, LKMC_NOT_CONSTANT);
  if constexpr (kernel::Accessible<X> && !std::is_same_v<X, const shared<kernel::accessed_type<X>>&>) {
    kernel::variable(x).write(v.value, Tag::kOnce, site);
  }
}

// Later accesses of the thread come after an acquire load; earlier ones before a release store.
template <class T>
[[nodiscard]] value<T> smp_load_acquire(const shared<T>* x, const kernel::Site& site = kernel::Site::current()) {
  return x->read(Tag::kAcquire, site);
}
template <class T>
[[nodiscard]] value<T> smp_load_acquire(const value<shared<T>*>& x, const kernel::Site& site = kernel::Site::current()) {
  return smp_load_acquire(&*x, site);
}
template <class T>
void smp_store_release(shared<T>* x, const std::type_identity_t<kernel::Stored<T>>& v, const kernel::Site& site = kernel::Site::current()) {
  x->write(v.value, Tag::kRelease, site);
}
template <class T>
void smp_store_release(const value<shared<T>*>& x, const std::type_identity_t<kernel::Stored<T>>& v,
                       const kernel::Site& site = kernel::Site::current()) {
  smp_store_release(&*x, v, site);
}

// Of what is no shared variable, or of one that is const.
template <Scalar T>
value<T> smp_load_acquire(const T*) {
  static_assert(sizeof(T) == 0, LKMC_SHARED_ONLY);
  return {};
}
template <Scalar T>
void smp_store_release(T*, const auto&) {
  static_assert(sizeof(T) == 0, LKMC_SHARED_ONLY);
}
template <kernel::Accessible X>
requires(std::is_const_v<X>) void smp_store_release(X*, const auto&) { static_assert(sizeof(X) == 0, LKMC_NOT_CONSTANT); }

// A store with smp_mb() behind it.
template <class X>
void smp_store_mb(X&& x, const kernel::Stored<kernel::accessed_type<X>>& v, const kernel::Site& site = kernel::Site::current()) {
  kernel::variable(x).write(v.value, Tag::kOnce, site);
  kernel::thread_for("smp_store_mb()", site).fence(Tag::kMb, kernel::position(site));
}

// --- barriers -----------------------------------------------------------------------------------------------------------

inline void smp_mb(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb()", site).fence(Tag::kMb, kernel::position(site));
}
inline void smp_rmb(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_rmb()", site).fence(Tag::kRmb, kernel::position(site));
}
inline void smp_wmb(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_wmb()", site).fence(Tag::kWmb, kernel::position(site));
}
inline void barrier(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("barrier()", site).fence(Tag::kBarrier, kernel::position(site));
}
inline void smp_mb__before_atomic(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb__before_atomic()", site).fence(Tag::kBeforeAtomic, kernel::position(site));
}
inline void smp_mb__after_atomic(const kernel::Site& site = kernel::Site::current()) {
  kernel::thread_for("smp_mb__after_atomic()", site).fence(Tag::kAfterAtomic, kernel::position(site));
}

}  // namespace lkmc
