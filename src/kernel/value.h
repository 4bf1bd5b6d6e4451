// SPDX-License-Identifier: Apache-2.0
// value<T>: what a read yields, and what is computed from it.
//
// A value is a number, a truth value, an enumerator or a pointer that is not known while the thread runs: the checker
// decides later which store each read sees. It remembers which reads it was computed from, so that data, address and
// control dependencies are those of the source. Arithmetic wraps around as in the kernel (-fno-strict-overflow), at
// the width that C's promotions give.
//
// `if (v)` asks for the truth of a value: the checker follows both ways. What only one of them leads to depends on it by
// control, as in C: up to the end of the `if`, or of the function if it returns there. The same goes for `&&`, `||`, `?:`,
// loops and `switch`, and for plain variables that are set on one of the ways (control_flow.h). `raw(v)` gives the bare
// number, and with it up all dependencies.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "src/kernel/runtime.h"

namespace lkmc {

template <class T>
class value;
template <class T>
class shared;

namespace kernel {

// The machine word that stands for a C++ scalar.
template <Scalar T>
[[nodiscard]] Word to_word(T v) {
  if constexpr (std::is_null_pointer_v<T>) {
    return 0;
  } else if constexpr (std::is_pointer_v<T>) {
    const auto word = static_cast<Word>(reinterpret_cast<std::uintptr_t>(v));
    if (v != nullptr) Run::current("a pointer").may_be_pointed_to(reinterpret_cast<const void*>(static_cast<std::uintptr_t>(word)));
    return word;
  } else {
    return static_cast<Word>(v);
  }
}

// Cuts a word to the width of T and extends it again.
template <class T>
[[nodiscard]] Value narrow(const Value& v) {
  if constexpr (std::is_same_v<T, bool>) {
    Run& run = Run::current("a value");
    return run.binary(BinaryOp::kNotEqual, v, run.constant(0));
  } else if constexpr (std::is_enum_v<T>) {
    return narrow<std::underlying_type_t<T>>(v);
  } else if constexpr (std::is_integral_v<T> && sizeof(T) < sizeof(Word)) {
    Run& run = Run::current("a value");
    if constexpr (std::is_signed_v<T>) {
      return run.unary(sizeof(T) == 1 ? UnaryOp::kSignExtend8 : sizeof(T) == 2 ? UnaryOp::kSignExtend16 : UnaryOp::kSignExtend32, v);
    } else {
      return run.binary(BinaryOp::kBitAnd, v, run.constant((Word{1} << (8 * sizeof(T))) - 1));
    }
  } else {
    return v;
  }
}

// Something that can stand in an expression with values: a value, a shared variable (read plainly), or a C++ scalar.
template <class X>
struct operand {
  static constexpr bool is_operand = Scalar<X>;
  static constexpr bool is_tracked = false;
  using type = X;
  [[nodiscard]] static Value get(const X& x) {
    if constexpr (std::is_pointer_v<X>) {
      return Run::current("a pointer").pointer(x);
    } else {
      return Run::current("a value").number(to_word(x));
    }
  }
};
template <class T>
struct operand<value<T>> {
  static constexpr bool is_operand = true;
  static constexpr bool is_tracked = true;
  using type = T;
  [[nodiscard]] static Value get(const value<T>& x) { return x.symbolic(); }
};

template <class X>
concept Operand = operand<std::remove_cvref_t<X>>::is_operand;
template <class X>
using operand_type = typename operand<std::remove_cvref_t<X>>::type;
template <class A, class B>
concept Operands = Operand<A> && Operand<B> &&(operand<std::remove_cvref_t<A>>::is_tracked || operand<std::remove_cvref_t<B>>::is_tracked);

template <class X>
[[nodiscard]] LKMC_INLINE inline Value get(const X& x) {
  return operand<std::remove_cvref_t<X>>::get(x);
}

template <class A, class B>
[[nodiscard]] LKMC_INLINE inline Value compute(BinaryOp op, const A& a, const B& b) {
  const Value va = get(a);
  const Value vb = get(b);
  return Run::current("a value").binary(op, va, vb);
}

// While it lives, accesses to members of the object depend on the pointer by address: `p->member` in one expression.
template <class T>
class Dereference {
 public:
  LKMC_INLINE explicit Dereference(const Value& pointer)
      : Dereference(*static_cast<T*>(Run::current("a pointer").object_at(pointer, sizeof(T))), pointer.reads) {}
  // The object that was found by means of the reads.
  Dereference(T& object, const std::vector<EventIndex>& reads) : run_(Run::current("a pointer")), object_(&object) {
    const auto* begin = reinterpret_cast<const std::byte*>(object_);
    run_.dereferences().push_back({begin, begin + sizeof(T), reads});
  }
  ~Dereference() { run_.dereferences().pop_back(); }
  Dereference(const Dereference&) = delete;
  Dereference& operator=(const Dereference&) = delete;
  [[nodiscard]] T* operator->() const { return object_; }

