// SPDX-License-Identifier: Apache-2.0
// Repairs: the cheapest set of stronger orderings, held against brute force.
#include <algorithm>

#include "src/ordering/source_edit.h"
#include "tests/ordering/lab.h"

namespace lkmc::ordering_test {
namespace {

int cost_of(const std::vector<Strengthening>& changes) {
  int cost = 0;
  for (const Strengthening& change : changes) cost += change.cost;
  return cost;
}

// The cost of the cheapest set of up to `most` changes after which nothing is wrong, by exploring the program with each set that
// is cheaper than what was found so far; nothing if there is none.
std::optional<int> by_brute_force(const Lab& lab, std::size_t most) {
  const RepairJob job = lab.repair_job();
  std::optional<int> best;
  std::vector<Strengthening> chosen;
  const auto search = [&](auto&& self, std::size_t from) -> void {
    if (best && cost_of(chosen) >= *best) return;
    if (lab.explore(MarkedProgram(job.program, markings_of(chosen, job.operations))).wrong.empty()) {
      best = cost_of(chosen);
      return;
    }
    if (chosen.size() == most) return;
    for (std::size_t i = from; i < job.strengthenings.size(); ++i) {
      const Strengthening& change = job.strengthenings[i];
      const bool is_taken = std::any_of(chosen.begin(), chosen.end(), [&](const Strengthening& c) {
        return c.site == change.site && c.is_fence_before == change.is_fence_before;
      });
      if (is_taken) continue;
      chosen.push_back(change);
      self(self, i + 1);
      chosen.pop_back();
    }
  };
  search(search, 0);
  return best;
}

struct Shape {
  const char* name;
  const char* threads;
  const char* condition;
};

constexpr Shape kShapes[] = {
    {"SB",
     "P0(int *x, int *y) { WRITE_ONCE(*x, 1); int r0 = READ_ONCE(*y); }\n"
     "P1(int *x, int *y) { WRITE_ONCE(*y, 1); int r0 = READ_ONCE(*x); }\n",
     "exists (0:r0=0 /\\ 1:r0=0)"},
    {"MP",
     "P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }\n"
     "P1(int *x, int *y) { int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x); }\n",
     "exists (1:r0=1 /\\ 1:r1=0)"},
    {"MP with a plain payload",
     "P0(int *x, int *y) { *x = 1; WRITE_ONCE(*y, 1); }\n"
     "P1(int *x, int *y) { int r0 = READ_ONCE(*y); if (r0) { int r1 = *x; } }\n",
     "exists (1:r0=2)"},
    {"LB",
     "P0(int *x, int *y) { int r0 = READ_ONCE(*x); WRITE_ONCE(*y, 1); }\n"
     "P1(int *x, int *y) { int r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1); }\n",
     "exists (0:r0=1 /\\ 1:r0=1)"},
    {"S",
     "P0(int *x, int *y) { WRITE_ONCE(*x, 2); WRITE_ONCE(*y, 1); }\n"
     "P1(int *x, int *y) { int r0 = READ_ONCE(*y); WRITE_ONCE(*x, 1); }\n",
     "exists (1:r0=1 /\\ x=2)"},
    {"R",
     "P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }\n"
     "P1(int *x, int *y) { WRITE_ONCE(*y, 2); int r0 = READ_ONCE(*x); }\n",
     "exists (y=2 /\\ 1:r0=0)"},
    {"RMW",
     "P0(int *x, atomic_t *y) { WRITE_ONCE(*x, 1); int r0 = atomic_xchg_relaxed(y, 1); }\n"
     "P1(int *x, atomic_t *y) { int r0 = atomic_xchg_relaxed(y, 2); int r1 = READ_ONCE(*x); }\n",
     "exists (1:r0=1 /\\ 1:r1=0)"},
};

TEST_CASE("a repair costs what the best one by brute force does") {
  for (const Shape& shape : kShapes) {
    const std::string name = shape.name;
    CAPTURE(name);
    const Lab lab(std::string("C ") + "shape\n{}\n" + shape.threads + shape.condition + "\n");
    const Repair repair = find_repair(lab.repair_job());
    REQUIRE(repair.changes.has_value());
    CHECK_FALSE(repair.wrong.empty());
    const auto best = by_brute_force(lab, 3);
    REQUIRE(best.has_value());
    CHECK(cost_of(*repair.changes) == *best);
    const RepairJob job = lab.repair_job();
    CHECK(lab.explore(MarkedProgram(job.program, markings_of(*repair.changes, job.operations))).wrong.empty());
  }
}

TEST_CASE("a bug of interleaving has no repair") {
  const Lab lab(R"(C lost-update
{}
P0(int *x) { int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); }
P1(int *x) { int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); }
exists (x=1)
)");
  const Repair repair = find_repair(lab.repair_job());
  CHECK_FALSE(repair.changes.has_value());
  CHECK(repair.not_by_ordering.size() == 1);
}

