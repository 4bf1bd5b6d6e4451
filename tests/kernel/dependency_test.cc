// SPDX-License-Identifier: Apache-2.0
// Dependencies of values, against edges derived by hand from the source: which reads each event depends on by address
// and by data; control_test.cc is about control. A comment behind a line numbers its events.
#include <doctest/doctest.h>

#include <cstdint>
#include <vector>

#include "lkmc/litmus.h"
#include "tests/kernel/edges.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::check_edges;
using kernel_test::events;
using kernel_test::Outcome;
using kernel_test::Reads;
using kernel_test::run;

// --- data ---------------------------------------------------------------------------------------------------------------

enum class colour : std::uint8_t { red, green };

LITMUS(data_dependencies) {
  shared<int> a, b, x;
  shared<bool> truth;
  shared<colour> c, d;
  shared<std::uint8_t> narrow;
  thread("one", [&] {
    const value<int> r = READ_ONCE(a);        // 0
    const value<int> s = READ_ONCE(b);        // 1
    WRITE_ONCE(x, r + 1);                     // 2
    WRITE_ONCE(x, (r << 2) * s);              // 3
    WRITE_ONCE(x, r ^ r);                     // 4: zero, yet it depends
    WRITE_ONCE(x, r & 0);                     // 5
    WRITE_ONCE(truth, r < s);                 // 6
    WRITE_ONCE(truth, !r);                    // 7
    WRITE_ONCE(narrow, r);                    // 8
    WRITE_ONCE(x, 3);                         // 9
    const value<colour> hue = READ_ONCE(c);   // 10
    WRITE_ONCE(d, hue);                       // 11
    WRITE_ONCE(truth, hue == colour::green);  // 12
    WRITE_ONCE(x, raw(value<int>(4)));        // 13
  });
}
TEST_CASE("what a value is computed from is a data dependency of the store") {
  const auto e = events("data_dependencies");
  REQUIRE(e.size() == 14);
  const Reads data[] = {{}, {}, {0}, {0, 1}, {0}, {0}, {0, 1}, {0}, {0}, {}, {}, {10}, {10}, {}};
  for (std::size_t i = 0; i < e.size(); ++i) {
    CAPTURE(i);
    check_edges(e[i], {}, data[i], {});
  }
}

struct pair_of_values {
  value<int> first, second;
};
struct pair_of_shared {
  shared<int> first, second;
};
value<int> twice(const value<int>& v) { return v + v; }
value<int> first_of(pair_of_values p) { return p.first; }

LITMUS(copies) {
  shared<int> a, b, plain, x;
  auto& from = make<pair_of_shared>();
  auto& to = make<pair_of_shared>();
  thread("one", [&] {
    pair_of_values p{READ_ONCE(a), READ_ONCE(b)};  // 0, 1
    const pair_of_values q = p;
    p.first = 7;
    WRITE_ONCE(x, q.first);          // 2
    WRITE_ONCE(x, q.second);         // 3
    WRITE_ONCE(x, p.first);          // 4
    WRITE_ONCE(x, twice(q.second));  // 5
    WRITE_ONCE(x, first_of(q));      // 6
    plain = q.first;                 // 7
    WRITE_ONCE(x, plain);            // 8, 9: the read of `plain` stands between
    to = from;                       // 10, 11, 12, 13
    plain += q.second;               // 14, 15
  });
}
TEST_CASE("dependencies go through functions, structures of values, and plain shared variables") {
  const auto e = events("copies");
  REQUIRE(e.size() == 16);
  const Reads data[] = {{}, {}, {0}, {1}, {}, {1}, {0}, {0}, {}, {8}, {}, {10}, {}, {12}, {}, {1, 14}};
  for (std::size_t i = 0; i < e.size(); ++i) {
    CAPTURE(i);
    check_edges(e[i], {}, data[i], {});
    if (i >= 10) CHECK(e[i].event.tag == Tag::kPlain);
  }
}

// --- addr ---------------------------------------------------------------------------------------------------------------

struct node {
  shared<int> key;
  shared<node*> next;
};

LITMUS(pointers) {
  auto& first = make<node>();
  auto& second = make<node>();
  first.next = &second;
  shared<node*> head{&first};
  shared<shared<int>*> member;
  shared<int> x;
  thread("one", [&] {
    const value<node*> p = READ_ONCE(head);     // 0
    WRITE_ONCE(p->key, 1);                      // 1
    const value<node*> q = READ_ONCE(p->next);  // 2
    WRITE_ONCE(x, READ_ONCE(q->key));           // 3, 4
    WRITE_ONCE(first.key, 2);                   // 5: by its name, not through the pointer
    WRITE_ONCE(member, &q->key);                // 6: the address of a member is computed from the pointer
    const value<shared<int>*> k = &p->key;
    WRITE_ONCE(*k, 3);        // 7
    smp_store_release(k, 4);  // 8
    *k = *k + 1;              // 9, 10
    const value<node*> container = container_of(k, node, key);
    WRITE_ONCE(container->next, nullptr);           // 11
    const value<int> dead = READ_ONCE((&*p)->key);  // 12
    WRITE_ONCE(x, dead);                            // 13
  });
}
TEST_CASE("an access through a pointer depends on it by address") {
  // The words are null, first, second; p and q are asked for once.
  const auto e = events("pointers", {1, 2});
  REQUIRE(e.size() == 14);
  const Reads addr[] = {{}, {0}, {0}, {2}, {}, {}, {}, {0}, {0}, {0}, {0}, {0}, {0}, {}};
  const Reads data[] = {{}, {}, {}, {}, {3}, {}, {2}, {}, {}, {}, {9}, {}, {}, {12}};
  for (std::size_t i = 0; i < e.size(); ++i) {
    CAPTURE(i);
    check_edges(e[i], addr[i], data[i], {});
  }
}

