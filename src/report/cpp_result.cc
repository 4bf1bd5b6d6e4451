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

// `double free` names every message that begins with it and goes on with ` of …` or `: …`; `r != 0` names `WARN_ON(r != 0)`.
bool is_named(const std::string& message, const std::string& name) {
  return message == name || message == "WARN_ON(" + name + ')' || message == "BUG_ON(" + name + ')' || message.starts_with(name + " of ") || message.starts_with(name + ": ");
}

// Flags that are neither a remark nor told otherwise: data races are told by their accesses.
std::vector<std::string> misuses(const CppResult& result) {
  std::vector<std::string> flags;
  std::copy_if(result.flags.begin(), result.flags.end(), std::back_inserter(flags),
               [](const std::string& flag) { return flag != kDataRace && flag != kMixedAccesses; });
  return flags;
}

bool has_violation(const CppResult& result, const std::string& name) {
  const auto violations = result.tally.violations();
  const std::vector<std::string> flags = misuses(result);
  return std::any_of(violations.begin(), violations.end(), [&](const Violation* v) { return is_named(v->report.message, name); }) ||
         std::find(flags.begin(), flags.end(), name) != flags.end();
}

bool is_wrong(const CppResult& result) {
  return !result.tally.violations().empty() || result.tally.deadlock() || !result.tally.races().empty() || !misuses(result).empty();
}

// `vm_area_struct.vm_flags is written by mprotect (vma.cc:7 in mprotect_fixup) and read, marked, by rmap (vma.cc:20)`
std::string access_text(const CppNames& names, const Event& e, bool with_column) {
  std::string text = e.is_write() ? "written" : "read";
  if (e.tag != Tag::kPlain) text += " (marked)";
  text += fmt::format(" by {} in {}", names.thread(e.thread), CppNames::full_place(e.pos));
  if (with_column && e.pos.column > 0) text += fmt::format(":{}", e.pos.column);
  return text;
}
std::string race_text(const CppNames& names, const FoundRace& race) {
  // Two accesses in one line are told apart by their columns.
  const bool same_line = CppNames::full_place(race.first.pos) == CppNames::full_place(race.second.pos);
  return fmt::format("{} is {} and {}", names.location(race.first.location), access_text(names, race.first, same_line),
                     access_text(names, race.second, same_line));
}

// Where it was found, and where the other thing is that it takes to see why.
std::string places(const Violation& v) {
  std::string text = CppNames::full_place(v.report.pos);
  if (!v.report.other.empty()) text += fmt::format("; {} in {}", v.report.other, CppNames::full_place(v.report.other_pos));
  return text;
}

// What was found, without what was expected.
std::string findings(const CppResult& result, const Painter& paint) {
  std::vector<std::string> found;
  for (const Violation* v : result.tally.violations()) {
    found.push_back(fmt::format("{}: {} ({})", paint(Paint::kBad, "violated"), v->report.message, places(*v)));
  }
  if (!result.tally.races().empty()) found.push_back(paint(Paint::kBad, "data race"));
  for (const std::string& flag : misuses(result)) found.push_back(paint(Paint::kBad, flag));
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

// `1:r0=0; x=2;`, in the order of the names.
std::string line_of(const CppTally::Values& values, const CppNames& names) {
  std::string line;
  for (const auto& [name, value] : values) line += fmt::format("{}{}={};", line.empty() ? "" : " ", name, names.value(value));
  return line;
}

std::string states_text(const CppResult& result, const CppNames& names) {
  std::vector<std::pair<std::string, std::uint64_t>> lines;
  std::size_t width = 0;
  for (const auto& [values, executions] : result.tally.states()) {
    lines.emplace_back(values.empty() ? "nothing is observed" : line_of(values, names), executions);
    width = std::max(width, lines.back().first.size());
  }
  std::string out = "\nFinal states:\n";
  for (const auto& [line, executions] : lines) out += fmt::format("    {:<{}}  {}\n", line, width, count_of(executions));
  return out;
}

}  // namespace

