// SPDX-License-Identifier: Apache-2.0
#include "src/graph/relation.h"

namespace lkmc {
namespace {

// The bits of the last word that stand for events.
BitWord tail_mask(int size) {
  const int rest = size % kBitsPerWord;
  return rest == 0 ? ~BitWord{0} : (BitWord{1} << rest) - 1;
}

bool all_zero(std::span<const BitWord> words) {
  for (const BitWord w : words) {
    if (w != 0) return false;
  }
  return true;
}

void or_into(std::span<BitWord> a, std::span<const BitWord> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] |= b[i];
}
void and_into(std::span<BitWord> a, std::span<const BitWord> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] &= b[i];
}
void subtract_from(std::span<BitWord> a, std::span<const BitWord> b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] &= ~b[i];
}

void complement_row(std::span<BitWord> row, int size) {
  for (BitWord& w : row) w = ~w;
  if (!row.empty()) row.back() &= tail_mask(size);
}

}  // namespace

EventSet EventSet::all(int size) {
  EventSet s(size);
  complement_row(s.bits_, size);
  return s;
}

bool EventSet::empty() const { return all_zero(bits_); }

EventSet& EventSet::operator|=(const EventSet& other) {
  or_into(bits_, other.bits_);
  return *this;
}
EventSet& EventSet::operator&=(const EventSet& other) {
  and_into(bits_, other.bits_);
  return *this;
}
EventSet& EventSet::operator-=(const EventSet& other) {
  subtract_from(bits_, other.bits_);
  return *this;
}

EventSet EventSet::complement() const {
  EventSet s = *this;
  complement_row(s.bits_, size_);
  return s;
}

Relation Relation::identity(const EventSet& set) {
  Relation r(set.size());
  for_each_bit(set.words(), [&](int e) { r.insert(e, e); });
  return r;
}

Relation Relation::product(const EventSet& from, const EventSet& to) {
  Relation r(from.size());
  for_each_bit(from.words(), [&](int e) { or_into(r.row(e), to.words()); });
  return r;
}

bool Relation::empty() const { return all_zero(bits_); }

Relation& Relation::operator|=(const Relation& other) {
  or_into(bits_, other.bits_);
  return *this;
}
Relation& Relation::operator&=(const Relation& other) {
  and_into(bits_, other.bits_);
  return *this;
}
Relation& Relation::operator-=(const Relation& other) {
  subtract_from(bits_, other.bits_);
  return *this;
}

Relation Relation::complement() const {
  Relation r = *this;
  for (int a = 0; a < size_; ++a) complement_row(r.row(a), size_);
  return r;
}

Relation Relation::inverse() const {
  Relation r(size_);
  for (int a = 0; a < size_; ++a) {
    for_each_bit(row(a), [&](int b) { r.insert(b, a); });
  }
  return r;
}

Relation Relation::then(const Relation& b) const {
  Relation r(size_);
  for (int a = 0; a < size_; ++a) {
    for_each_bit(row(a), [&](int middle) { or_into(r.row(a), b.row(middle)); });
  }
  return r;
}

Relation Relation::transitive_closure() const {
  Relation r = *this;
  for (int middle = 0; middle < size_; ++middle) {
    for (int a = 0; a < size_; ++a) {
      if (r.contains(a, middle)) or_into(r.row(a), r.row(middle));
    }
  }
  return r;
}

EventSet Relation::domain() const {
  EventSet s(size_);
  for (int a = 0; a < size_; ++a) {
    if (!all_zero(row(a))) s.insert(a);
  }
  return s;
}

EventSet Relation::range() const {
  EventSet s(size_);
  for (int a = 0; a < size_; ++a) or_into(s.words(), row(a));
  return s;
}

bool Relation::irreflexive() const {
  for (int a = 0; a < size_; ++a) {
    if (contains(a, a)) return false;
  }
  return true;
}

bool Relation::acyclic() const { return transitive_closure().irreflexive(); }

}  // namespace lkmc