 private:
  Run& run_;
  T* object_;
};

// `*p`: stands for the object in one expression, as Dereference. `(*p).x` is not to be had in C++; it is `p->x`.
template <class T>
class Pointee : public Dereference<T> {
 public:
  using Dereference<T>::Dereference;
  operator T&() const { return *this->operator->(); }  // NOLINT: it is one
  [[nodiscard]] T* operator&() const { return this->operator->(); }
  // Member by member, each by a plain access.
  const Pointee& operator=(const T& other) const {
    *this->operator->() = other;
    return *this;
  }
  const Pointee& operator=(const Pointee& other) const { return *this = *other.operator->(); }
};

}  // namespace kernel

template <class T>
class value : private kernel::Tracked {
  static_assert(Scalar<T>,
                "a value is an integer, a truth value, an enumerator or a pointer: the kernel has no floating "
                "point, and of a structure each member is a value");

 public:
  value() : value(T{}) {}
  value(T number) {  // NOLINT: a number is a value
    kernel::Run& run = kernel::Run::current("a value");
    Tracked::value = run.assigned(kernel::get(number));
    run.track(*this);
  }
  template <kernel::Operand X>
  requires(kernel::operand<std::remove_cvref_t<X>>::is_tracked && !std::is_same_v<std::remove_cvref_t<X>, value<T>> &&
           std::is_convertible_v<kernel::operand_type<X>, T>) LKMC_INLINE value(const X& other) {  // NOLINT: as C converts
    kernel::Run& run = kernel::Run::current("a value");
    Tracked::value = run.assigned(kernel::narrow<T>(kernel::get(other)));
    run.track(*this);
  }
  value(const value& other) : Tracked{kernel::Run::current("a value").copied(other), -1} { kernel::Run::current("a value").track(*this); }
  value& operator=(const value& other) {
    kernel::Run& run = kernel::Run::current("a value");
    Value v = run.copied(other);
    run.changes(*this);
    Tracked::value = std::move(v);
    run.note_assignment(*this);
    return *this;
  }
  ~value() {
    if (kernel::Run* run = kernel::Run::current_or_null()) run->forget(*this);
  }

  // For the API: the expression and the reads behind the value.
  [[nodiscard]] const Value& symbolic() const {
    if (kernel::Run* run = kernel::Run::current_or_null()) run->is_read(*this);
    return Tracked::value;
  }
  [[nodiscard]] static value from(Value v) {
    value result;
    result.Tracked::value = kernel::Run::current("a value").assigned(std::move(v));
    return result;
  }

  // Asks for the truth of the value. What that decides depends on it by control.
  explicit operator bool() const { return kernel::Run::current("a value").decide(symbolic()); }

  // A pointer is followed: the accesses in the same expression depend on it by address.
  [[nodiscard]] LKMC_INLINE auto operator->() const requires std::is_pointer_v<T> {
    return kernel::Dereference<std::remove_pointer_t<T>>(symbolic());
  }

  [[nodiscard]] LKMC_INLINE auto operator*() const requires std::is_pointer_v<T> {
    return kernel::Pointee<std::remove_pointer_t<T>>(symbolic());
  }

