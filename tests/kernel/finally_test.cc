// SPDX-License-Identifier: Apache-2.0
// finally(): it sees the final memory, and what threads have assigned to variables of the set-up.
#include <doctest/doctest.h>

#include "lkmc/litmus.h"
#include "tests/kernel/litmus_run.h"

namespace lkmc {
namespace {

using kernel_test::Outcome;
using kernel_test::run;

struct Message {
  shared<int> data;
  shared<Message*> next;
};

// Variables on the stack of the set-up stand elsewhere in each of its runs; objects do not.
LITMUS(finally_sees_the_final_memory) {
  auto& message = make<Message>();
  shared<int> local{3};
  thread("writer", [&] {
    WRITE_ONCE(message.data, 1);
    WRITE_ONCE(local, 4);
  });
  finally([&] {
    CHECK_INVARIANT(message.data == 1, "the object was written");
    CHECK_INVARIANT(local == 4, "the local variable was written");
    CHECK_INVARIANT(local == 5, "this is wrong");
  });
}
LITMUS(finally_sees_captured_values) {
  shared<int> x;
  value<int> r0;
  value<int> untouched = 7;
  thread("writer", [&] { WRITE_ONCE(x, 1); });
  thread("reader", [&] { r0 = READ_ONCE(x); });
  finally([&] {
    CHECK_INVARIANT(untouched == 7, "nobody assigned to it");
    CHECK_INVARIANT(r0 == 0, "the reader was first");
  });
}

// Three ends: r0 is 0, is 1, or is not assigned.
LITMUS(finally_goes_its_way) {
  auto& message = make<Message>();
  shared<Message*> last;
  value<int> r0 = 5;
  thread("writer", [&] { WRITE_ONCE(last, &message); });
  thread("reader", [&] {
    IF (READ_ONCE(last) != nullptr) r0 = READ_ONCE(message.data);
  });
  thread("filler", [&] { WRITE_ONCE(message.data, 1); });
  finally([&] {
    exists("the last message has data", value<Message*>(last)->data == 1);
    exists("one of two", r0 == 5);
    exists("one of two", r0 == 1);
    if (r0 == 0) BUG_ON(r0 != message.data);
    exists("not read or read late", true);
  });
}

// Only one of the two values that the reader can find lets finally() look at y.
LITMUS(finally_looks_further) {
  shared<int> x, y;
  value<int> r0;
  thread("one", [&] { WRITE_ONCE(y, 1); });
  thread("two", [&] { WRITE_ONCE(y, 2); });
  thread("writer", [&] { WRITE_ONCE(x, 1); });
  thread("reader", [&] { r0 = READ_ONCE(x); });
  finally([&] {
    if (r0 == 1) exists("two was last", y == 2);
    if (r0 == 1) exists("one was last", y == 1);
  });
}

TEST_CASE("executions are told apart by all that finally() looks at") {
  const Outcome o = run("finally_looks_further");
  CHECK(o.executions == 4);
  CHECK(o.reached == std::map<std::string, std::uint64_t>{{"two was last", 1}, {"one was last", 1}});
}

TEST_CASE("finally() takes its own way for each execution, along pointers, as far as to its failure") {
  const Outcome o = run("finally_goes_its_way");
  CHECK(o.executions == 3);
  CHECK(o.final_failures == std::set<std::string>{"BUG_ON(r0 != message.data)"});
  CHECK(o.reached ==
        std::map<std::string, std::uint64_t>{{"the last message has data", 3}, {"one of two", 2}, {"not read or read late", 2}});
}

TEST_CASE("finally() reads what the threads have left, in objects and in local variables") {
  const Outcome o = run("finally_sees_the_final_memory");
  CHECK(o.executions == 1);
  CHECK(o.final_failures == std::set<std::string>{"this is wrong"});
}

TEST_CASE("finally() sees the values that threads assigned to captured variables in this execution") {
  const Outcome o = run("finally_sees_captured_values");
  CHECK(o.executions == 2);
  CHECK(o.final_failures == std::set<std::string>{"the reader was first"});
}

}  // namespace
}  // namespace lkmc
