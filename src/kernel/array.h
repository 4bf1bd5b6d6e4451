// SPDX-License-Identifier: Apache-2.0
// Arrays whose index may be a value: array<shared<int>, 3> a; WRITE_ONCE(a[i], 1);
//
// An access through an index that was computed from reads depends on them by address. The checker goes on with each place
// that the index may mean, and an index that is out of range is a violation. An element that is a structure is accessed
// by `a[i]->x`, since nothing can stand in for `a[i].x` in C++; where i is a plain number, that works as well.
#pragma once

#include <concepts>
#include <cstddef>

#include "src/kernel/shared.h"

namespace lkmc {
namespace kernel {

// An index and where it stands.
struct Index {
  template <Operand X>
  requires(operand<std::remove_cvref_t<X>>::is_tracked&& std::is_integral_v<operand_type<X>>)
      Index(const X& x, const Site& where = Site::current())
      : value(get(x)), site(where) {}  // NOLINT: as C converts
  Value value;
  Site site;
};
struct KnownIndex {
  template <std::integral I>
  KnownIndex(I i, const Site& where = Site::current()) : place(static_cast<Word>(i)), site(where) {}  // NOLINT: likewise
  Word place;
  Site site;
};

}  // namespace kernel

template <class T, std::size_t N>
class array {
  static_assert(N > 0, "an array has elements");

 public:
  [[nodiscard]] kernel::Pointee<T> operator[](const kernel::Index& i) {
    return kernel::Pointee<T>(elements_[kernel::Run::current("an array").place_at(i.value, N, i.site)], i.value.reads);
  }
  [[nodiscard]] T& operator[](const kernel::KnownIndex& i) {
    kernel::Run& run = kernel::Run::current("an array");
    return elements_[run.place_at(run.constant(i.place), N, i.site)];
  }

  [[nodiscard]] T* begin() { return elements_; }
  [[nodiscard]] T* end() { return elements_ + N; }
  [[nodiscard]] static constexpr std::size_t size() { return N; }

 private:
  T elements_[N];
};

}  // namespace lkmc
