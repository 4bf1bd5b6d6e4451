// SPDX-License-Identifier: Apache-2.0
// Control dependencies, against edges derived by hand from the source: which reads decide whether an access is made. All keywords
// are the language's own. A comment behind a line numbers its events.
#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "lkmc/litmus.h"
#include "tests/kernel/edges.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::events;
using kernel_test::Reads;
using kernel_test::run;

// The reads by which each event of a path depends by control: `- 0 0,2` for none, read 0, and reads 0 and 2.
std::string ctrl(std::string_view name, const std::vector<Word>& outcomes = {}) {
  std::string all;
  for (const ThreadEvent& e : events(name, outcomes)) {
    all += all.empty() ? "" : " ";
    for (const EventIndex r : e.ctrl) all += (r == e.ctrl.front() ? "" : ",") + std::to_string(r);
    if (e.ctrl.empty()) all += '-';
  }
  return all;
}

struct cells {
  shared<int> a, b, c, x, y, z;
};

// --- if -----------------------------------------------------------------------------------------------------------------

LITMUS(if_else) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (READ_ONCE(m.a)) {         // 0
      WRITE_ONCE(m.x, 1);         // 1
      if (READ_ONCE(m.b) == 2) {  // 2
        WRITE_ONCE(m.x, 2);       // 3
      } else {
        WRITE_ONCE(m.x, 3);
      }
      WRITE_ONCE(m.x, 4);  // 4
    } else {
      WRITE_ONCE(m.x, 5);
    }
    WRITE_ONCE(m.x, 6);  // 5
  });
}
LITMUS(if_else_in_capitals) {
  auto& m = make<cells>();
  thread("one", [&] {
    IF (READ_ONCE(m.a)) {
      WRITE_ONCE(m.x, 1);
      IF (READ_ONCE(m.b) == 2) {
        WRITE_ONCE(m.x, 2);
      }
      ELSE { WRITE_ONCE(m.x, 3); }
      WRITE_ONCE(m.x, 4);
    }
    ELSE { WRITE_ONCE(m.x, 5); }
    WRITE_ONCE(m.x, 6);
  });
}
TEST_CASE("a control dependency ends where the ways meet") {
  for (const char* name : {"if_else", "if_else_in_capitals"}) {
    CAPTURE(name);
    CHECK(ctrl(name, {1, 1}) == "- 0 0 0,2 0 -");
    CHECK(ctrl(name, {1, 0}) == "- 0 0 0,2 0 -");
    CHECK(ctrl(name, {0}) == "- 0 -");
  }
}

LITMUS(if_chain) {
  auto& m = make<cells>();
  thread("one", [&] {
    const value<int> r = READ_ONCE(m.a);  // 0
    if (r == 1)
      WRITE_ONCE(m.x, 1);
    else if (READ_ONCE(m.b))  // 1
      WRITE_ONCE(m.x, 2);     // 2
    else if (r == 3)
      WRITE_ONCE(m.x, 3);
    WRITE_ONCE(m.y, 1);  // 3
  });
}
TEST_CASE("else if is an if inside of else") {
  CHECK(ctrl("if_chain", {1}) == "- 0 -");
  CHECK(ctrl("if_chain", {0, 1}) == "- 0 0,1 -");
  CHECK(ctrl("if_chain", {0, 0, 1}) == "- 0 0,1 -");
  CHECK(ctrl("if_chain", {0, 0, 0}) == "- 0 -");
}

LITMUS(if_declares) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (const value<int> r = READ_ONCE(m.a)) WRITE_ONCE(m.x, r);  // 0, 1
    if (const value<int> r = READ_ONCE(m.a); r > 1) {             // 2
      WRITE_ONCE(m.x, r);                                         // 3
    }
    if constexpr (sizeof(int) == 4) WRITE_ONCE(m.y, 1);  // 4
  });
}
TEST_CASE("an if that declares what it looks at") {
  CHECK(ctrl("if_declares", {1, 1}) == "- 0 - 2 -");
  CHECK(ctrl("if_declares", {0, 0}) == "- - -");
}

