// SPDX-License-Identifier: Apache-2.0
// value<T>: its arithmetic is C's, and its dependencies are those of the source.
#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lkmc/litmus.h"
#include "src/cpp/cpp_test.h"
#include "src/program/unfolding.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

template <class T>
void wraps() {
  shared<T> x{std::numeric_limits<T>::max()};
  shared<T> y;
  thread("a", [&] {
    x = x + 1;
    y = y - 1;
    CHECK_INVARIANT(x == std::numeric_limits<T>::min(), "above");
    CHECK_INVARIANT(y == static_cast<T>(-1), "below");
    if constexpr (std::is_signed_v<T>) {
      CHECK_INVARIANT(x < y, "signed");
    } else {
      CHECK_INVARIANT(x < y && y > T{0}, "unsigned");
    }
  });
}
LITMUS(wraps_s8) { wraps<std::int8_t>(); }
LITMUS(wraps_u8) { wraps<std::uint8_t>(); }
LITMUS(wraps_s16) { wraps<std::int16_t>(); }
LITMUS(wraps_u16) { wraps<std::uint16_t>(); }
LITMUS(wraps_s32) { wraps<std::int32_t>(); }
LITMUS(wraps_u32) { wraps<std::uint32_t>(); }
LITMUS(wraps_s64) { wraps<std::int64_t>(); }
LITMUS(wraps_u64) { wraps<std::uint64_t>(); }

TEST_CASE("values wrap around and compare at their width") {
  for (const char* test : {"wraps_s8", "wraps_u8", "wraps_s16", "wraps_u16", "wraps_s32", "wraps_u32", "wraps_s64", "wraps_u64"}) {
    CAPTURE(test);
    const auto o = run(test);
    CHECK(o.executions == 1);
    CHECK(o.failures.empty());
  }
}

struct item {
  shared<int> x;
};
LITMUS(dependencies) {
  auto& i = make<item>();
  shared<item*> p{&i};
  shared<int> a;
  thread("data and address", [&] {
    const value<int> r = READ_ONCE(a);    // 0
    WRITE_ONCE(a, r + 1);                 // 1
    const value<item*> q = READ_ONCE(p);  // 2
    WRITE_ONCE(q->x, 1);                  // 3
  });
  thread("IF", [&] {
    IF (READ_ONCE(a) == 0) WRITE_ONCE(i.x, 1);  // 0, 1
    WRITE_ONCE(i.x, 2);                         // 2
  });
  thread("if", [&] {
    if (READ_ONCE(a) == 0) WRITE_ONCE(i.x, 1);
    WRITE_ONCE(i.x, 2);
  });
  thread("if in IF", [&] {
    IF (READ_ONCE(a) == 0) {
      if (READ_ONCE(a) == 0) WRITE_ONCE(i.x, 1);  // 1, 2
    }
    WRITE_ONCE(i.x, 2);  // 3
  });
}

// All events of the thread where each decision goes as told.
std::vector<ThreadEvent> events(ThreadId id, const std::vector<Word>& outcomes, kernel::CppTest& test) {
  Unfolding thread(test, id, RmwStyle::kTagged, Blocking::kIgnored);
  PathId path = thread.root();
  std::vector<ThreadEvent> all = thread.node(path).events;
  for (const Word outcome : outcomes) {
    path = thread.child(path, outcome);
    all.insert(all.end(), thread.node(path).events.begin(), thread.node(path).events.end());
  }
  return all;
}

// Bare numbers depend on nothing, so each reader may see what the other stores behind it.
LITMUS(bare_numbers_in_a_circle) {
  shared<int> x, y;
  thread("a", [&] {
    const int seen = raw(READ_ONCE(x));
    WRITE_ONCE(y, 1);
    exists("a sees 7", seen == 7);
  });
  thread("b", [&] {
    const int seen = raw(READ_ONCE(y));
    WRITE_ONCE(x, 7);
    exists("b sees 1", seen == 1);
    exists("b is bare", seen == 1 || seen == 0);
  });
}
LITMUS(a_bare_sum_in_a_circle) {
  shared<int> x, y, z;
  thread("a", [&] {
    const int seen = raw(READ_ONCE(x) + READ_ONCE(z));
    WRITE_ONCE(y, 1);
    exists("a sees 12", seen == 12);
  });
  thread("b", [&] {
    const int seen = raw(READ_ONCE(y));
    WRITE_ONCE(x, 7);
    WRITE_ONCE(z, 5);
    exists("b sees 1", seen == 1);
  });
}
LITMUS(a_bare_number_of_anything) {
  shared<int> x, y;
  thread("a", [&] {
    (void)raw(READ_ONCE(x));
    WRITE_ONCE(y, 1);
  });
  thread("b", [&] {
    (void)raw(READ_ONCE(y));
    WRITE_ONCE(x, READ_ONCE(x) + 1);
  });
}
TEST_CASE("a bare number is any that the variable may hold, also where all wait for each other") {
  const Outcome o = run("bare_numbers_in_a_circle");
  CHECK(o.executions == 4);  // each sees the other's store or not
  CHECK(o.reached == std::map<std::string, std::uint64_t>{{"a sees 7", 2}, {"b sees 1", 2}, {"b is bare", 4}});
  const Outcome sum = run("a_bare_sum_in_a_circle");
  CHECK(sum.executions == 8);  // a sees each of the two stores of b or not
  CHECK(sum.reached == std::map<std::string, std::uint64_t>{{"a sees 12", 2}, {"b sees 1", 4}});
  // What x may hold cannot be told from the paths of each thread alone.
  CHECK(run("a_bare_number_of_anything").interruption == Interruption::kUnknownValue);
}

TEST_CASE("dependencies are those of the source") {
  using Reads = std::vector<EventIndex>;
  for (const kernel::Registration* r : kernel::registered_tests()) {
    if (r->name != "dependencies") continue;
    kernel::CppTest test(*r);
    const auto first = events(0, {test.possible_words()[1]}, test);
    REQUIRE(first.size() == 4);
    CHECK(first[1].data == Reads{0});
    CHECK(first[3].addr == Reads{2});
    CHECK(first[3].ctrl.empty());
    const auto scoped = events(1, {1}, test);
    REQUIRE(scoped.size() == 3);
    CHECK(scoped[1].ctrl == Reads{0});
    CHECK(scoped[2].ctrl.empty());
    const auto open = events(2, {1}, test);
    REQUIRE(open.size() == 3);
    CHECK(open[2].ctrl.empty());
    const auto nested = events(3, {1, 1}, test);
    REQUIRE(nested.size() == 4);
    CHECK(nested[2].ctrl == Reads{0, 1});
    CHECK(nested[3].ctrl.empty());
  }
}

}  // namespace
}  // namespace lkmc
