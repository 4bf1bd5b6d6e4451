// SPDX-License-Identifier: Apache-2.0
#include "src/report/herd.h"

#include <fmt/format.h>

#include <iterator>
#include <tuple>

#include "src/host/digest.h"
#include "src/report/normalised_test.h"

namespace lkmc {

std::string herd_hash(const Result& result) { return result.hash.empty() ? md5(normalised_test(result.text)) : result.hash; }

std::string herd_report(const Result& result) {
  const Condition& condition = *result.condition;
  const auto [kind, positive, negative] = std::tuple(condition.kind, condition.positive, condition.negative);
  // What herd calls the witnesses of `~exists` are the executions that do not satisfy the proposition.
  const bool swapped = kind == Quantifier::kNotExists;
  const bool stopped = result.statistics.interruption != Interruption::kNone;
  const std::string_view observation = stopped && !result.observation_is_final() ? "Inconclusive" : to_string(condition.observation());
  const bool is_ok = kind == Quantifier::kExists ? positive > 0 : !condition.is_violated();

  std::string out;
  const auto line = std::back_inserter(out);
  fmt::format_to(line, "Test {} {}\n", result.name, kind_name(kind));
  fmt::format_to(line, "States {}\n", result.states.size());
  for (const State& state : result.states) fmt::format_to(line, "{}\n", state.line);
  fmt::format_to(line, "{}{}\n", result.statistics.bound_hit ? "Loop " : "", is_ok ? "Ok" : "No");
  fmt::format_to(line, "Witnesses\nPositive: {} Negative: {}\n", swapped ? negative : positive, swapped ? positive : negative);
  for (const std::string& flag : result.flags) fmt::format_to(line, "Flag {}\n", flag);
  fmt::format_to(line, "Condition {}\n", condition.text);
  fmt::format_to(line, "Observation {} {} {} {}\n", result.name, observation, positive, negative);
  fmt::format_to(line, "Time {} {:.2f}\n", result.name, result.prepare_seconds + result.explore_seconds);
  fmt::format_to(line, "Hash={}\n\n", herd_hash(result));
  return out;
}

}  // namespace lkmc