// --- ways that leave ----------------------------------------------------------------------------------------------------------

LITMUS(returns_early) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (READ_ONCE(m.a)) return;  // 0
    WRITE_ONCE(m.x, 1);          // 1
    if (READ_ONCE(m.b)) {        // 2
      WRITE_ONCE(m.x, 2);        // 3
      return;
    }
    WRITE_ONCE(m.y, 1);  // 3
  });
}
TEST_CASE("behind a return all depends on what has not led there") {
  CHECK(ctrl("returns_early", {1}) == "-");
  CHECK(ctrl("returns_early", {0, 1}) == "- 0 0 0,2");
  CHECK(ctrl("returns_early", {0, 0}) == "- 0 0 0,2");
}

void store_unless(cells& m, const value<int>& r) {
  if (r) return;
  WRITE_ONCE(m.x, 1);
}
value<bool> is_zero(const shared<int>& x) {
  if (READ_ONCE(x)) return false;
  return true;
}
bool is_zero_in_c(const shared<int>& x) {
  if (READ_ONCE(x)) return false;
  return true;
}
LITMUS(functions) {
  auto& m = make<cells>();
  thread("one", [&] {
    store_unless(m, READ_ONCE(m.a));            // 0, 1
    WRITE_ONCE(m.y, 1);                         // 2
    store_unless(m, READ_ONCE(m.b));            // 3, 4
    if (is_zero(m.c)) WRITE_ONCE(m.y, 2);       // 5, 6
    if (is_zero_in_c(m.c)) WRITE_ONCE(m.y, 3);  // 7, 8
    WRITE_ONCE(m.z, 1);                         // 9
  });
}
TEST_CASE("a return ends its function, and each call of it is another") {
  CHECK(ctrl("functions", {0, 0, 0, 0}) == "- 0 - - 3 - 5 - 7 -");
  CHECK(ctrl("functions", {1, 0, 1, 0}) == "- - - 2 - - 5 -");
}

LITMUS(goes_to) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (READ_ONCE(m.a)) goto out;         // 0
    WRITE_ONCE(m.x, 1);                   // 1
    if (READ_ONCE(m.b)) goto out_with_y;  // 2
    WRITE_ONCE(m.x, 2);                   // 3
  out_with_y:
    WRITE_ONCE(m.y, 1);  // 4
  out:
    WRITE_ONCE(m.z, 1);  // 5
  });
}
TEST_CASE("goto") {
  CHECK(ctrl("goes_to", {0, 0}) == "- 0 0 0,2 0 -");
  CHECK(ctrl("goes_to", {0, 1}) == "- 0 0 0 -");
  CHECK(ctrl("goes_to", {1}) == "- -");
}

// --- loops --------------------------------------------------------------------------------------------------------------------

LITMUS(while_loop) {
  auto& m = make<cells>();
  thread("one", [&] {
    while (READ_ONCE(m.a)) {  // 0, 2, 4
      WRITE_ONCE(m.x, 1);     // 1, 3
    }
    WRITE_ONCE(m.y, 1);  // 5
  });
}
LITMUS(while_loop_in_capitals) {
  auto& m = make<cells>();
  thread("one", [&] {
    WHILE (READ_ONCE(m.a)) {
      WRITE_ONCE(m.x, 1);
    }
    WRITE_ONCE(m.y, 1);
  });
}
LITMUS(for_loop) {
  auto& m = make<cells>();
  thread("one", [&] {
    for (;;) {
      if (!READ_ONCE(m.a)) break;
      WRITE_ONCE(m.x, 1);
    }
    WRITE_ONCE(m.y, 1);
  });
}
TEST_CASE("a round depends on those before, and what is behind a loop on none") {
  for (const char* name : {"while_loop", "while_loop_in_capitals"}) {
    CAPTURE(name);
    CHECK(ctrl(name, {1, 1, 0}) == "- 0 0 0,2 0,2 -");
    CHECK(ctrl(name, {0}) == "- -");
  }
  CHECK(ctrl("for_loop", {0, 0, 1}) == "- 0 0 0,2 0,2 -");
}

