#include "src/report/herd.h"

#include <fmt/format.h>

#include <iterator>

#include "src/report/hash.h"

namespace lkmc {
namespace {

bool is_ok(const TestResult& result) {
  return result.test.kind() == Quantifier::kExists ? result.tally.positive() > 0 : !result.condition_violated();
}

}  // namespace

std::string herd_report(const TestResult& result) {
  const LitmusTest& test = result.test;
  const std::uint64_t positive = result.tally.positive();
  const std::uint64_t negative = result.tally.negative();
  // What herd calls the witnesses of `~exists` are the executions that do not satisfy the proposition.
  const bool swapped = test.kind() == Quantifier::kNotExists;
  const bool stopped = result.statistics.interruption != Interruption::kNone;
  const std::string_view observation =
      stopped && !result.observation_is_final() ? "Inconclusive" : to_string(result.observation());

  std::string out;
  const auto line = std::back_inserter(out);
  fmt::format_to(line, "Test {} {}\n", test.name(), kind_name(test.kind()));
  const std::vector<State> states = result.tally.states();
  fmt::format_to(line, "States {}\n", states.size());
  for (const State& state : states) fmt::format_to(line, "{}\n", state.line);
  fmt::format_to(line, "{}{}\n", result.statistics.bound_hit ? "Loop " : "", is_ok(result) ? "Ok" : "No");
  fmt::format_to(line, "Witnesses\nPositive: {} Negative: {}\n", swapped ? negative : positive,
                 swapped ? positive : negative);
  for (const std::string& flag : result.flags) fmt::format_to(line, "Flag {}\n", flag);
  fmt::format_to(line, "Condition {}\n", test.condition_text());
  fmt::format_to(line, "Observation {} {} {} {}\n", test.name(), observation, positive, negative);
  fmt::format_to(line, "Time {} {:.2f}\n", test.name(), result.parse_seconds + result.explore_seconds);
  fmt::format_to(line, "Hash={}\n\n", md5(normalised_test(result.text)));
  return out;
}

}  // namespace lkmc
