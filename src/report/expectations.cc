// SPDX-License-Identifier: Apache-2.0
// Judges what was found in a test by what the test expects, and tells it.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "src/report/cpp_names.h"
#include "src/report/cpp_tally.h"
#include "src/report/expectations.h"
#include "src/report/sort_key.h"

namespace lkmc {
namespace {

using Kind = Expectation::Kind;

// What is found of a condition that is not as expected.
std::string opposite(const Expectation& e) {
  if (e.kind == Kind::kReachable) return text_of({.kind = Kind::kUnreachable, .name = e.name});
  if (e.kind == Kind::kUnreachable) return text_of({.kind = Kind::kReachable, .name = e.name});
  return {};
}

// `double free` names every message that begins with it and goes on with ` of …` or `: …`; `r != 0` names `WARN_ON(r != 0)`.
bool is_named(const std::string& message, const std::string& name) {
  return message == name || message == "WARN_ON(" + name + ')' || message == "BUG_ON(" + name + ')' || message.starts_with(name + " of ") ||
         message.starts_with(name + ": ");
}

bool expects(std::span<const Expectation> all, Kind kind, const std::string& name = {}) {
  return std::any_of(all.begin(), all.end(), [&](const Expectation& e) { return e.kind == kind && is_named(name, e.name); });
}

// Flags that are neither a remark nor told otherwise: data races are told by their accesses.
std::vector<std::string> misuses(const Result& result) {
  std::vector<std::string> flags;
  std::copy_if(result.flags.begin(), result.flags.end(), std::back_inserter(flags),
               [](const std::string& flag) { return flag != kDataRace && flag != kMixedAccesses; });
  return flags;
}

bool has(const Result& result, Finding::Kind kind) {
  return std::any_of(result.findings.begin(), result.findings.end(), [&](const Finding& f) { return f.kind == kind; });
}

bool has_violation(const Result& result, const std::string& name) {
  const auto violations = result.of(Finding::Kind::kViolation);
  const std::vector<std::string> flags = misuses(result);
  return std::any_of(violations.begin(), violations.end(), [&](const Finding* f) { return is_named(f->message, name); }) ||
         std::find(flags.begin(), flags.end(), name) != flags.end();
}

bool is_wrong(const Result& result) {
  return has(result, Finding::Kind::kViolation) || has(result, Finding::Kind::kDeadlock) || has(result, Finding::Kind::kRace) ||
         !misuses(result).empty();
}

// Whether an expectation is met; inconclusive if executions that were not seen could change that.
Verdict judge(const Result& result, const Expectation& e) {
  const auto seen = [&](bool yes) { return yes ? Verdict::kHolds : result.complete() ? Verdict::kViolated : Verdict::kInconclusive; };
  const auto absent = [&](bool yes) { return yes ? Verdict::kViolated : result.complete() ? Verdict::kHolds : Verdict::kInconclusive; };
  const auto reached = [&] {
    const auto found = result.reached.find(e.name);
    return found != result.reached.end() && found->second > 0;
  };
  switch (e.kind) {
    case Kind::kHolds:
      return absent(is_wrong(result));
    case Kind::kViolates:
      return seen(has_violation(result, e.name));
    case Kind::kRaces:
      return seen(has(result, Finding::Kind::kRace));
    case Kind::kDeadlocks:
      return seen(has(result, Finding::Kind::kDeadlock));
    case Kind::kReachable:
      return seen(reached());
    case Kind::kUnreachable:
      return absent(reached());
  }
  return Verdict::kInconclusive;
}

// Whether something is wrong that the test does not expect.
bool has_surprise(const Result& result, std::span<const Expectation> expectations) {
  const std::vector<std::string> flags = misuses(result);
  return std::any_of(flags.begin(), flags.end(), [&](const std::string& f) { return !expects(expectations, Kind::kViolates, f); }) ||
         std::any_of(result.findings.begin(), result.findings.end(), [](const Finding& f) {
           return !f.is_expected && f.kind != Finding::Kind::kReached && f.kind != Finding::Kind::kFlag;
         });
}

// Of all expectations; without any, of all properties.
Verdict verdict_of(const Result& result, std::span<const Expectation> expectations) {
  if (has_surprise(result, expectations)) return Verdict::kViolated;
  Verdict verdict = result.complete() || is_wrong(result) ? Verdict::kHolds : Verdict::kInconclusive;
  for (const Expected& e : result.expectations) {
    if (e.met == Verdict::kViolated) return e.met;
    if (e.met == Verdict::kInconclusive) verdict = e.met;
  }
  return verdict;
}

// In the order of the names.
std::string line_of(const CppTally::Values& values, const Names& names) {
  std::string line;
  for (const auto& [name, value] : values) line += fmt::format("{}{}={};", line.empty() ? "" : " ", name, names.value(value));
  return line;
}

// Numbers as such; pointers, whose bits mean nothing, by their names.
std::string order_of(const CppTally::Values& values, const Names& names) {
  SortKey key;
  for (const auto& [name, value] : values) {
    key.add(name);
    const std::string text = names.value(value);
    text == std::to_string(value) ? key.add(value) : key.add(text);
  }
  return key.text();
}

// Of each kind, in the words of reports; those with a name have it in quotes behind them.
constexpr std::pair<Kind, std::string_view> kWords[] = {{Kind::kHolds, "holds"},         {Kind::kViolates, "violated"},
                                                        {Kind::kRaces, "data race"},     {Kind::kDeadlocks, "deadlock"},
                                                        {Kind::kReachable, "reachable"}, {Kind::kUnreachable, "unreachable"}};

bool has_name(Kind kind) { return kind == Kind::kViolates || kind == Kind::kReachable || kind == Kind::kUnreachable; }

}  // namespace

std::string text_of(const Expectation& e) {
  for (const auto& [kind, word] : kWords) {
    if (kind == e.kind) return has_name(kind) ? fmt::format("{} \"{}\"", word, e.name) : std::string(word);
  }
  return {};
}

std::optional<Expectation> expectation_from(std::string_view text) {
  for (const auto& [kind, word] : kWords) {
    if (!has_name(kind) && text == word) return Expectation{.kind = kind};
    const std::string begin = fmt::format("{} \"", word);
    if (has_name(kind) && text.starts_with(begin) && text.ends_with('"') && text.size() > begin.size()) {
      return Expectation{.kind = kind, .name = std::string(text.substr(begin.size(), text.size() - begin.size() - 1))};
    }
  }
  return std::nullopt;
}

void judge(std::span<const Expectation> expectations, Result& result) {
  for (Finding& f : result.findings) {
    switch (f.kind) {
      case Finding::Kind::kViolation:
      case Finding::Kind::kFlag:
        f.is_expected = expects(expectations, Kind::kViolates, f.message);
        break;
      case Finding::Kind::kDeadlock:
        f.is_expected = expects(expectations, Kind::kDeadlocks);
        break;
      case Finding::Kind::kRace:
        f.is_expected = expects(expectations, Kind::kRaces);
        break;
      case Finding::Kind::kReached:
        f.is_expected = !expects(expectations, Kind::kUnreachable, f.message);
        break;
    }
  }
  for (const Expectation& e : expectations) {
    result.expectations.push_back({.text = text_of(e), .met = judge(result, e), .opposite = opposite(e)});
  }
  result.verdict = verdict_of(result, expectations);
}

void CppTally::tell(const Model& model, Result& result) const {
  result.name = test_->name();
  result.line = test_->line();
  for (const auto& [key, v] : violations_) {
    result.findings.push_back({.kind = Finding::Kind::kViolation,
                               .message = v.charge.message,
                               .pos = v.charge.pos,
                               .other = v.charge.other,
                               .other_pos = v.charge.other_pos,
                               .witness = &v.witness,
                               .end = v.end,
                               .choices = v.choices});
  }
  add_deadlock(result);
  for (const FoundRace* race : races()) {
    result.findings.push_back({.kind = Finding::Kind::kRace, .accesses = {race->first, race->second}, .witness = &race->witness});
  }
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    const std::string& flag = model.axioms[i].name;
    const auto found = raising_.find(i);
    if (found == raising_.end() || flag == kMixedAccesses || flag == kDataRace) continue;
    result.findings.push_back({.kind = Finding::Kind::kFlag, .message = flag, .witness = &found->second});
  }
  result.reached = reached();
  for (const auto& [name, times] : result.reached) {
    if (times == 0) continue;
    const auto found = conditions_.find(name);
    result.findings.push_back(
        {.kind = Finding::Kind::kReached, .message = name, .witness = found->second.witness ? &*found->second.witness : nullptr});
  }
  for (const auto& [values, executions] : states()) {
    result.states.push_back({.line = line_of(values, result.names), .executions = executions, .order = order_of(values, result.names)});
  }
  std::ranges::sort(result.states, {}, &State::order);
  judge(test_->expectations(), result);
}

}  // namespace lkmc