LITMUS(do_loop) {
  auto& m = make<cells>();
  thread("one", [&] {
    do {
      WRITE_ONCE(m.x, 1);      // 0, 2
    } while (READ_ONCE(m.a));  // 1, 3
    WRITE_ONCE(m.y, 1);        // 4
  });
}
TEST_CASE("do") {
  CHECK(ctrl("do_loop", {0}) == "- - -");
  CHECK(ctrl("do_loop", {1, 0}) == "- - 1 1 -");
}

LITMUS(counting_loop) {
  auto& m = make<cells>();
  thread("one", [&] {
    for (int i = 0; i < 3; ++i) {
      if (READ_ONCE(m.a)) WRITE_ONCE(m.x, i);  // 0 1, 2 3, 4 5
    }
    WRITE_ONCE(m.y, 1);
  });
}
LITMUS(counting_loop_continues) {
  auto& m = make<cells>();
  thread("one", [&] {
    for (int i = 0; i < 3; ++i) {
      if (!READ_ONCE(m.a)) continue;
      WRITE_ONCE(m.x, i);
    }
    WRITE_ONCE(m.y, 1);
  });
}
LITMUS(counting_loop_breaks) {
  auto& m = make<cells>();
  thread("one", [&] {
    for (int i = 0; i < 3; ++i) {
      WRITE_ONCE(m.x, i);         // 0, 2, 4
      if (READ_ONCE(m.a)) break;  // 1, 3, 5
    }
    WRITE_ONCE(m.y, 1);
  });
}
TEST_CASE("the rounds of a loop that counts depend on each other only if one may be the last") {
  CHECK(ctrl("counting_loop", {1, 0, 1}) == "- 0 - - 3 -");
  CHECK(ctrl("counting_loop_continues", {0, 1, 0}) == "- 0 - - 3 -");
  CHECK(ctrl("counting_loop_breaks", {0, 0, 0}) == "- - 1 1 1,3 1,3 -");
  CHECK(ctrl("counting_loop_breaks", {0, 1}) == "- - 1 1 -");
}

LITMUS(nested_loops) {
  auto& m = make<cells>();
  thread("one", [&] {
    for (int i = 0; i < 2; ++i) {
      for (int k = 0; k < 2; ++k) {
        if (READ_ONCE(m.a)) break;
        WRITE_ONCE(m.x, 1);
      }
      WRITE_ONCE(m.y, 1);
    }
  });
}
TEST_CASE("a break leaves the inner loop only") {
  CHECK(ctrl("nested_loops", {1, 0, 0}) == "- - - 2 2 2,4 -");
  CHECK(ctrl("nested_loops", {0, 1, 1}) == "- 0 0 - - -");
}

value<int> count_down(cells& m, const value<int>& left) {
  WRITE_ONCE(m.x, left);
  if (READ_ONCE(m.a)) return count_down(m, left - 1);
  return left;
}
LITMUS(recursion) {
  auto& m = make<cells>();
  thread("one", [&] {
    (void)count_down(m, 3);  // 0 1, 2 3
    WRITE_ONCE(m.y, 1);      // 4
  });
}
TEST_CASE("recursion is a loop") { CHECK(ctrl("recursion", {1, 0}) == "- - 1 1 -"); }

// --- operators -----------------------------------------------------------------------------------------------------------------

LITMUS(short_circuits) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (READ_ONCE(m.a) && READ_ONCE(m.b)) WRITE_ONCE(m.x, 1);  // 0, 1, 2
    WRITE_ONCE(m.x, 2);
    if (READ_ONCE(m.a) || READ_ONCE(m.b)) WRITE_ONCE(m.x, 3);
    WRITE_ONCE(m.x, 4);
  });
}
TEST_CASE("&& and || decide whether their right side is looked at, and end with the if") {
  // R a, R b, W 1, W 2, R a, W 3, W 4
  CHECK(ctrl("short_circuits", {1, 1, 1}) == "- 0 0,1 - - 4 -");
  // R a, W 2, R a, R b, W 3, W 4
  CHECK(ctrl("short_circuits", {0, 0, 1}) == "- - - 2 2,3 -");
  CHECK(ctrl("short_circuits", {1, 0, 0, 0}) == "- 0 - - 3 -");
}

