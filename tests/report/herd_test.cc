// herd's format, against text written down by hand from its definition and from what herd7 prints.
#include "src/report/herd.h"

#include "src/report/hash.h"
#include "tests/report/helpers.h"

namespace lkmc::report_test {
namespace {

std::string herd(std::string_view text, const CheckSetup& setup = {}) { return herd_report(*check(text, setup).result); }

TEST_CASE("an `exists` that is reachable") {
  CHECK(herd(kStoreBuffering) == R"(Test SB Allowed
States 4
0:r0=0; 1:r0=0;
0:r0=0; 1:r0=1;
0:r0=1; 1:r0=0;
0:r0=1; 1:r0=1;
Ok
Witnesses
Positive: 1 Negative: 3
Condition exists (0:r0=0 /\ 1:r0=0)
Observation SB Sometimes 1 3
Time SB 0.00
Hash=)" + md5(normalised_test(kStoreBuffering)) +
                                     "\n\n");
}

TEST_CASE("an `exists` that is not reachable") {
  const std::string report = herd(kStoreBuffering, {.model = "sc"});
  CHECK(report.find("States 3\n0:r0=0; 1:r0=1;\n0:r0=1; 1:r0=0;\n0:r0=1; 1:r0=1;\nNo\nWitnesses\n"
                    "Positive: 0 Negative: 3\n") != std::string::npos);
  CHECK(report.find("\nObservation SB Never 0 3\n") != std::string::npos);
}

TEST_CASE("`~exists`: the witnesses are the executions without the proposition, the observation speaks of it") {
  const std::string report = herd(with(kStoreBuffering, "exists", "~exists"));
  CHECK(report.starts_with("Test SB Forbidden\n"));
  CHECK(report.find("\nNo\nWitnesses\nPositive: 3 Negative: 1\nCondition ~exists (0:r0=0 /\\ 1:r0=0)\n"
                    "Observation SB Sometimes 1 3\n") != std::string::npos);
}

TEST_CASE("`forall`") {
  const std::string report = herd(with(kStoreBuffering, "exists (0:r0=0 /\\ 1:r0=0)", "forall (0:r0=0 \\/ 0:r0=1)"));
  CHECK(report.starts_with("Test SB Required\nStates 2\n0:r0=0;\n0:r0=1;\nOk\nWitnesses\nPositive: 4 Negative: 0\n"));
  CHECK(report.find("\nObservation SB Always 4 0\n") != std::string::npos);
}

TEST_CASE("no execution at all") {
  const std::string report = herd("C D\n{}\nP0(spinlock_t *l)\n{\n\tspin_lock(l);\n\tspin_lock(l);\n}\nexists (true)\n");
  CHECK(report.find("Test D Allowed\nStates 0\nNo\nWitnesses\nPositive: 0 Negative: 0\n") == 0);
  CHECK(report.find("\nObservation D Never 0 0\n") != std::string::npos);
}

TEST_CASE("flags stand between the witnesses and the condition") {
  const std::string racy = with(with(kStoreBuffering, "WRITE_ONCE(*x, 1)", "*x = 1"), "READ_ONCE(*x)", "*x");
  CHECK(herd(racy).find("Negative: 3\nFlag data-race\nCondition exists") != std::string::npos);
}

TEST_CASE("states are in herd's order: numbers by value, then names") {
  const std::string report = herd(R"(C order
{ int *p = &b; int x = -1; }
P0(int *x, int **p, int *a)
{
	WRITE_ONCE(*x, 10);
	WRITE_ONCE(*x, 9);
	WRITE_ONCE(*p, a);
}
P1(int *x, int **p)
{
	int r0 = READ_ONCE(*x);
	int *r1 = READ_ONCE(*p);
}
exists (1:r0=0 /\ 1:r1=a)
)");
  CHECK(report.starts_with("Test order Allowed\nStates 6\n1:r0=-1; 1:r1=a;\n1:r0=-1; 1:r1=b;\n1:r0=9; 1:r1=a;\n"
                           "1:r0=9; 1:r1=b;\n1:r0=10; 1:r1=a;\n1:r0=10; 1:r1=b;\nNo\n"));
}

TEST_CASE("a loop bound that was hit is marked as herd marks it") {
  const std::string report = herd(R"(C loop
{}
P0(int *x, int *y)
{
	while (READ_ONCE(*x) == 0)
		WRITE_ONCE(*y, 1);
}
P1(int *x)
{
	WRITE_ONCE(*x, 1);
}
exists (y=2)
)");
  CHECK(report.find("\nLoop No\n") != std::string::npos);
  CHECK(report.find("\nObservation loop Never 0 ") != std::string::npos);
}

TEST_CASE("an exploration that was stopped does not say Never") {
  CHECK(herd(kStoreBuffering, {.model = "sc", .max_executions = 2}).find("\nObservation SB Inconclusive 0 2\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace lkmc::report_test
