#include "src/report/cpp_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "src/report/cpp_names.h"
#include "src/report/story.h"
#include "src/report/text.h"
#include "src/report/trace.h"

namespace lkmc {
namespace {

using kernel::Expectation;
using Kind = Expectation::Kind;
using Json = nlohmann::ordered_json;

constexpr std::string_view kDataRace = "data-race";
// A remark about style, not a mistake.
constexpr std::string_view kMixedAccesses = "mixed-accesses";

std::string count_of(std::uint64_t n) { return fmt::format("{} execution{}", n, n == 1 ? "" : "s"); }

std::string text_of(const Expectation& e) {
  switch (e.kind) {
    case Kind::kHolds:
      return "holds";
    case Kind::kViolates:
      return fmt::format("violated \"{}\"", e.name);
    case Kind::kRaces:
      return "data race";
    case Kind::kDeadlocks:
      return "deadlock";
    case Kind::kReachable:
      return fmt::format("reachable \"{}\"", e.name);
    case Kind::kUnreachable:
      return fmt::format("unreachable \"{}\"", e.name);
  }
  return {};
}

bool raised(const CppResult& result, std::string_view flag) {
  return std::find(result.flags.begin(), result.flags.end(), flag) != result.flags.end();
}

bool has_violation(const CppResult& result, const std::string& message) {
  const auto violations = result.tally.violations();
  return std::any_of(violations.begin(), violations.end(), [&](const Violation* v) { return v->message == message; }) ||
         raised(result, message);
}

bool is_wrong(const CppResult& result) {
  return !result.tally.violations().empty() || result.tally.deadlock() ||
         std::any_of(result.flags.begin(), result.flags.end(), [](const auto& flag) { return flag != kMixedAccesses; });
}

// What was found, without what was expected.
std::string findings(const CppResult& result, const Painter& paint) {
  std::vector<std::string> found;
  for (const Violation* v : result.tally.violations()) {
    found.push_back(fmt::format("{}: {} ({})", paint(Paint::kBad, "violated"), v->message, CppNames::full_place(v->pos)));
  }
  if (raised(result, kDataRace)) found.push_back(paint(Paint::kBad, "data race"));
  for (const std::string& flag : result.flags) {
    if (flag != kDataRace && flag != kMixedAccesses) found.push_back(paint(Paint::kBad, flag));
  }
  if (result.tally.deadlock()) found.push_back(paint(Paint::kBad, "deadlock"));
  const bool wrong = !found.empty();
  if (!result.complete()) {
    found.push_back(fmt::format("{}: {}", paint(Paint::kUnsure, "inconclusive"), why_incomplete(result.statistics)));
  } else if (!wrong) {
    found.push_back(paint(Paint::kGood, "holds"));
  }
  return fmt::format("{} ({})", fmt::join(found, "; "), count_of(result.statistics.executions));
}

std::string verdict_line(const CppResult& result, const Painter& paint) {
  std::string line = fmt::format("{}: {}", paint(Paint::kStrong, result.test.registration().name), findings(result, paint));
  if (result.expectations().empty()) return line + '\n';
  if (result.verdict() == Verdict::kHolds) return line + ", as expected\n";
  std::vector<std::string> unmet;
  for (const Expectation& e : result.expectations()) {
    if (result.judge(e) != Verdict::kHolds) unmet.push_back(text_of(e));
  }
  if (unmet.empty()) return line + "; not all of this was expected\n";
  return line + fmt::format(", expected: {}\n", fmt::join(unmet, ", "));
}

}  // namespace

bool CppResult::expects(Kind kind, const std::string& name) const {
  const auto& all = expectations();
  return std::any_of(all.begin(), all.end(), [&](const Expectation& e) { return e.kind == kind && e.name == name; });
}

Verdict CppResult::judge(const Expectation& e) const {
  const Verdict not_seen = complete() ? Verdict::kViolated : Verdict::kInconclusive;
  const auto seen = [&](bool yes) { return yes ? Verdict::kHolds : not_seen; };
  const auto absent = [&](bool yes) {
    return yes ? Verdict::kViolated : complete() ? Verdict::kHolds : Verdict::kInconclusive;
  };
  const auto reached = [&] {
    const auto all = tally.reached();
    const auto found = all.find(e.name);
    return found != all.end() && found->second > 0;
  };
  switch (e.kind) {
    case Kind::kHolds:
      return absent(is_wrong(*this));
    case Kind::kViolates:
      return seen(has_violation(*this, e.name));
    case Kind::kRaces:
      return seen(raised(*this, kDataRace));
    case Kind::kDeadlocks:
      return seen(tally.deadlock().has_value());
    case Kind::kReachable:
      return seen(reached());
    case Kind::kUnreachable:
      return absent(reached());
  }
  return Verdict::kInconclusive;
}

bool CppResult::has_surprise() const {
  const auto violations = tally.violations();
  if (std::any_of(violations.begin(), violations.end(), [&](const Violation* v) { return !expects(Kind::kViolates, v->message); })) {
    return true;
  }
  for (const std::string& flag : flags) {
    if (flag == kMixedAccesses || expects(Kind::kViolates, flag)) continue;
    if (flag != kDataRace || !expects(Kind::kRaces)) return true;
  }
  return tally.deadlock() && !expects(Kind::kDeadlocks);
}

Verdict CppResult::verdict() const {
  if (has_surprise()) return Verdict::kViolated;
  Verdict verdict = complete() || is_wrong(*this) ? Verdict::kHolds : Verdict::kInconclusive;
  for (const Expectation& e : expectations()) {
    const Verdict one = judge(e);
    if (one == Verdict::kViolated) return one;
    if (one == Verdict::kInconclusive) verdict = one;
  }
  return verdict;
}

std::string cpp_text_report(const CppResult& result, Colour colour) {
  const Painter paint(colour);
  const CppNames names(result.test);
  std::string out = verdict_line(result, paint);
  for (const auto& [name, times] : result.tally.reached()) {
    const std::string answer = times > 0             ? fmt::format("reachable ({} of {})", times, count_of(result.statistics.executions))
                               : result.complete() ? "not reachable"
                                                   : "not reached";
    out += fmt::format("  exists \"{}\": {}\n", name, answer);
  }
  for (const std::string& flag : result.flags) out += fmt::format("  flag: {}\n", paint(Paint::kBad, flag));
  const auto& deadlock = result.tally.deadlock();
  if (deadlock) {
    out += fmt::format("  deadlock ({} that cannot end):\n", count_of(result.statistics.blocked));
    for (const BlockedThread& b : deadlock->blocked) out += "    " + waiting_text(names, b) + '\n';
  }
  const auto violations = result.tally.violations();
  for (const Violation* v : violations) {
    out += fmt::format("\nHow \"{}\" ({}) is violated:\n", v->message, CppNames::full_place(v->pos)) + story(names, v->witness, paint);
  }
  if (deadlock) {
    out += "\nHow the deadlock comes about:\n" + story(names, deadlock->witness, paint);
    for (const BlockedThread& b : deadlock->blocked) out += "  Then " + waiting_text(names, b) + ".\n";
  }
  if (!violations.empty() || deadlock) out += '\n';
  return out;
}

std::string cpp_json_report(const CppResult& result) {
  const CppNames names(result.test);
  const Painter paint(Colour::kNever);
  const auto lines = [&](const Witness& witness) {
    Json list = Json::array();
    const std::string text = story(names, witness, paint);
    for (const std::string_view line : lines_of(text)) list.push_back(line);
    return list;
  };
  Json json{{"file", result.file},
            {"test", result.test.registration().name},
            {"line", result.test.registration().line},
            {"model", result.model},
            {"verdict", to_string(result.verdict())},
            {"executions", result.statistics.executions},
            {"complete", result.complete()}};
  if (!result.complete()) json["inconclusive"] = why_incomplete(result.statistics);
  json["violations"] = Json::array();
  for (const Violation* v : result.tally.violations()) {
    json["violations"].push_back({{"message", v->message},
                                  {"file", v->pos.file != nullptr ? v->pos.file : ""},
                                  {"line", v->pos.line},
                                  {"column", v->pos.column},
                                  {"schedule", lines(v->witness)}});
  }
  json["flags"] = result.flags;
  if (const auto& deadlock = result.tally.deadlock()) {
    Json waiters = Json::array();
    for (const BlockedThread& b : deadlock->blocked) waiters.push_back(waiting_text(names, b));
    json["deadlock"] = {{"waiting", waiters}, {"schedule", lines(deadlock->witness)}};
  }
  json["reached"] = Json::object();
  for (const auto& [name, times] : result.tally.reached()) json["reached"][name] = times;
  json["expectations"] = Json::array();
  for (const Expectation& e : result.expectations()) {
    json["expectations"].push_back({{"expected", text_of(e)}, {"met", result.judge(e) == Verdict::kHolds}});
  }
  json["seconds"] = result.explore_seconds;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::optional<std::string> cpp_trace(const CppResult& result, const Model& model) {
  struct Candidate {
    Shown shown;
    const Witness* witness;
    bool expected;
  };
  std::vector<Candidate> candidates;
  for (const Violation* v : result.tally.violations()) {
    candidates.push_back({.shown = {.kind = Shown::Kind::kViolation, .message = v->message, .pos = v->pos},
                          .witness = &v->witness,
                          .expected = result.expects(Kind::kViolates, v->message)});
  }
  if (const auto& deadlock = result.tally.deadlock()) {
    candidates.push_back({.shown = {.kind = Shown::Kind::kDeadlock, .blocked = deadlock->blocked},
                          .witness = &deadlock->witness,
                          .expected = result.expects(Kind::kDeadlocks)});
  }
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    const std::string& flag = model.axioms[i].name;
    const Witness* witness = result.tally.raising(i);
    if (witness == nullptr || flag == kMixedAccesses) continue;
    candidates.push_back({.shown = {.kind = Shown::Kind::kFlag, .message = flag},
                          .witness = witness,
                          .expected = result.expects(Kind::kViolates, flag) || (flag == kDataRace && result.expects(Kind::kRaces))});
  }
  if (candidates.empty()) return std::nullopt;
  const auto surprise = std::find_if(candidates.begin(), candidates.end(), [](const Candidate& c) { return !c.expected; });
  const Candidate& chosen = surprise == candidates.end() ? candidates.front() : *surprise;
  const CppNames names(result.test);
  return trace_text({.path = result.file,
                     .name = result.test.registration().name,
                     .md5 = result.md5,
                     .model = result.model,
                     .unroll = result.unroll,
                     .condition = {},
                     .shows = chosen.shown,
                     .program = result.test,
                     .names = names,
                     .witness = *chosen.witness});
}

}  // namespace lkmc