LITMUS(negation) {
  auto& m = make<cells>();
  thread("one", [&] {
    if (!(READ_ONCE(m.a) && READ_ONCE(m.b))) WRITE_ONCE(m.x, 1);
    WRITE_ONCE(m.x, 2);
  });
}
TEST_CASE("what is negated decides all the same") {
  CHECK(ctrl("negation", {0}) == "- 0 -");
  CHECK(ctrl("negation", {1, 0}) == "- 0 0,1 -");
  CHECK(ctrl("negation", {1, 1}) == "- 0 -");
}

LITMUS(conditional) {
  auto& m = make<cells>();
  thread("one", [&] {
    const value<int> r = READ_ONCE(m.a);                       // 0
    WRITE_ONCE(m.x, r ? 1 : 2);                                // 1
    const value<int> s = r ? READ_ONCE(m.b) : READ_ONCE(m.c);  // 2
    WRITE_ONCE(m.y, s);                                        // 3
    if (s) WRITE_ONCE(m.z, 1);                                 // 4
    const value<int> one = 1, two = 2;
    const value<int> t = r ? one : two;
    WRITE_ONCE(m.z, t);              // 5
    if (t == 1) WRITE_ONCE(m.z, 3);  // 6
    const value<int> u = r ? 3 : 4;
    if (u == 3) WRITE_ONCE(m.z, 4);  // 7
  });
}
TEST_CASE("?: is an if; what it yields carries its condition into later conditions, and only there") {
  const auto e = events("conditional", {1, 1});  // whether r is 0, which is asked four times and known from then on, and s
  REQUIRE(e.size() == 8);
  const Reads ctrl[] = {{}, {}, {0}, {}, {0, 2}, {}, {0}, {0}};
  const Reads data[] = {{}, {}, {}, {2}, {}, {}, {}, {}};
  for (std::size_t i = 0; i < e.size(); ++i) {
    CAPTURE(i);
    CHECK(e[i].ctrl == ctrl[i]);
    CHECK(e[i].data == data[i]);
  }
}

// --- variables that are set on one of the ways --------------------------------------------------------------------------------------

LITMUS(joined) {
  auto& m = make<cells>();
  thread("one", [&] {
    value<int> v = 0;
    if (READ_ONCE(m.a)) v = 1;  // 0
    WRITE_ONCE(m.x, v);         // 1
    if (v) WRITE_ONCE(m.y, 1);  // 2
    WRITE_ONCE(m.z, 1);         // 3
  });
}
LITMUS(joined_by_bool) {
  auto& m = make<cells>();
  thread("one", [&] {
    bool v = false;
    if (READ_ONCE(m.a)) v = true;
    WRITE_ONCE(m.x, 7);
    if (v) WRITE_ONCE(m.y, 1);
    WRITE_ONCE(m.z, 1);
  });
}
LITMUS(joined_by_and) {
  auto& m = make<cells>();
  thread("one", [&] {
    const bool both = READ_ONCE(m.a) && READ_ONCE(m.b);  // 0, 1
    WRITE_ONCE(m.x, 1);                                  // 2
    if (both)
      WRITE_ONCE(m.y, 1);  // 3
    else
      WRITE_ONCE(m.y, 2);  // 3
    WRITE_ONCE(m.z, 1);    // 4
  });
}
LITMUS(joined_in_a_loop) {
  auto& m = make<cells>();
  thread("one", [&] {
    bool found = false;
    for (int i = 0; i < 2; ++i) {
      if (READ_ONCE(m.a)) found = true;  // 0, 1
    }
    WRITE_ONCE(m.x, 1);             // 2
    if (found) WRITE_ONCE(m.y, 1);  // 3
  });
}
TEST_CASE("a variable that is set inside of a branch carries its condition into later conditions") {
  CHECK(ctrl("joined", {1}) == "- - 0 -");
  CHECK(ctrl("joined", {0}) == "- - -");
  CHECK(ctrl("joined_by_bool", {1}) == "- - 0 -");
  CHECK(ctrl("joined_by_and", {1, 1}) == "- 0 - 0,1 -");
  CHECK(ctrl("joined_by_and", {1, 0}) == "- 0 - 0,1 -");
  CHECK(ctrl("joined_by_and", {0}) == "- - 0 -");
  CHECK(ctrl("joined_in_a_loop", {1, 0}) == "- - - 0");  // the second round sets nothing
}