  LKMC_INLINE value& operator+=(const auto& other) { return *this = *this + other; }
  LKMC_INLINE value& operator-=(const auto& other) { return *this = *this - other; }
  LKMC_INLINE value& operator|=(const auto& other) { return *this = *this | other; }
  LKMC_INLINE value& operator&=(const auto& other) { return *this = *this & other; }
  LKMC_INLINE value& operator^=(const auto& other) { return *this = *this ^ other; }
  LKMC_INLINE value& operator++() { return *this = *this + 1; }
  LKMC_INLINE value& operator--() { return *this = *this - 1; }
  value operator++(int) {
    const value before = *this;
    ++*this;
    return before;
  }
  value operator--(int) {
    const value before = *this;
    --*this;
    return before;
  }
};

template <Scalar T>
value(T) -> value<T>;

// The bare number behind a value. The thread goes on with one that it might be, for each of them: that is a decision, which governs what
// it governs; address and data dependencies end here.
template <kernel::Operand X>
[[nodiscard]] LKMC_INLINE inline kernel::operand_type<X> raw(const X& x,
                                                             const std::source_location& site = std::source_location::current()) {
  using T = kernel::operand_type<X>;
  const Word word = kernel::Run::current("raw()").go_on_by(kernel::get(x), kernel::position(site),
                                                           std::is_pointer_v<T> ? Wanted::kAddress : Wanted::kNumber);
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<T>(static_cast<std::uintptr_t>(word));
  } else {
    return static_cast<T>(word);
  }
}

namespace kernel {

// The type of `a op b` in C.
template <class A, class B>
using promoted = decltype(std::declval<A>() + std::declval<B>());

template <class A, class B>
inline constexpr bool is_unsigned_word = std::is_integral_v<A>&& std::is_integral_v<B>&& std::is_unsigned_v<promoted<A, B>> &&
                                         sizeof(promoted<A, B>) == sizeof(Word);

template <class A, class B>
[[nodiscard]] LKMC_INLINE inline auto arithmetic(BinaryOp op, const A& a, const B& b) {
  using R = promoted<operand_type<A>, operand_type<B>>;
  static_assert(!std::is_pointer_v<R>, "a pointer takes part in `pointer + number` and `pointer - number` only");
  return value<R>::from(narrow<R>(compute(op, a, b)));
}

template <class A>
inline constexpr bool is_pointer_operand = std::is_pointer_v<operand_type<A>>;

// a + b and a - b, where a pointer moves by whole objects.
template <class A, class B>
[[nodiscard]] LKMC_INLINE inline auto sum(BinaryOp op, const A& a, const B& b) {
  if constexpr (is_pointer_operand<A>) {
    static_assert(std::is_integral_v<operand_type<B>>, "only a number is added to or taken from a pointer");
    const Value pointer = get(a);
    const Value number = get(b);
    Run& run = Run::current("a pointer");
    const Value bytes =
        run.binary(BinaryOp::kMultiply, number, run.constant(static_cast<Word>(sizeof(std::remove_pointer_t<operand_type<A>>))));
    return value<operand_type<A>>::from(run.binary(op, pointer, bytes));
  } else {
    return arithmetic(op, a, b);
  }
}

template <class A, class B>
[[nodiscard]] LKMC_INLINE inline auto quotient(BinaryOp op, BinaryOp unsigned_op, const A& a, const B& b) {
  Run& run = Run::current("a value");
  const auto divisor = arithmetic(BinaryOp::kAdd, value<operand_type<A>>(0), b);  // converted as C does
  if (!run.branch(divisor.symbolic())) run.fail(run.last_place(), "division by zero");
  return arithmetic(is_unsigned_word<operand_type<A>, operand_type<B>> ? unsigned_op : op, a, divisor);
}

// The type of a shift is that of its left side.
template <class A, class B>
[[nodiscard]] LKMC_INLINE inline auto shift(BinaryOp op, const A& a, const B& b) {
  using R = promoted<operand_type<A>, int>;
  static_assert(std::is_integral_v<R> && std::is_integral_v<operand_type<B>>, "a shift is for integers");
  using Left = promoted<operand_type<A>, operand_type<A>>;
  return value<Left>::from(narrow<Left>(compute(op, a, b)));
}

// One side made as wide as C makes it, so that -1 == 0xffffffffu as in C.
template <class A, class B, class X>
[[nodiscard]] LKMC_INLINE inline Value widened(const X& x) {
  if constexpr (std::is_integral_v<A> && std::is_integral_v<B> && !std::is_same_v<A, B>) {
    return narrow<promoted<A, B>>(get(x));
  } else {
    return get(x);
  }
}

// As in C, pointers are compared if they are of one type, or one converts to the other.
template <class A, class B>
inline constexpr bool is_comparable =
    !std::is_pointer_v<A> || !std::is_pointer_v<B> || std::is_convertible_v<A, B> || std::is_convertible_v<B, A>;

template <class A, class B>
[[nodiscard]] LKMC_INLINE inline value<bool> comparison(BinaryOp op, const A& a, const B& b) {
  static_assert(is_comparable<operand_type<A>, operand_type<B>>, "pointers of different types are compared");
  const Value va = widened<operand_type<A>, operand_type<B>>(a);
  const Value vb = widened<operand_type<A>, operand_type<B>>(b);
  return value<bool>::from(Run::current("a value").binary(op, va, vb));
}

// a < b
template <class A, class B>
[[nodiscard]] LKMC_INLINE inline value<bool> less(const A& a, const B& b) {
  constexpr bool unsigned_word = is_unsigned_word<operand_type<A>, operand_type<B>>;
  return comparison(unsigned_word ? BinaryOp::kUnsignedLess : BinaryOp::kLess, a, b);
}

}  // namespace kernel

