// SPDX-License-Identifier: Apache-2.0
// The report for people.
#include "src/report/text.h"

#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

std::string text(std::string_view test, const CheckSetup& setup = {}, const TextOptions& options = {}) {
  return text_report(*check(test, setup).result, options);
}

std::string first_line(const std::string& report) { return report.substr(0, report.find('\n')); }

TEST_CASE("a reachable state, and how it comes about") {
  CHECK(text(kStoreBuffering) == R"(SB: Sometimes: exists (0:r0=0 /\ 1:r0=0) is reachable (1 of 4 executions)

How it can happen:
   1  P1  line 10  WRITE_ONCE(*y, 1);       y = 1 goes into the store buffer
   2  P1  line 11  int r0 = READ_ONCE(*x);  reads x = 0 (the initial value)
   3  P0  line 5   WRITE_ONCE(*x, 1);       x = 1
   4  P0  line 6   int r0 = READ_ONCE(*y);  reads y = 0 (the initial value) [P1's y = 1 (line 10) is still in the store buffer]
   5  P1  line 10  WRITE_ONCE(*y, 1);       y = 1 leaves the store buffer, all threads can see it
  Final state: 0:r0=0; 1:r0=0;

)");
}

TEST_CASE("an unreachable state") {
  CHECK(text(kStoreBuffering, {.model = "sc"}) == "SB: Never: exists (0:r0=0 /\\ 1:r0=0) is not reachable (3 executions)\n\n");
}

TEST_CASE("early loads and stores that arrive late are said to be") {
  CHECK(text(kMessagePassing).find("reads buf = 0 (the initial value) [early: before the load of flag in line 10]\n") != std::string::npos);
  CHECK(text(kIndependentReads).find("has not reached P") != std::string::npos);
}

TEST_CASE("properties") {
  CHECK(first_line(text(with(kStoreBuffering, "exists", "~exists"))) ==
        "SB: Sometimes: ~exists (0:r0=0 /\\ 1:r0=0) is violated (1 of 4 executions)");
  CHECK(first_line(text(with(kStoreBuffering, "exists", "~exists"), {.model = "sc"})) ==
        "SB: Never: ~exists (0:r0=0 /\\ 1:r0=0) holds (3 executions)");
  CHECK(first_line(text(with(kStoreBuffering, "exists", "forall"))) ==
        "SB: Sometimes: forall (0:r0=0 /\\ 1:r0=0) is violated (3 of 4 executions)");
}

TEST_CASE("the states, on demand") {
  CHECK(text(kStoreBuffering, {.model = "sc"}, {.states = true}).find("    0:r0=0; 1:r0=1;  1 execution\n") != std::string::npos);
}

TEST_CASE("a deadlock names who waits for what") {
  const std::string report = text(kTwoLocks);
  CHECK(first_line(report) == "ABBA: Sometimes: exists ([x]=2) is reachable (1 of 2 executions); deadlock");
  CHECK(report.find("    P0 waits at line 6 for the lock b, which P1 took at line 13 and never gives back\n"
                    "    P1 waits at line 14 for the lock a, which P0 took at line 5 and never gives back\n") != std::string::npos);
}

TEST_CASE("an exploration that ended early is inconclusive, unless what it saw is enough") {
  CHECK(first_line(text(kStoreBuffering, {.model = "sc", .max_executions = 2})) ==
        "SB: inconclusive: exists (0:r0=0 /\\ 1:r0=0) was not reached in 2 executions, but the limit of executions was "
        "reached (--max-executions raises it)");
  CHECK(first_line(text(with(kStoreBuffering, "exists (0:r0=0 /\\ 1:r0=0)", "forall (0:r0=7)"), {.max_executions = 2})) ==
        "SB: violated: forall (0:r0=7) is violated (2 of 2 executions); the count is inconclusive: the limit of executions "
        "was reached (--max-executions raises it)");
}

TEST_CASE("colour only where it is asked for") {
  CHECK(text(kStoreBuffering).find('\033') == std::string::npos);
  CHECK(text(kStoreBuffering, {}, {.colour = Colour::kOnTerminal}).starts_with("\033[1mSB\033[0m: \033[1;32mSometimes\033[0m: "));
}

}  // namespace
}  // namespace lkmc::report_test