bool CppResult::expects(Kind kind, const std::string& name) const {
  const auto& all = expectations();
  return std::any_of(all.begin(), all.end(), [&](const Expectation& e) { return e.kind == kind && is_named(name, e.name); });
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
      return seen(!tally.races().empty());
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
  if (std::any_of(violations.begin(), violations.end(), [&](const Violation* v) { return !expects(Kind::kViolates, v->report.message); })) {
    return true;
  }
  const std::vector<std::string> wrong = misuses(*this);
  if (std::any_of(wrong.begin(), wrong.end(), [&](const std::string& flag) { return !expects(Kind::kViolates, flag); })) return true;
  if (!tally.races().empty() && !expects(Kind::kRaces)) return true;
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

std::string cpp_text_report(const CppResult& result, const TextOptions& options) {
  const Painter paint(options.colour);
  const CppNames names(result.test);
  std::string out = verdict_line(result, paint);
  for (const auto& [name, times] : result.tally.reached()) {
    const std::string answer = times > 0             ? fmt::format("reachable ({} of {})", times, count_of(result.statistics.executions))
                               : result.complete() ? "not reachable"
                                                   : "not reached";
    out += fmt::format("  exists \"{}\": {}\n", name, answer);
  }
  const auto races = result.tally.races();
  for (const FoundRace* race : races) out += fmt::format("  data race: {}\n", race_text(names, *race));
  for (const std::string& flag : result.flags) {
    if (flag != kDataRace) out += fmt::format("  flag: {}\n", flag);
  }
  const auto& deadlock = result.tally.deadlock();
  if (deadlock) {
    out += fmt::format("  deadlock ({} that cannot end):\n", count_of(result.statistics.blocked));
    for (const BlockedThread& b : deadlock->blocked) out += "    " + waiting_text(names, b) + '\n';
  }
  if (options.states) out += states_text(result, names);
  const auto violations = result.tally.violations();
  for (const Violation* v : violations) {
    out += fmt::format("\nHow \"{}\" ({}) is violated:\n", v->report.message, places(*v)) + story(names, v->witness, paint, v->end);
  }
  bool shows_reached = false;
  for (const auto& [name, times] : result.tally.reached()) {
    const Witness* witness = result.tally.reaching(name);
    if (witness == nullptr) continue;
    shows_reached = true;
    out += fmt::format("\nHow exists \"{}\" is reached:\n", name) + story(names, *witness, paint);
  }
  if (deadlock) {
    out += "\nHow the deadlock comes about:\n" + story(names, deadlock->witness, paint);
    for (const BlockedThread& b : deadlock->blocked) out += "  Then " + waiting_text(names, b) + ".\n";
  }
  for (const FoundRace* race : races) {
    out += fmt::format("\nAn execution with the data race on {}:\n", names.location(race->first.location)) + story(names, race->witness, paint);
  }
  if (!violations.empty() || shows_reached || deadlock || !races.empty() || options.states) out += '\n';
  return out;
}

std::string cpp_json_report(const CppResult& result) {
  const CppNames names(result.test);
  const Painter paint(Colour::kNever);
  const auto lines = [&](const Witness& witness, const std::optional<StoryEnd>& end = std::nullopt) {
    Json list = Json::array();
    const std::string text = story(names, witness, paint, end);
    for (const std::string_view line : lines_of(text)) list.push_back(line);
    return list;
  };
  Json json{{"file", result.file},
            {"test", result.test.registration().name},
            {"line", result.test.registration().line},
            {"model", result.model},
            {"verdict", to_string(result.verdict())},
            {"executions", result.statistics.executions},
            {"blocked", result.statistics.blocked},
            {"complete", result.complete()}};
  if (!result.complete()) json["inconclusive"] = why_incomplete(result.statistics);
  json["violations"] = Json::array();
  for (const Violation* v : result.tally.violations()) {
    json["violations"].push_back({{"message", v->report.message},
                                  {"file", v->report.pos.file != nullptr ? v->report.pos.file : ""},
                                  {"line", v->report.pos.line},
                                  {"column", v->report.pos.column},
                                  {"schedule", lines(v->witness, v->end)}});
  }
  json["races"] = Json::array();
  const auto access = [&](const Event& e) {
    return Json{{"kind", e.is_write() ? "write" : "read"}, {"marked", e.tag != Tag::kPlain}, {"thread", names.thread(e.thread)},
                {"file", e.pos.file != nullptr ? e.pos.file : ""}, {"line", e.pos.line},
                {"function", e.pos.function != nullptr ? e.pos.function : ""}};
  };
  for (const FoundRace* race : result.tally.races()) {
    json["races"].push_back({{"location", names.location(race->first.location)},
                             {"accesses", {access(race->first), access(race->second)}},
                             {"schedule", lines(race->witness)}});
  }
  json["flags"] = result.flags;
  if (const auto& deadlock = result.tally.deadlock()) {
    Json waiters = Json::array();
    for (const BlockedThread& b : deadlock->blocked) waiters.push_back(waiting_text(names, b));
    json["deadlock"] = {{"waiting", waiters}, {"schedule", lines(deadlock->witness)}};
  }
  json["reached"] = Json::object();
  for (const auto& [name, times] : result.tally.reached()) json["reached"][name] = times;
  json["states"] = Json::array();
  for (const auto& [values, executions] : result.tally.states()) {
    json["states"].push_back({{"state", line_of(values, names)}, {"executions", executions}});
  }
  json["expectations"] = Json::array();
  for (const Expectation& e : result.expectations()) {
    json["expectations"].push_back({{"expected", text_of(e)}, {"met", result.judge(e) == Verdict::kHolds}});
  }
  const Statistics& s = result.statistics;
  json["stats"] = {{"choices", s.choices},
                   {"dead_ends", s.dead_ends},
                   {"model_checks", s.checks},
                   {"path_combinations", s.skeletons},
                   {"fiber_runs", s.paths},
                   {"set_up_seconds", result.set_up_seconds},
                   {"explore_seconds", result.explore_seconds}};
  for (const auto& [key, object] : result.more) json[key] = Json::parse(object);
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
    candidates.push_back({.shown = {.kind = Shown::Kind::kViolation, .message = v->report.message, .pos = v->report.pos},
                          .witness = &v->witness,
                          .expected = result.expects(Kind::kViolates, v->report.message)});
  }
  if (const auto& deadlock = result.tally.deadlock()) {
    candidates.push_back({.shown = {.kind = Shown::Kind::kDeadlock, .blocked = deadlock->blocked},
                          .witness = &deadlock->witness,
                          .expected = result.expects(Kind::kDeadlocks)});
  }
  for (const FoundRace* race : result.tally.races()) {
    candidates.push_back({.shown = {.kind = Shown::Kind::kFlag, .message = std::string(kDataRace)},
                          .witness = &race->witness,
                          .expected = result.expects(Kind::kRaces)});
  }
  for (std::size_t i = 0; i < model.axioms.size(); ++i) {
    const std::string& flag = model.axioms[i].name;
    const Witness* witness = result.tally.raising(i);
    if (witness == nullptr || flag == kMixedAccesses || flag == kDataRace) continue;
    candidates.push_back({.shown = {.kind = Shown::Kind::kFlag, .message = flag},
                          .witness = witness,
                          .expected = result.expects(Kind::kViolates, flag)});
  }
  for (const auto& [name, times] : result.tally.reached()) {
    const Witness* witness = result.tally.reaching(name);
    if (witness == nullptr) continue;
    candidates.push_back({.shown = {.kind = Shown::Kind::kWitness, .message = name},
                          .witness = witness,
                          .expected = !result.expects(Kind::kUnreachable, name)});
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