TEST_CASE("where nothing is wrong there is nothing to repair") {
  const Lab lab("C none\n{}\nP0(int *x) { WRITE_ONCE(*x, 1); }\nexists (x=0)\n");
  const Repair repair = find_repair(lab.repair_job());
  CHECK(repair.wrong.empty());
  CHECK_FALSE(repair.changes.has_value());
}

TEST_CASE("a table of costs is complete, and numbers") {
  CHECK(std::holds_alternative<Costs>(
      parse_costs("once 0\nacquire 1\nrelease 1\nrmb 1\nwmb 1\nmb 1 # all\nrmw-acquire 1\nrmw-release 1\nrmw-mb 1 2\n")));
  CHECK(std::get<std::string>(parse_costs("once 0\n")) == "there is no `acquire`");
  CHECK(std::get<std::string>(parse_costs("once 0\nacquire x\n")) == "line 2: `acquire` needs whole numbers");
  CHECK(std::get<std::string>(parse_costs("once 0\nonce 1\n")) == "line 2: `once` is there twice");
}

Strengthening change(int line, int column, Operation operation, Tag tag, bool is_fence_before = false) {
  return {.site = {.file = "", .line = line, .column = column, .operation = operation}, .tag = tag, .is_fence_before = is_fence_before};
}

TEST_CASE("calls are edited by their names, and fences put before the statement") {
  const std::string_view text =
      "\tint r0 = READ_ONCE(*y);\n\tWRITE_ONCE(s->a[i], f(1, 2)); foo(); x = 1;\n\tatomic_inc_return_relaxed(&v);\n";
  const SourceEdit edit = edit_source(text, {change(1, 11, Operation::kRead, Tag::kAcquire), change(2, 2, Operation::kWrite, Tag::kRelease),
                                             change(2, 31, Operation::kWrite, Tag::kMb, true), change(3, 2, Operation::kRmw, Tag::kRelease),
                                             change(3, 2, Operation::kRmw, Tag::kWmb, true), change(2, 38, Operation::kWrite, Tag::kOnce)});
  CHECK(edit.text ==
        "\tint r0 = smp_load_acquire(y);\n\tsmp_store_release(&s->a[i], f(1, 2)); smp_mb(); foo(); x = "
        "1;\n\tsmp_wmb();\n\tatomic_inc_return_release(&v);\n");
  CHECK(edit.by_hand == std::vector{change(2, 38, Operation::kWrite, Tag::kOnce)});
}

TEST_CASE("a compiler's column is that of the parenthesis") {
  const SourceEdit edit = edit_source("  seq = READ_ONCE(mm->mm_lock_seq);\n", {change(1, 18, Operation::kRead, Tag::kAcquire)});
  CHECK(edit.text == "  seq = smp_load_acquire(&mm->mm_lock_seq);\n");
}

TEST_CASE("a diff has three lines around each change") {
  CHECK(unified_diff("f", "a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nX\nf\n") == "--- a/f\n+++ b/f\n@@ -2,5 +2,5 @@\n b\n c\n d\n-e\n+X\n f\n");
  CHECK(unified_diff("f", "a\n", "n\na\n") == "--- a/f\n+++ b/f\n@@ -1,1 +1,2 @@\n+n\n a\n");
  CHECK(unified_diff("f", "a\n", "a\n").empty());
}

}  // namespace
}  // namespace lkmc::ordering_test
