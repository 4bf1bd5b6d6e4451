// SPDX-License-Identifier: Apache-2.0
// The operations on bit matrices that evaluate a model, on raw memory with the row width known at compile time.
//
// A relation over n events is n rows of W words; a set is one row. `Bits<W>` has W fixed so that the loops over a row
// unroll (one word up to 64 events, two up to 128, …); `Bits<0>` takes any width. Nothing here allocates. Results must
// not overlap operands unless a function says so.
#pragma once

#include <algorithm>
#include <bit>

#include "src/graph/relation.h"

namespace lkmc {

template <int W>
class Bits {
 public:
  explicit Bits(int size) : n_(size), words_(words_for(size)) {}

  [[nodiscard]] int size() const { return n_; }
  [[nodiscard]] int width() const { return W != 0 ? W : words_; }
  [[nodiscard]] int set_words() const { return width(); }
  [[nodiscard]] int relation_words() const { return n_ * width(); }

  [[nodiscard]] const BitWord* row(const BitWord* r, int e) const { return r + e * width(); }
  [[nodiscard]] BitWord* row(BitWord* r, int e) const { return r + e * width(); }
  [[nodiscard]] bool test(const BitWord* row_words, int e) const { return (row_words[e / kBitsPerWord] >> (e % kBitsPerWord)) & 1; }
  void put(BitWord* row_words, int e) const { row_words[e / kBitsPerWord] |= BitWord{1} << (e % kBitsPerWord); }

  template <class F>
  void each(const BitWord* row_words, F&& f) const {
    for (int w = 0; w < width(); ++w) {
      for (BitWord bits = row_words[w]; bits != 0; bits &= bits - 1) f(w * kBitsPerWord + std::countr_zero(bits));
    }
  }
  [[nodiscard]] bool row_empty(const BitWord* row_words) const {
    BitWord any = 0;
    for (int w = 0; w < width(); ++w) any |= row_words[w];
    return any == 0;
  }
  void or_row(BitWord* to, const BitWord* from) const {
    for (int w = 0; w < width(); ++w) to[w] |= from[w];
  }

  // --- flat operations on `count` words (sets and relations alike); `to` may be an operand ------------------
  static void copy(BitWord* to, const BitWord* a, int count) { std::copy_n(a, count, to); }
  static void clear(BitWord* to, int count) { std::fill_n(to, count, BitWord{0}); }
  static void unite(BitWord* to, const BitWord* a, const BitWord* b, int count) {
    for (int i = 0; i < count; ++i) to[i] = a[i] | b[i];
  }
  static void intersect(BitWord* to, const BitWord* a, const BitWord* b, int count) {
    for (int i = 0; i < count; ++i) to[i] = a[i] & b[i];
  }
  static void subtract(BitWord* to, const BitWord* a, const BitWord* b, int count) {
    for (int i = 0; i < count; ++i) to[i] = a[i] & ~b[i];
  }
  [[nodiscard]] static bool equal(const BitWord* a, const BitWord* b, int count) { return std::equal(a, a + count, b); }
  [[nodiscard]] static bool empty(const BitWord* a, int count) {
    BitWord any = 0;
    for (int i = 0; i < count; ++i) any |= a[i];
    return any == 0;
  }
  // Whether `a` has no member outside `b`.
  [[nodiscard]] static bool within(const BitWord* a, const BitWord* b, int count) {
    BitWord outside = 0;
    for (int i = 0; i < count; ++i) outside |= a[i] & ~b[i];
    return outside == 0;
  }
  [[nodiscard]] static bool disjoint(const BitWord* a, const BitWord* b, int count) {
    BitWord common = 0;
    for (int i = 0; i < count; ++i) common |= a[i] & b[i];
    return common == 0;
  }

  // --- sets -----------------------------------------------------------------------------------------------
  void all_events(BitWord* set) const {
    for (int w = 0; w < width(); ++w) set[w] = ~BitWord{0};
    const int rest = n_ % kBitsPerWord;
    if (rest != 0) set[width() - 1] = (BitWord{1} << rest) - 1;
    if (n_ == 0) clear(set, width());
  }
  void domain(BitWord* set, const BitWord* r) const {
    clear(set, width());
    for (int e = 0; e < n_; ++e) {
      if (!row_empty(row(r, e))) put(set, e);
    }
  }
  void range(BitWord* set, const BitWord* r) const {
    clear(set, width());
    for (int e = 0; e < n_; ++e) or_row(set, row(r, e));
  }

  // --- relations ------------------------------------------------------------------------------------------
  void identity_on(BitWord* to, const BitWord* set) const {
    clear(to, relation_words());
    each(set, [&](int e) { put(row(to, e), e); });
  }
  void add_identity(BitWord* to) const {
    for (int e = 0; e < n_; ++e) put(row(to, e), e);
  }
  void product(BitWord* to, const BitWord* from_set, const BitWord* to_set) const {
    clear(to, relation_words());
    each(from_set, [&](int e) { copy(row(to, e), to_set, width()); });
  }
  void inverse(BitWord* to, const BitWord* a) const {
    clear(to, relation_words());
    for (int e = 0; e < n_; ++e) each(row(a, e), [&](int f) { put(row(to, f), e); });
  }
  void then(BitWord* to, const BitWord* a, const BitWord* b) const {
    clear(to, relation_words());
    for (int e = 0; e < n_; ++e) {
      BitWord* out = row(to, e);
      each(row(a, e), [&](int middle) { or_row(out, row(b, middle)); });
    }
  }
  // [set] ; a
  void restrict_domain(BitWord* to, const BitWord* set, const BitWord* a) const {
    for (int e = 0; e < n_; ++e) {
      if (test(set, e)) {
        copy(row(to, e), row(a, e), width());
      } else {
        clear(row(to, e), width());
      }
    }
  }
  // a ; [set]
  void restrict_range(BitWord* to, const BitWord* a, const BitWord* set) const {
    for (int e = 0; e < n_; ++e) intersect(row(to, e), row(a, e), set, width());
  }
  // Replaces `a` by its transitive closure (Warshall).
  void close(BitWord* a) const {
    for (int middle = 0; middle < n_; ++middle) {
      const BitWord* from_middle = row(a, middle);
      if (row_empty(from_middle)) continue;
      for (int e = 0; e < n_; ++e) {
        if (test(row(a, e), middle)) or_row(row(a, e), from_middle);
      }
    }
  }
  [[nodiscard]] bool irreflexive(const BitWord* a) const {
    for (int e = 0; e < n_; ++e) {
      if (test(row(a, e), e)) return false;
    }
    return true;
  }
  // Removes events without successors until none is left or each has one. `alive` is scratch space for a set.
  [[nodiscard]] bool acyclic(const BitWord* a, BitWord* alive) const {
    clear(alive, width());
    for (int e = 0; e < n_; ++e) {
      if (!row_empty(row(a, e))) put(alive, e);
    }
    for (bool removed = true; removed;) {
      removed = false;
      for (int w = 0; w < width(); ++w) {
        for (BitWord bits = alive[w]; bits != 0; bits &= bits - 1) {
          const int e = w * kBitsPerWord + std::countr_zero(bits);
          if (disjoint(row(a, e), alive, width())) {
            alive[w] &= ~(bits & -bits);
            removed = true;
          }
        }
      }
      if (row_empty(alive)) return true;
    }
    return false;
  }

 private:
  int n_;
  int words_;
};

}  // namespace lkmc