LITMUS(indices) {
  array<shared<int>, 3> a;
  array<pair_of_shared, 2> pairs;
  shared<int> i, x;
  thread("one", [&] {
    const value<int> r = READ_ONCE(i);   // 0
    WRITE_ONCE(a[r], 1);                 // 1
    WRITE_ONCE(x, READ_ONCE(a[r + 1]));  // 2, 3
    a[r] = a[0] + r;                     // 4, 5
    WRITE_ONCE(a[2], 1);                 // 6
    WRITE_ONCE(pairs[r]->second, 1);     // 7
    WRITE_ONCE(pairs[1].first, 1);       // 8
  });
}
TEST_CASE("an access through an index depends on it by address") {
  const auto e = events("indices", {1, 1});  // whether r, and r + 1, is 0; where r is the index once more, that is known
  REQUIRE(e.size() == 9);
  const Reads addr[] = {{}, {0}, {0}, {}, {}, {0}, {}, {0}, {}};
  const Reads data[] = {{}, {}, {}, {2}, {}, {0, 4}, {}, {}, {}};
  for (std::size_t n = 0; n < e.size(); ++n) {
    CAPTURE(n);
    check_edges(e[n], addr[n], data[n], {});
  }
}

LITMUS(index_too_large) {
  array<shared<int>, 3> a;
  shared<int> i;
  thread("one", [&] { WRITE_ONCE(i, 3); });
  thread("two", [&] { WRITE_ONCE(a[READ_ONCE(i)], 1); });
}
LITMUS(index_negative) {
  array<shared<int>, 1> a;
  thread("one", [&] { WRITE_ONCE(a[-1], 1); });
}
LITMUS(index_in_range) {
  array<shared<int>, 3> a;
  shared<int> i;
  thread("one", [&] { WRITE_ONCE(i, 2); });
  thread("two", [&] { WRITE_ONCE(a[READ_ONCE(i)], 1); });
  finally([&] { CHECK_INVARIANT(a[0] + a[1] + a[2] == 1 && a[1] == 0, "one of two places"); });
}
TEST_CASE("an index out of range is a violation") {
  const Outcome o = run("index_too_large");
  CHECK(o.failures.contains("index out of range: the array has 3 elements"));
  CHECK(o.executions == 1);
  CHECK(run("index_negative").failures.contains("index out of range: the array has 1 element"));
  const Outcome fine = run("index_in_range");
  CHECK(fine.executions == 2);
  CHECK(fine.failures.empty());
  CHECK(fine.final_failures.empty());
}

LITMUS(walking_pointers) {
  auto& a = make<array<shared<int>, 4>>();
  thread("one", [&] {
    value<shared<int>*> p = &a[0];
    p += 2;
    WRITE_ONCE(*p, 5);
    --p;
    WRITE_ONCE(*p, 6);
    WRITE_ONCE(*(1 + p + 1), 7);
  });
  finally([&] { CHECK_INVARIANT(a[0] == 0 && a[1] == 6 && a[2] == 5 && a[3] == 7, "by whole elements"); });
}
TEST_CASE("pointers move by whole objects") {
  const Outcome o = run("walking_pointers");
  CHECK(o.executions == 1);
  CHECK(o.failures.empty());
  CHECK(o.final_failures.empty());
}

// --- arithmetic beyond value_test.cc -----------------------------------------------------------------------------------------

LITMUS(divisions_and_shifts) {
  shared<std::uint64_t> big{~std::uint64_t{0}};
  shared<int> seven{7}, zero;
  shared<unsigned> high{0x80000000u};
  thread("one", [&] {
    CHECK_INVARIANT(seven / 2 == 3 && seven % 4 == 3 && -seven / 2 == -3 && -seven % 2 == -1, "as C rounds");
    CHECK_INVARIANT(big / 2 == std::uint64_t{0x7fffffffffffffff} && big % 10 == 5u, "unsigned");
    CHECK_INVARIANT(high >> 31 == 1u && (high << 1) == 0u && big >> 63 == 1u, "shifts");
    static_assert(std::is_same_v<decltype(seven << 1L), value<int>>);
    static_assert(std::is_same_v<decltype(value<std::uint8_t>() + value<std::uint8_t>()), value<int>>);
    value<std::uint8_t> count = 255;
    CHECK_INVARIANT(count++ == 255 && count == 0 && --count == 255, "eight bits");
    CHECK_INVARIANT(value<int>(-1) == 0xffffffffu && value<int>(-1) < 0L, "conversions");
  });
  thread("two", [&] { CHECK_INVARIANT(1 / zero == 0, "not reached"); });
}
TEST_CASE("division and shifts are C's, and dividing by zero is a violation") {
  const Outcome o = run("divisions_and_shifts");
  CHECK(o.failures == std::set<std::string>{"division by zero"});
}

}  // namespace
}  // namespace lkmc
