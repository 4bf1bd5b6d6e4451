// SPDX-License-Identifier: Apache-2.0
// Why things do not happen: the orderings that forbid them, and the cycles that these cut.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "src/ordering/why.h"
#include "tests/ordering/lab.h"

namespace lkmc::ordering_test {
namespace {

std::vector<Link> links(const std::vector<CycleStep>& cycle) {
  std::vector<Link> all;
  for (const CycleStep& step : cycle) all.push_back(step.to_next);
  return all;
}

TEST_CASE("message passing is forbidden by both barriers, which cut a cycle of four accesses") {
  const Lab lab(R"(C MP
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	smp_wmb();
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r0 = READ_ONCE(*y);
	smp_rmb();
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=0)
)");
  const WhyJob job = lab.why_job();
  const Why why = find_why(job);
  CHECK(why.complete);
  REQUIRE(why.forbidden.size() == 1);
  const Forbidden& forbidden = why.forbidden[0];
  CHECK(forbidden.what == "exists (1:r0=1 /\\ 1:r1=0)");
  CHECK(forbidden.by == std::vector{in_line(job.orderings, 6, Operation::kFence), in_line(job.orderings, 12, Operation::kFence)});
  CHECK(links(forbidden.cycle) == std::vector{Link::kProgramOrder, Link::kReadsFrom, Link::kProgramOrder, Link::kReadsBefore});
  CHECK(forbidden.example.witness.event(forbidden.cycle[0].event).pos.line == 5);
  CHECK(forbidden.example.witness.event(forbidden.cycle[3].event).pos.line == 13);
}

TEST_CASE("where a dependency orders the reader, the writer's barrier alone is named") {
  const Lab lab(R"(C MP+addr
{ int *p = &z; }
P0(int *x, int **p)
{
	WRITE_ONCE(*x, 1);
	smp_store_release(p, x);
}
P1(int *x, int **p)
{
	int *r0 = READ_ONCE(*p);
	int r1 = READ_ONCE(*r0);
}
exists (1:r0=x /\ 1:r1=0)
)");
  const WhyJob job = lab.why_job();
  const Why why = find_why(job);
  REQUIRE(why.forbidden.size() == 1);
  CHECK(why.forbidden[0].by == std::vector{in_line(job.orderings, 6, Operation::kWrite)});
}

TEST_CASE("what coherence forbids takes no ordering") {
  const Lab lab(R"(C CoRR
{}
P0(int *x)
{
	WRITE_ONCE(*x, 1);
}
P1(int *x)
{
	int r0 = READ_ONCE(*x);
	smp_mb();
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=0)
)");
  const Why why = find_why(lab.why_job());
  CHECK(why.complete);
  CHECK(why.forbidden.empty());
}

TEST_CASE("an execution of threads in turns closes no cycle") {
  const Lab lab(R"(C MP
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r0 = READ_ONCE(*y);
	int r1 = READ_ONCE(*x);
}
exists (1:r0=1 /\ 1:r1=1)
)");
  REQUIRE(lab.why_job().baseline.wrong.size() == 1);
  CHECK(cycle_of(lab.why_job().baseline.wrong.begin()->second->witness).empty());
}

// On what a classic test forbids: the orderings that are named are enough together, and without any of them its execution is back.
TEST_CASE("the named orderings are enough, and none of those that forbid an execution can be missed") {
  int forbidden = 0, not_told = 0;
  for (const auto& entry : std::filesystem::directory_iterator("litmus/classic")) {
    if (entry.path().extension() != ".litmus") continue;
    CAPTURE(entry.path().string());
    std::ifstream in(entry.path());
    const Lab lab(std::string(std::istreambuf_iterator<char>(in), {}));
    const WhyJob job = lab.why_job();
    const Why why = find_why(job);
    CHECK(why.complete);
    std::set<Site> kept;
    bool is_told = true;
    for (const Forbidden& f : why.forbidden) {
      ++forbidden;
      is_told = is_told && !f.by.empty();
      kept.insert(f.by.begin(), f.by.end());
    }
    // The graph does not tell of grace periods of SRCU, whose sections are no orderings, and of races that go with what is done at all.
    not_told += is_told ? 0 : 1;
    if (!is_told) continue;
    const auto with_only = [&](const std::set<Site>& sites) {
      Markings markings;
      for (const auto& [site, ordering] : job.orderings) {
        const bool is_marking = ordering.tag == Tag::kOnce && site.operation != Operation::kRmw;
        const bool is_access = site.operation == Operation::kRead || site.operation == Operation::kWrite;
        if (sites.contains(site) || is_marking || weaker_forms(site.operation, ordering.tag).empty()) continue;
        markings.emplace(site, Marking{.tag = is_access ? Tag::kOnce : weaker_forms(site.operation, ordering.tag).front()});
      }
      Trial trial = lab.explore(MarkedProgram(job.program, markings));
      for (const auto& [what, example] : job.baseline.wrong) trial.wrong.erase(what);
      return trial.wrong.empty();
    };
    CHECK(with_only(kept));
    if (why.forbidden.size() != 1) continue;
    for (const Site& site : kept) {
      std::set<Site> fewer = kept;
      fewer.erase(site);
      CHECK_FALSE(with_only(fewer));
    }
  }
  CHECK(forbidden >= 20);
  CHECK(not_told <= 2);
}

}  // namespace
}  // namespace lkmc::ordering_test
