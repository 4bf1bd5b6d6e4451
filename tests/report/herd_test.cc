// SPDX-License-Identifier: Apache-2.0
// herd's format, against text written down by hand from its definition and from what herd7 prints.
#include "src/report/herd.h"
#include "src/host/digest.h"
#include "src/report/normalised_test.h"

#include <string>
#include <vector>

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

// The counts and flags of a test of locks, for threads without their heads.
std::string verdict(const std::vector<std::string>& bodies, std::string_view condition = "exists (true)") {
  std::string text = "C locks\n{}\n";
  for (std::size_t t = 0; t < bodies.size(); ++t) {
    text += "P" + std::to_string(t) + "(int *x, spinlock_t *l, struct srcu_struct *s)\n{\n\tint r0;\n\tint r1;\n\t" + bodies[t] + "\n}\n";
  }
  const Checked checked = check(text + std::string(condition) + "\n", {});
  std::string line = std::to_string(checked.result->condition->positive) + ' ' + std::to_string(checked.result->condition->negative);
  for (const std::string& flag : checked.result->flags) line += ' ' + flag;
  return line;
}

TEST_CASE("the final value of a lock is its initial one, and asking for it is flagged") {
  const std::string section = "spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l);";
  CHECK(verdict({section, section}) == "2 0");
  CHECK(verdict({section, section}, "exists (l=0)") == "2 0 lock-final");
  CHECK(verdict({section, section}, "locations [l] exists (x=1)") == "2 0 lock-final");
  CHECK(verdict({section, section}, "filter (l=0) exists (x=1)") == "2 0 lock-final");
  CHECK(verdict({"spin_lock(l); WRITE_ONCE(*x, 1);"}, "exists (l=1 /\\ x=1)") == "0 1 lock-final");
  CHECK(verdict({"r0 = spin_is_locked(l);"}, "exists (l=1)") == "0 1 lock-final");
  // Nobody uses it as a lock here.
  CHECK(verdict({"WRITE_ONCE(*x, 1);"}, "exists (l=0)") == "1 0");
  CHECK(verdict({section}, "exists (x=l)") == "0 1");
  CHECK(verdict({"r0 = srcu_read_lock(s); srcu_read_unlock(s, r0);"}, "exists (s=0)") == "1 0 lock-final");
}

TEST_CASE("locks that are not taken, or not given back") {
  CHECK(verdict({"spin_unlock(l);"}) == "1 0 unmatched-unlock");
  CHECK(verdict({"spin_lock(l); spin_unlock(l); spin_unlock(l);"}) == "1 0 unmatched-unlock");
  CHECK(verdict({"spin_lock(l); WRITE_ONCE(*x, 1);", "spin_unlock(l);"}) == "1 0 unmatched-unlock");
  CHECK(verdict({"spin_lock(l); spin_unlock(l);", "spin_unlock(l);", "spin_lock(l); spin_unlock(l);"}) == "2 0 unmatched-unlock");
  // spin_is_locked() sees the initial value or the other thread's unlock.
  CHECK(verdict({"spin_unlock(l);", "r0 = spin_is_locked(l);"}) == "2 0 unmatched-unlock");
  CHECK(verdict({"spin_unlock(l); r0 = spin_is_locked(l);"}) == "2 0 unmatched-unlock");
  CHECK(verdict({"spin_unlock(l);", "r0 = spin_is_locked(l); spin_lock(l); spin_unlock(l); r1 = spin_is_locked(l);"}) ==
        "4 0 unmatched-unlock");
  // Only where x is still 0.
  CHECK(verdict({"r0 = READ_ONCE(*x); if (r0) spin_lock(l); spin_unlock(l);", "WRITE_ONCE(*x, 1);"}, "exists (0:r0=1)") ==
        "1 1 unmatched-unlock");
  CHECK(verdict({"spin_lock(l);"}) == "1 0");
  CHECK(verdict({"spin_lock(l);", "spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l);"}, "exists (x=1)") == "1 0");
}

TEST_CASE("read-side critical sections without their begin or end") {
  CHECK(verdict({"rcu_read_lock(); r0 = READ_ONCE(*x);"}) == "1 0 unmatched-rcu-lock");
  CHECK(verdict({"r0 = READ_ONCE(*x); rcu_read_unlock();"}) == "1 0 unmatched-rcu-unlock");
  CHECK(verdict({"rcu_read_lock(); rcu_read_lock(); rcu_read_unlock();", "rcu_read_unlock();"}) ==
        "1 0 unmatched-rcu-lock unmatched-rcu-unlock");
  CHECK(verdict({"r0 = READ_ONCE(*x); if (r0) rcu_read_lock(); rcu_read_unlock();"}) == "1 0 unmatched-rcu-unlock");
  CHECK(verdict({"r0 = srcu_read_lock(s);"}) == "1 0 unmatched-srcu-lock");
  CHECK(verdict({"rcu_read_lock();", "synchronize_rcu();"}) == "1 0 unmatched-rcu-lock");
  CHECK(check("C never\n{}\nP0(int *x)\n{\n\trcu_read_lock();\n}\nP1(int *x)\n{\n\tsynchronize_rcu();\n}\nexists (true)\n", {})
            .result->deadlock() != nullptr);
  CHECK(verdict({"srcu_read_unlock(s, 0);"}) == "1 0 unmatched-srcu-unlock");
  CHECK(verdict({"r0 = srcu_read_lock(s); srcu_read_unlock(s, r0); srcu_read_unlock(s, r0);"}) == "1 0 multiple-srcu-matches");
  CHECK(verdict({"r0 = srcu_read_lock(s); srcu_read_unlock(s, r0 + 1);"}) == "1 0 srcu-bad-value-match");
}

TEST_CASE("a lock that is memory, too") {
  const std::string section = "spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l);";
  // The store comes before the critical section, where rf says nothing of spin_lock(), or behind it; the load sees no lock event.
  CHECK(verdict({section, "WRITE_ONCE(*l, 1);"}, "exists (l=1)") == "2 0 lock-final mixed-lock-accesses");
  CHECK(verdict({section, "r0 = READ_ONCE(*l);"}, "exists (1:r0=1)") == "0 1 mixed-lock-accesses");
  CHECK(verdict({"WRITE_ONCE(*l, 1); " + section}, "exists (true)") == "1 0 mixed-lock-accesses");
  CHECK(verdict({section + " WRITE_ONCE(*l, 1);", "r0 = READ_ONCE(*l);"}, "exists (1:r0=1)") == "1 1 mixed-lock-accesses");
  CHECK(verdict({"r0 = srcu_read_lock(s); srcu_read_unlock(s, r0);", "WRITE_ONCE(*s, 0);"}).ends_with(" mixed-lock-accesses"));
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
  CHECK(
      report.starts_with("Test order Allowed\nStates 6\n1:r0=-1; 1:r1=a;\n1:r0=-1; 1:r1=b;\n1:r0=9; 1:r1=a;\n"
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
  CHECK(herd(kStoreBuffering, {.model = "sc", .max_executions = 2}).find("\nObservation SB Inconclusive 0 2\n") != std::string::npos);
}

}  // namespace
}  // namespace lkmc::report_test
