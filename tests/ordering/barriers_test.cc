// SPDX-License-Identifier: Apache-2.0
// Which orderings are needed, what would do in their place, and what they pair with.
#include <algorithm>

#include "tests/ordering/lab.h"

namespace lkmc::ordering_test {
namespace {

constexpr std::string_view kMessagePassing = R"(C MP
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	smp_mb();
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r0 = READ_ONCE(*y);
	smp_rmb();
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=0)
)";

TEST_CASE("message passing needs both barriers, they pair, and smp_wmb() would do for the writer") {
  const Lab lab(kMessagePassing);
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  const Site mb = in_line(job.orderings, 6, Operation::kFence);
  const Site rmb = in_line(job.orderings, 12, Operation::kFence);
  CHECK(report.orderings.at(mb).needed_for.size() == 1);
  CHECK(report.orderings.at(mb).enough == std::vector{Tag::kWmb});
  CHECK(report.orderings.at(mb).pairs_with == std::vector{rmb});
  CHECK(report.orderings.at(rmb).pairs_with == std::vector{mb});
  CHECK(report.orderings.at(rmb).enough.empty());
  // Each access races with the other thread's when it is plain.
  CHECK(report.orderings.at(in_line(job.orderings, 5, Operation::kWrite)).needed_for.contains("data-race"));
  CHECK(report.one_of.empty());
}

TEST_CASE("two barriers in a row can each be missed, but not both") {
  const Lab lab(R"(C SB
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	smp_mb();
	smp_mb();
	int r0 = READ_ONCE(*y);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	smp_mb();
	int r0 = READ_ONCE(*x);
}
exists (0:r0=0 /\ 1:r0=0)
)");
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  const Site first = in_line(job.orderings, 6, Operation::kFence);
  const Site second = in_line(job.orderings, 7, Operation::kFence);
  CHECK(report.orderings.at(first).needed_for.empty());
  CHECK(report.orderings.at(second).needed_for.empty());
  CHECK(report.orderings.at(in_line(job.orderings, 13, Operation::kFence)).needed_for.size() == 1);
  REQUIRE(report.one_of.size() == 1);
  CHECK(report.one_of[0] == std::vector{first, second});
}

TEST_CASE("the barriers of store buffering pair with each other") {
  const Lab lab(R"(C SB
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_mb(); int r0 = READ_ONCE(*y); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); smp_mb(); int r0 = READ_ONCE(*x); }
exists (0:r0=0 /\ 1:r0=0)
)");
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  const Site first = in_line(job.orderings, 3, Operation::kFence);
  const Site second = in_line(job.orderings, 4, Operation::kFence);
  CHECK(report.orderings.at(first).pairs_with == std::vector{second});
  CHECK(report.orderings.at(second).pairs_with == std::vector{first});
}

TEST_CASE("an RCU section goes as a whole, and pairs with the grace period") {
  const Lab lab(R"(C RCU
{}
P0(int *x, int *y)
{
	rcu_read_lock();
	int r0 = READ_ONCE(*x);
	int r1 = READ_ONCE(*y);
	rcu_read_unlock();
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	synchronize_rcu();
	WRITE_ONCE(*x, 1);
}
exists (0:r0=1 /\ 0:r1=0)
)");
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  const Site section = in_line(job.orderings, 5, Operation::kFence);
  const Site period = in_line(job.orderings, 13, Operation::kFence);
  CHECK(report.orderings.at(section).needed_for.size() == 1);
  CHECK(report.orderings.at(period).needed_for.size() == 1);
  CHECK(report.orderings.at(period).enough.empty());
  CHECK(report.orderings.at(section).pairs_with == std::vector{period});
  CHECK_FALSE(report.orderings.contains(Site{.file = "", .line = 8, .column = 2, .operation = Operation::kFence}));
}

TEST_CASE("of a fully ordered read-modify-write, the half that is needed is named") {
  const Lab lab(R"(C MP
{}
P0(int *x, atomic_t *y)
{
	WRITE_ONCE(*x, 1);
	int r0 = atomic_xchg(y, 1);
}
P1(int *x, atomic_t *y)
{
	int r0 = atomic_read_acquire(y);
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=0)
)");
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  const Site xchg = in_line(job.orderings, 6, Operation::kRmw);
  const Site acquire = in_line(job.orderings, 10, Operation::kRead);
  CHECK(report.orderings.at(xchg).enough == std::vector{Tag::kRelease});
  CHECK(report.orderings.at(acquire).pairs_with == std::vector{xchg});
}

TEST_CASE("what takes a lock is no ordering to take away") {
  const Lab lab(R"(C locks
{}
P0(int *x, spinlock_t *l) { spin_lock(l); WRITE_ONCE(*x, 1); WRITE_ONCE(*x, 2); spin_unlock(l); }
P1(int *x, spinlock_t *l) { spin_lock(l); int r0 = READ_ONCE(*x); spin_unlock(l); }
exists (1:r0=1)
)");
  const BarriersJob job = lab.barriers_job();
  const BarriersReport report = find_needed(job);
  CHECK(report.orderings.size() == 3);  // the three accesses
  for (const auto& [site, found] : report.orderings) CHECK(found.needed_for.empty());
}

}  // namespace
}  // namespace lkmc::ordering_test
