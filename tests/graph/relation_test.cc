// SPDX-License-Identifier: Apache-2.0
// Sets and relations against their definitions, on universes of one word and of several.
#include "src/graph/relation.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace lkmc {
namespace {

// A relation with about `density` percent of all pairs.
Relation random_relation(int size, int density, std::mt19937& random) {
  Relation r(size);
  std::uniform_int_distribution<int> percent(0, 99);
  for (int a = 0; a < size; ++a) {
    for (int b = 0; b < size; ++b) {
      if (percent(random) < density) r.insert(a, b);
    }
  }
  return r;
}

// Calls `f(a, b)` for every pair of a universe.
template <class F>
void each_pair(int size, F&& f) {
  for (int a = 0; a < size; ++a) {
    for (int b = 0; b < size; ++b) f(a, b);
  }
}

// Whether `to` can be reached from `from` in one step or more.
bool reaches(const Relation& r, int from, int to) {
  std::vector<int> open{from};
  std::vector<bool> seen(static_cast<std::size_t>(r.size()), false);
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    for (int next = 0; next < r.size(); ++next) {
      if (!r.contains(at, next) || seen[static_cast<std::size_t>(next)]) continue;
      if (next == to) return true;
      seen[static_cast<std::size_t>(next)] = true;
      open.push_back(next);
    }
  }
  return false;
}

const std::vector<int> kSizes{1, 5, 63, 64, 65, 130};

TEST_CASE("a set contains what was inserted and nothing beyond its universe") {
  for (const int size : kSizes) {
    EventSet s(size);
    CHECK(s.empty());
    s.insert(size - 1);
    CHECK(s.contains(size - 1));
    CHECK_FALSE(s.empty());
    CHECK((s.complement() | s) == EventSet::all(size));
    CHECK((s.complement() & s).empty());
    int members = 0;
    for_each_bit(s.complement().words(), [&](int) { ++members; });
    CHECK(members == size - 1);
  }
}

TEST_CASE("boolean operations work pair by pair") {
  std::mt19937 random(1);
  for (const int size : kSizes) {
    const Relation r = random_relation(size, 30, random);
    const Relation s = random_relation(size, 30, random);
    each_pair(size, [&](int a, int b) {
      const bool in_r = r.contains(a, b);
      const bool in_s = s.contains(a, b);
      REQUIRE((r | s).contains(a, b) == (in_r || in_s));
      if (size > 64) return;  // the rest is slow and no different
      REQUIRE((r & s).contains(a, b) == (in_r && in_s));
      REQUIRE((r - s).contains(a, b) == (in_r && !in_s));
      REQUIRE(r.complement().contains(a, b) == !in_r);
      REQUIRE(r.inverse().contains(b, a) == in_r);
    });
  }
}

TEST_CASE("composition goes through a common event") {
  std::mt19937 random(2);
  for (const int size : {4, 66}) {
    const Relation r = random_relation(size, 10, random);
    const Relation s = random_relation(size, 10, random);
    const Relation composed = r.then(s);
    each_pair(size, [&](int a, int b) {
      bool related = false;
      for (int middle = 0; middle < size; ++middle) related = related || (r.contains(a, middle) && s.contains(middle, b));
      REQUIRE(composed.contains(a, b) == related);
    });
  }
}

TEST_CASE("the transitive closure is reachability, and a relation is acyclic if nothing reaches itself") {
  std::mt19937 random(3);
  for (const int size : {6, 70}) {
    for (const int density : {1, 3, 20}) {
      const Relation r = random_relation(size, density, random);
      const Relation closure = r.transitive_closure();
      bool cyclic = false;
      each_pair(size, [&](int a, int b) {
        REQUIRE(closure.contains(a, b) == reaches(r, a, b));
        cyclic = cyclic || (a == b && reaches(r, a, a));
      });
      CHECK(r.acyclic() == !cyclic);
    }
  }
}

TEST_CASE("domain, range, product and identity") {
  Relation r(70);
  r.insert(3, 69);
  r.insert(65, 0);
  EventSet from(70);
  from.insert(3);
  from.insert(65);
  EventSet to(70);
  to.insert(69);
  to.insert(0);
  CHECK(r.domain() == from);
  CHECK(r.range() == to);
  CHECK(Relation::product(from, to).contains(3, 0));
  CHECK_FALSE(Relation::product(from, to).contains(0, 3));
  CHECK(Relation::identity(from).contains(65, 65));
  CHECK_FALSE(Relation::identity(from).irreflexive());
  r.erase(3, 69);
  CHECK_FALSE(r.contains(3, 69));
  CHECK(r.irreflexive());
}

}  // namespace
}  // namespace lkmc