// --- switch --------------------------------------------------------------------------------------------------------------------

LITMUS(switches) {
  auto& m = make<cells>();
  thread("one", [&] {
    switch (READ_ONCE(m.a)) {  // 0
      case 1:
        WRITE_ONCE(m.x, 1);
        [[fallthrough]];
      case 2:
        WRITE_ONCE(m.x, 2);
        break;
      case 3:
        break;
      default:
        WRITE_ONCE(m.x, 4);
    }
    WRITE_ONCE(m.y, 1);
  });
}
TEST_CASE("switch") {
  CHECK(ctrl("switches", {1}) == "- 0 0 -");
  CHECK(ctrl("switches", {2}) == "- 0 -");
  CHECK(ctrl("switches", {3}) == "- -");
  CHECK(ctrl("switches", {5}) == "- 0 -");
}

// --- what the model makes of it ----------------------------------------------------------------------------------------------------

// Load buffering: both sides read before they store, if nothing makes the store depend on the read.
template <class F>
void load_buffering(const F& f) {
  auto& m = make<cells>();
  value<int> r, s;
  thread("P0", [&] {
    r = READ_ONCE(m.x);
    f(r, m.y);
  });
  thread("P1", [&] {
    s = READ_ONCE(m.y);
    f(s, m.x);
  });
  finally([&] { exists("both", r == 1 && s == 1); });
}
// Whether the two reads can see the stores behind them.
#define LOAD_BUFFERING(name, ...)                                              \
  LITMUS(name) {                                                               \
    load_buffering([](const value<int>& r, shared<int>& out) { __VA_ARGS__ }); \
  }
LOAD_BUFFERING(lb_if, if (r == 1) barrier(); WRITE_ONCE(out, 1);)
LOAD_BUFFERING(lb_while, int n = 0; while (r == 1 && n++ < 2) barrier(); WRITE_ONCE(out, 1);)
LOAD_BUFFERING(lb_and, const bool b = r == 1 && r != 2; (void)b; WRITE_ONCE(out, 1);)
LOAD_BUFFERING(lb_conditional, const value<int> v = r ? 1 : 1; WRITE_ONCE(out, v);)
LOAD_BUFFERING(lb_both_ways, if (r) WRITE_ONCE(out, 1); else WRITE_ONCE(out, 1);)
LOAD_BUFFERING(lb_return, if (r != 1) return; WRITE_ONCE(out, 1);)
LOAD_BUFFERING(
    lb_break, do {
      if (r != 1) break;
      WRITE_ONCE(out, 1);
    } while (false);)
LOAD_BUFFERING(lb_inside, if (r == 1) WRITE_ONCE(out, 1);)

TEST_CASE("load buffering is as weak as the source") {
  for (const char* name : {"lb_if", "lb_while", "lb_and", "lb_conditional"}) {
    CAPTURE(name);
    CHECK(run(name).reaches("both"));
  }
  for (const char* name : {"lb_both_ways", "lb_return", "lb_break", "lb_inside"}) {
    CAPTURE(name);
    CHECK_FALSE(run(name).reaches("both"));
  }
}

}  // namespace
}  // namespace lkmc
