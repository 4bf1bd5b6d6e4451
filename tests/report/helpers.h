// SPDX-License-Identifier: Apache-2.0
// Shared by the tests of reports: litmus tests, and checking one under a built-in model.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "src/explore/explorer.h"
#include "src/litmus/litmus.h"
#include "src/model/model.h"
#include "src/report/litmus_tally.h"
#include "src/report/names.h"
#include "src/report/result.h"
#include "src/report/trace.h"

namespace lkmc::report_test {

inline constexpr std::string_view kStoreBuffering = R"(C SB
{}
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1);
	int r0 = READ_ONCE(*y);
}
P1(int *x, int *y)
{
	WRITE_ONCE(*y, 1);
	int r0 = READ_ONCE(*x);
}
exists (0:r0=0 /\ 1:r0=0)
)";

inline constexpr std::string_view kMessagePassing = R"(C MP
{}
P0(int *buf, int *flag)
{
	WRITE_ONCE(*buf, 1);
	WRITE_ONCE(*flag, 1);
}
P1(int *buf, int *flag)
{
	int r0 = READ_ONCE(*flag);
	int r1 = READ_ONCE(*buf);
}
exists (1:r0=1 /\ 1:r1=0)
)";

inline constexpr std::string_view kLoadBuffering = R"(C LB
{}
P0(int *x, int *y)
{
	int r0 = READ_ONCE(*x);
	WRITE_ONCE(*y, 1);
}
P1(int *x, int *y)
{
	int r0 = READ_ONCE(*y);
	WRITE_ONCE(*x, 1);
}
exists (0:r0=1 /\ 1:r0=1)
)";

// Two readers that do not agree on the order of two stores, though each reads in program order.
inline constexpr std::string_view kIndependentReads = R"(C IRIW
{}
P0(int *x)
{
	WRITE_ONCE(*x, 1);
}
P1(int *y)
{
	WRITE_ONCE(*y, 1);
}
P2(int *x, int *y)
{
	int r0 = READ_ONCE(*x);
	smp_rmb();
	int r1 = READ_ONCE(*y);
}
P3(int *x, int *y)
{
	int r0 = READ_ONCE(*y);
	smp_rmb();
	int r1 = READ_ONCE(*x);
}
exists (2:r0=1 /\ 2:r1=0 /\ 3:r0=1 /\ 3:r1=0)
)";

// Each thread stops at the lock that the other one holds.
inline constexpr std::string_view kTwoLocks = R"(C ABBA
{}
P0(spinlock_t *a, spinlock_t *b, int *x)
{
	spin_lock(a);
	spin_lock(b);
	*x = 1;
	spin_unlock(b);
	spin_unlock(a);
}
P1(spinlock_t *a, spinlock_t *b, int *x)
{
	spin_lock(b);
	spin_lock(a);
	*x = 2;
	spin_unlock(a);
	spin_unlock(b);
}
exists (x=2)
)";

// `text` with its first `from` replaced.
inline std::string with(std::string_view text, std::string_view from, std::string_view to) {
  std::string changed(text);
  const std::size_t at = changed.find(from);
  REQUIRE(at != std::string::npos);
  return changed.replace(at, from.size(), to);
}

// A result with what it speaks of.
struct Checked {
  std::string text;
  std::unique_ptr<LitmusTest> test;
  std::unique_ptr<LitmusNames> names;
  std::unique_ptr<LitmusTally> tally;
  std::unique_ptr<Result> result;

  // Of the condition; null if no execution shows what it asks for.
  [[nodiscard]] const Witness* witness() const {
    for (const Finding& f : result->findings) {
      if (f.kind == Finding::Kind::kReached || f.kind == Finding::Kind::kViolation) return f.witness;
    }
    return nullptr;
  }
};

struct CheckSetup {
  std::string model = "lkmm";
  int jobs = 1;
  int unroll = 8;
  std::optional<std::uint64_t> max_executions{};
};

inline Checked check(std::string_view text, const CheckSetup& setup = {}) {
  const auto loaded = load_model(setup.model);
  REQUIRE(std::holds_alternative<Model>(loaded));
  const Model& model = std::get<Model>(loaded);
  const ModelFacts facts(model);
  Checked checked{.text = std::string(text), .test = {}, .names = {}, .tally = {}, .result = {}};
  auto parsed = parse_litmus("test.litmus", checked.text, {.unroll = setup.unroll});
  if (const auto* diagnostic = std::get_if<Diagnostic>(&parsed)) FAIL(diagnostic->message);
  checked.test = std::move(std::get<std::unique_ptr<LitmusTest>>(parsed));

  checked.names = std::make_unique<LitmusNames>(*checked.test, "test.litmus", checked.text);
  std::vector<std::unique_ptr<LitmusTally>> tallies;
  std::vector<Visitor*> visitors;
  for (int i = 0; i < setup.jobs; ++i) tallies.push_back(std::make_unique<LitmusTally>(*checked.test, Keep{.witness = true}));
  for (const auto& tally : tallies) visitors.push_back(tally.get());
  ExploreOptions options;
  options.jobs = setup.jobs;
  options.max_executions = setup.max_executions;
  const Statistics statistics = explore(*checked.test, model, facts, options, visitors);
  for (std::size_t i = 1; i < tallies.size(); ++i) tallies[0]->merge(std::move(*tallies[i]));
  checked.tally = std::move(tallies[0]);
  checked.result = std::make_unique<Result>(Result{.file = "test.litmus",
                                                   .text = checked.text,
                                                   .name = {},
                                                   .model = setup.model,
                                                   .program = checked.test.get(),
                                                   .names = *checked.names,
                                                   .statistics = statistics,
                                                   .flags = flag_names(model, statistics.flags)});
  checked.tally->tell(model, *checked.result);
  return checked;
}

}  // namespace lkmc::report_test
