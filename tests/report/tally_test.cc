// SPDX-License-Identifier: Apache-2.0
// Tallies: what is kept does not depend on which worker saw what.
#include "src/report/litmus_tally.h"

#include "src/report/herd.h"
#include "src/report/text.h"
#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

TEST_CASE("the report is the same for any number of workers") {
  for (const std::string_view text : {kStoreBuffering, kMessagePassing, kLoadBuffering, kIndependentReads, kTwoLocks}) {
    const Checked one = check(text);
    for (const int jobs : {2, 3, 8}) {
      const Checked several = check(text, {.jobs = jobs});
      CHECK(herd_report(*several.result) == herd_report(*one.result));
      CHECK(text_report(*several.result, {.states = true}) == text_report(*one.result, {.states = true}));
    }
  }
}

TEST_CASE("executions that the filter rejects do not count") {
  const Checked checked = check(with(kStoreBuffering, "exists", "filter (0:r0=1)\nexists"));
  CHECK(checked.result->statistics.executions == 2);
  CHECK(checked.result->condition->positive == 0);
  CHECK(checked.result->condition->negative == 2);
}

TEST_CASE("states count their executions") {
  const Checked checked = check(with(kIndependentReads, "exists (2:r0=1 /\\ 2:r1=0 /\\ 3:r0=1 /\\ 3:r1=0)", "exists (2:r0=1)"));
  const std::vector<State>& states = checked.result->states;
  REQUIRE(states.size() == 2);
  CHECK(states[0].executions == 8);
  CHECK(states[1].executions == 8);
  CHECK(states[1].positive == true);
}

TEST_CASE("an error of the program is kept with its place, once") {
  const Checked checked = check(R"(C fail
{}
P0(int *x)
{
	int r0 = READ_ONCE(*x);
	if (r0)
		r0 = *(x + r0);
}
P1(int *x)
{
	WRITE_ONCE(*x, 1);
}
exists (x=1)
)",
                                {.jobs = 3});
  const auto& mistakes = checked.tally->mistakes();
  REQUIRE(mistakes.size() == 1);
  CHECK(mistakes.begin()->pos.line == 7);
}

}  // namespace
}  // namespace lkmc::report_test
