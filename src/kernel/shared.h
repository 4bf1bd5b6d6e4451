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
    requires std::is_convertible_v<operand_type<X>, T>
  Stored(const X& x, const Site& where = Site::current()) : value(converted(x)), site(where) {}  // NOLINT: as C converts
  Value value;
  Site site;

 private:
  template <class X>
  [[nodiscard]] static Value converted(const X& x) {
    if constexpr (std::is_same_v<operand_type<X>, T>) {
      return get(x);
    } else {
      return narrow<T>(get(x));
    }
  }
};

}  // namespace kernel

template <class T>
class shared {
  static_assert(Scalar<T>, "a shared variable is a number, a truth value, an enumerator or a pointer");

 public:
  shared() : shared(T{}) {}
  explicit shared(T initial) : location_(kernel::Run::current("a shared variable").new_location(this, kernel::Run::LocationKind::kVariable)) {  // NOLINT: as T
    kernel::Run::current("a shared variable").set_initial(location_, kernel::to_word(initial));
    kernel::Run::current("a shared variable").location_info(location_).bytes = sizeof(T);
  }
  shared(const shared&) = delete;

  // Plain accesses. In the set-up of a test, assigning sets the initial value.
  operator value<T>() const { return read(Tag::kPlain, kernel::Site::current()); }  // NOLINT: as T
  shared& operator=(const kernel::Stored<T>& stored) {
    write(stored.value, Tag::kPlain, stored.site);
    return *this;
  }
  shared& operator=(const shared& other) { return *this = value<T>(other); }
  // A plain read and a plain write; KCSAN, and perhaps the compiler, sees one access.
  shared& operator+=(const kernel::Stored<T>& by) { return compound(BinaryOp::kAdd, by); }
  shared& operator-=(const kernel::Stored<T>& by) { return compound(BinaryOp::kSubtract, by); }
  shared& operator|=(const kernel::Stored<T>& by) { return compound(BinaryOp::kBitOr, by); }
  shared& operator&=(const kernel::Stored<T>& by) { return compound(BinaryOp::kBitAnd, by); }
  shared& operator^=(const kernel::Stored<T>& by) { return compound(BinaryOp::kBitXor, by); }
  shared& operator++() { return *this += kernel::Stored<T>(T{1}); }
  shared& operator--() { return *this -= kernel::Stored<T>(T{1}); }
  void operator++(int) { ++*this; }
  void operator--(int) { --*this; }
  [[nodiscard]] auto operator->() const
    requires std::is_pointer_v<T>
  {
    return kernel::Dereference<std::remove_pointer_t<T>>(value<T>(*this).symbolic());
  }
  [[nodiscard]] value<bool> operator!() const { return !value<T>(*this); }
  explicit operator bool() const { return static_cast<bool>(value<T>(*this)); }

  // For the API.
  [[nodiscard]] value<T> read(Tag tag, const kernel::Site& site) const {
    return value<T>::from(kernel::Run::current("a shared variable").read(location_, this, tag, site));
  }
  void write(const Value& stored, Tag tag, const kernel::Site& site) {
    kernel::Run::current("a shared variable").write(location_, this, stored, tag, site);
  }
  [[nodiscard]] Value address() const { return kernel::Run::current("a shared variable").address(location_, this); }
  [[nodiscard]] Location location() const { return location_; }

 private:
  shared& compound(BinaryOp op, const kernel::Stored<T>& by) {
    Thread& thread = kernel::Run::current("a shared variable").thread("a compound assignment", by.site);
    thread.compound(
        address(), [&](const Value& old) { return kernel::narrow<T>(thread.binary(op, old, by.value)); },
        kernel::position(by.site));
    return *this;
  }

  Location location_;
};

namespace kernel {

template <class T>
struct operand<shared<T>> {
  static constexpr bool is_operand = true;
  static constexpr bool is_tracked = true;
  using type = T;
  [[nodiscard]] static Value get(const shared<T>& x) { return x.read(Tag::kPlain, Site::current()).symbolic(); }
};

// The thread that runs, for the function named `what`.
[[nodiscard]] inline Thread& thread_for(const char* what, const Site& site) { return Run::current(what).thread(what, site); }

}  // namespace kernel

// --- marked accesses; no ordering but that of one location and of dependencies ------------------------------------------

template <class T>
[[nodiscard]] value<T> READ_ONCE(const shared<T>& x, const kernel::Site& site = kernel::Site::current()) {
  return x.read(Tag::kOnce, site);
}
template <class T>
void WRITE_ONCE(shared<T>& x, const std::type_identity_t<kernel::Stored<T>>& v, const kernel::Site& site = kernel::Site::current()) {
  x.write(v.value, Tag::kOnce, site);
}

// Later accesses of the thread come after an acquire load; earlier ones before a release store.
template <class T>
[[nodiscard]] value<T> smp_load_acquire(const shared<T>* x, const kernel::Site& site = kernel::Site::current()) {
  return x->read(Tag::kAcquire, site);
}
template <class T>
void smp_store_release(shared<T>* x, const std::type_identity_t<kernel::Stored<T>>& v,
                       const kernel::Site& site = kernel::Site::current()) {
  x->write(v.value, Tag::kRelease, site);
}

// A store with smp_mb() behind it.
template <class T>
void smp_store_mb(shared<T>& x, const std::type_identity_t<kernel::Stored<T>>& v,
                  const kernel::Site& site = kernel::Site::current()) {
  x.write(v.value, Tag::kOnce, site);
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
