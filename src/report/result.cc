// SPDX-License-Identifier: Apache-2.0
#include "src/report/result.h"

#include <algorithm>

namespace lkmc {

Observation Condition::observation() const {
  if (positive == 0) return Observation::kNever;
  return negative == 0 ? Observation::kAlways : Observation::kSometimes;
}

bool Condition::is_violated() const {
  return (kind == Quantifier::kNotExists && positive > 0) || (kind == Quantifier::kForall && negative > 0);
}

std::vector<const Finding*> Result::of(Finding::Kind kind) const {
  std::vector<const Finding*> all;
  for (const Finding& f : findings) {
    if (f.kind == kind) all.push_back(&f);
  }
  return all;
}

const Finding* Result::deadlock() const {
  const auto all = of(Finding::Kind::kDeadlock);
  return all.empty() ? nullptr : all.front();
}

std::string_view why_incomplete(const Statistics& statistics) {
  switch (statistics.interruption) {
    case Interruption::kTimeout:
      return "the time ran out (--timeout gives more)";
    case Interruption::kMaxExecutions:
      return "the limit of executions was reached (--max-executions raises it)";
    case Interruption::kCancelled:
      return "it was interrupted";
    case Interruption::kUnknownValue:
      return "raw() of a number that may be anything, where all threads wait for each other: ask for its value with IF";
    case Interruption::kUnforeseen:
      return "a part of the program turned up that no thread had shown before, so that it cannot be split (it can be checked without "
             "--shard)";
    case Interruption::kShard:
      return "the other shards have the rest (lkmc merge puts them together)";
    case Interruption::kRestart:
    case Interruption::kNone:
      break;
  }
  return statistics.bound_hit ? "a loop goes on beyond its bound (--unroll raises it)" : "";
}

std::vector<std::string> flag_names(const Model& model, std::uint64_t raised) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    if ((raised >> i) & 1) names.push_back(model.axioms[i].name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::string_view to_string(Observation observation) {
  switch (observation) {
    case Observation::kNever:
      return "Never";
    case Observation::kSometimes:
      return "Sometimes";
    case Observation::kAlways:
      return "Always";
  }
  return {};
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kHolds:
      return "holds";
    case Verdict::kViolated:
      return "violated";
    case Verdict::kInconclusive:
      return "inconclusive";
  }
  return {};
}

std::string_view kind_name(Quantifier quantifier) {
  switch (quantifier) {
    case Quantifier::kExists:
      return "Allowed";
    case Quantifier::kNotExists:
      return "Forbidden";
    case Quantifier::kForall:
      return "Required";
  }
  return {};
}

}  // namespace lkmc
