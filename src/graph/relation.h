// SPDX-License-Identifier: Apache-2.0
// Sets of events and relations between events, as bit matrices.
//
// An execution of a litmus test has some dozens of events, so a set is a row of machine words and a relation one row
// per event: `r.row(a)` is the set of the events that `a` is related to. All operands of one operation belong to one
// universe, the number of events `size()`. These are the plain value types, used where clarity counts; the evaluation
// of a model inside the search runs on the same layout in one arena (src/model/checker.h).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lkmc {

using BitWord = std::uint64_t;
inline constexpr int kBitsPerWord = 64;

// Number of words of a row for `size` events.
[[nodiscard]] constexpr int words_for(int size) { return (size + kBitsPerWord - 1) / kBitsPerWord; }

// Calls `f(index)` for each member of a row, in ascending order.
template <class F>
void for_each_bit(std::span<const BitWord> row, F&& f) {
  for (std::size_t w = 0; w < row.size(); ++w) {
    for (BitWord bits = row[w]; bits != 0; bits &= bits - 1) {
      f(static_cast<int>(w) * kBitsPerWord + std::countr_zero(bits));
    }
  }
}

class EventSet {
 public:
  explicit EventSet(int size) : size_(size), bits_(static_cast<std::size_t>(words_for(size)), 0) {}
  [[nodiscard]] static EventSet all(int size);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool contains(int e) const { return (bits_[word(e)] >> (e % kBitsPerWord)) & 1; }
  void insert(int e) { bits_[word(e)] |= BitWord{1} << (e % kBitsPerWord); }
  [[nodiscard]] bool empty() const;

  [[nodiscard]] std::span<const BitWord> words() const { return bits_; }
  [[nodiscard]] std::span<BitWord> words() { return bits_; }

  EventSet& operator|=(const EventSet& other);
  EventSet& operator&=(const EventSet& other);
  EventSet& operator-=(const EventSet& other);
  friend EventSet operator|(EventSet a, const EventSet& b) { return a |= b; }
  friend EventSet operator&(EventSet a, const EventSet& b) { return a &= b; }
  friend EventSet operator-(EventSet a, const EventSet& b) { return a -= b; }
  [[nodiscard]] EventSet complement() const;
  friend bool operator==(const EventSet&, const EventSet&) = default;

 private:
  static std::size_t word(int e) { return static_cast<std::size_t>(e / kBitsPerWord); }
  int size_;
  std::vector<BitWord> bits_;
};

class Relation {
 public:
  explicit Relation(int size)
      : size_(size), words_(words_for(size)), bits_(static_cast<std::size_t>(size) * static_cast<std::size_t>(words_for(size)), 0) {}
  [[nodiscard]] static Relation identity(const EventSet& set);
  [[nodiscard]] static Relation product(const EventSet& from, const EventSet& to);

  [[nodiscard]] int size() const { return size_; }
  [[nodiscard]] bool contains(int a, int b) const { return (row(a)[static_cast<std::size_t>(b / kBitsPerWord)] >> (b % kBitsPerWord)) & 1; }
  void insert(int a, int b) { row(a)[static_cast<std::size_t>(b / kBitsPerWord)] |= BitWord{1} << (b % kBitsPerWord); }
  void erase(int a, int b) { row(a)[static_cast<std::size_t>(b / kBitsPerWord)] &= ~(BitWord{1} << (b % kBitsPerWord)); }
  [[nodiscard]] bool empty() const;

  [[nodiscard]] std::span<const BitWord> row(int a) const { return {bits_.data() + offset(a), static_cast<std::size_t>(words_)}; }
  [[nodiscard]] std::span<BitWord> row(int a) { return {bits_.data() + offset(a), static_cast<std::size_t>(words_)}; }
  [[nodiscard]] std::span<const BitWord> words() const { return bits_; }
  [[nodiscard]] std::span<BitWord> words() { return bits_; }

  Relation& operator|=(const Relation& other);
  Relation& operator&=(const Relation& other);
  Relation& operator-=(const Relation& other);
  friend Relation operator|(Relation a, const Relation& b) { return a |= b; }
  friend Relation operator&(Relation a, const Relation& b) { return a &= b; }
  friend Relation operator-(Relation a, const Relation& b) { return a -= b; }
  [[nodiscard]] Relation complement() const;
  [[nodiscard]] Relation inverse() const;
  // `a ; b`
  [[nodiscard]] Relation then(const Relation& b) const;
  // `r+`
  [[nodiscard]] Relation transitive_closure() const;
  [[nodiscard]] EventSet domain() const;
  [[nodiscard]] EventSet range() const;
  [[nodiscard]] bool irreflexive() const;
  [[nodiscard]] bool acyclic() const;
  friend bool operator==(const Relation&, const Relation&) = default;

 private:
  [[nodiscard]] std::size_t offset(int a) const { return static_cast<std::size_t>(a) * static_cast<std::size_t>(words_); }
  int size_;
  int words_;
  std::vector<BitWord> bits_;
};

}  // namespace lkmc