template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator+(const A& a, const B& b) {
  if constexpr (kernel::is_pointer_operand<B>) {
    return kernel::sum(BinaryOp::kAdd, b, a);
  } else {
    return kernel::sum(BinaryOp::kAdd, a, b);
  }
}
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator-(const A& a, const B& b) { return kernel::sum(BinaryOp::kSubtract, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator*(const A& a, const B& b) { return kernel::arithmetic(BinaryOp::kMultiply, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator/(const A& a, const B& b) {
  return kernel::quotient(BinaryOp::kDivide, BinaryOp::kUnsignedDivide, a, b);
}
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator%(const A& a, const B& b) {
  return kernel::quotient(BinaryOp::kModulo, BinaryOp::kUnsignedModulo, a, b);
}
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator&(const A& a, const B& b) { return kernel::arithmetic(BinaryOp::kBitAnd, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator|(const A& a, const B& b) { return kernel::arithmetic(BinaryOp::kBitOr, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator^(const A& a, const B& b) { return kernel::arithmetic(BinaryOp::kBitXor, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator<<(const A& a, const B& b) { return kernel::shift(BinaryOp::kShiftLeft, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline auto operator>>(const A& a, const B& b) {
  constexpr bool unsigned_word = kernel::is_unsigned_word<kernel::operand_type<A>, kernel::operand_type<A>>;
  return kernel::shift(unsigned_word ? BinaryOp::kUnsignedShiftRight : BinaryOp::kShiftRight, a, b);
}

template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator==(const A& a, const B& b) { return kernel::comparison(BinaryOp::kEqual, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator!=(const A& a, const B& b) { return kernel::comparison(BinaryOp::kNotEqual, a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator<(const A& a, const B& b) { return kernel::less(a, b); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator>(const A& a, const B& b) { return kernel::less(b, a); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator<=(const A& a, const B& b) { return !kernel::less(b, a); }
template <class A, class B>
requires kernel::Operands<A, B>
[[nodiscard]] LKMC_INLINE inline value<bool> operator>=(const A& a, const B& b) { return !kernel::less(a, b); }

template <class A>
requires kernel::Operands<A, A>
[[nodiscard]] LKMC_INLINE inline value<bool> operator!(const A& a) {
  return value<bool>::from(kernel::Run::current("a value").unary(UnaryOp::kLogicalNot, kernel::get(a)));
}
template <class A>
requires kernel::Operands<A, A>
[[nodiscard]] LKMC_INLINE inline auto operator-(const A& a) { return 0 - a; }
template <class A>
requires kernel::Operands<A, A>
[[nodiscard]] LKMC_INLINE inline auto operator+(const A& a) { return 0 + a; }
template <class A>
requires kernel::Operands<A, A>
[[nodiscard]] LKMC_INLINE inline auto operator~(const A& a) {
  using R = kernel::promoted<kernel::operand_type<A>, kernel::operand_type<A>>;
  return value<R>::from(kernel::narrow<R>(kernel::Run::current("a value").unary(UnaryOp::kBitNot, kernel::get(a))));
}

// The structure whose `member` a pointer points to; null is not checked, as in the kernel (include/linux/container_of.h).
#define container_of(ptr, type, member) ::lkmc::kernel::container_at<type, decltype(type::member)>((ptr), offsetof(type, member))

namespace kernel {
template <class Container, class Member>
[[nodiscard]] value<Container*> container_at(const value<Member*>& member, std::size_t offset) {
  Run& run = Run::current("container_of()");
  return value<Container*>::from(run.binary(BinaryOp::kSubtract, member.symbolic(), run.constant(static_cast<Word>(offset))));
}
}  // namespace kernel

}  // namespace lkmc
