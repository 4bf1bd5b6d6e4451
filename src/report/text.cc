// SPDX-License-Identifier: Apache-2.0
#include "src/report/text.h"

#include <algorithm>
#include <iterator>

#include "src/report/story.h"

namespace lkmc {
namespace {

std::string count_of(std::uint64_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string executions(std::uint64_t n) { return count_of(n, "execution"); }

// What the condition says and what was seen of it.
std::string claim(const Condition& condition, bool complete) {
  const std::uint64_t all = condition.positive + condition.negative;
  const bool is_question = condition.kind == Quantifier::kExists;
  const std::uint64_t telling = condition.kind == Quantifier::kForall ? condition.negative : condition.positive;
  if (telling > 0) {
    return fmt::format("{} is {} ({} of {})", condition.text, is_question ? "reachable" : "violated", telling, executions(all));
  }
  if (!complete) {
    return fmt::format("{} was not {} in {}", condition.text, is_question ? "reached" : "violated", executions(all));
  }
  if (all == 0) return condition.text + ": the program has no complete execution";
  return fmt::format("{} {} ({})", condition.text, is_question ? "is not reachable" : "holds", executions(all));
}

// What was found of a condition.
std::string answer(const Result& result, const Painter& paint) {
  const Condition& condition = *result.condition;
  const Paint colour = result.verdict == Verdict::kViolated ? Paint::kBad : Paint::kGood;
  const std::string word = result.observation_is_final() ? paint(colour, to_string(condition.observation()))
                           : condition.is_violated()     ? paint(colour, "violated")
                                                         : paint(Paint::kUnsure, "inconclusive");
  std::string line = fmt::format("{}: {}", word, claim(condition, result.complete()));
  if (!result.complete()) {
    const bool undecided = !result.observation_is_final() && !condition.is_violated();
    line += undecided ? ", but " : fmt::format("; the count is {}: ", paint(Paint::kUnsure, "inconclusive"));
    line += why_incomplete(result.statistics);
  }
  if (result.deadlock() != nullptr) line += "; " + paint(Paint::kBad, "deadlock");
  return line;
}

// Where it was found, and where the other thing is that it takes to see why.
std::string places(const Names& names, const Finding& f) {
  std::string text = full_place(names, f.pos);
  if (!f.other.empty()) text += fmt::format("; {} in {}", f.other, full_place(names, f.other_pos));
  return text;
}

// A flag that no other line tells: data races are told by their accesses, if those were looked for.
bool is_told(const Result& result, const std::string& flag) { return flag == kDataRace && !result.condition; }

bool is_same_execution(const Finding& a, const Finding& b) {
  if (a.told && b.told) return a.execution == b.execution;
  return a.witness != nullptr && b.witness != nullptr && compare(*a.witness, *b.witness) == 0;
}

// The races that the execution of this one shows, in their order. One often shows several.
std::vector<const Finding*> shown_by_same(const Result& result, const Finding& race) {
  std::vector<const Finding*> same = result.of(Finding::Kind::kRace);
  std::erase_if(same, [&](const Finding* f) { return f != &race && !is_same_execution(*f, race); });
  return same;
}

// The variables of races, each once.
std::string locations_text(const Names& names, const std::vector<const Finding*>& races) {
  std::vector<std::string> locations;
  for (const Finding* race : races) {
    const std::string name = names.location(race->accesses.front().location);
    if (std::find(locations.begin(), locations.end(), name) == locations.end()) locations.push_back(name);
  }
  return fmt::format("{}", fmt::join(locations, ", "));
}

// What was found in a test without a condition, and what was expected instead.
std::string summary(const Result& result, const Painter& paint) {
  std::vector<std::string> found;
  for (const Finding* v : result.of(Finding::Kind::kViolation)) {
    found.push_back(fmt::format("{}: {} ({})", paint(Paint::kBad, "violated"), v->message, places(result.names, *v)));
  }
  if (!result.of(Finding::Kind::kRace).empty()) found.push_back(paint(Paint::kBad, "data race"));
  for (const std::string& flag : result.flags) {
    if (!is_told(result, flag) && flag != kMixedAccesses) found.push_back(paint(Paint::kBad, flag));
  }
  if (result.deadlock() != nullptr) found.push_back(paint(Paint::kBad, "deadlock"));
  const bool wrong = !found.empty();
  if (!result.complete()) {
    found.push_back(fmt::format("{}: {}", paint(Paint::kUnsure, "inconclusive"), why_incomplete(result.statistics)));
  } else if (!wrong) {
    found.push_back(paint(Paint::kGood, "holds"));
  }
  const std::string line = fmt::format("{} ({})", fmt::join(found, "; "), executions(result.statistics.executions));
  if (result.expectations.empty()) return line;
  if (result.verdict == Verdict::kHolds) return line + ", as expected";
  std::vector<std::string> unmet;
  for (const Expected& e : result.expectations) {
    if (e.met != Verdict::kHolds) unmet.push_back(e.text);
  }
  if (unmet.empty()) return line + "; not all of this was expected";
  return line + fmt::format(", expected: {}", fmt::join(unmet, ", "));
}

std::string states_text(const Result& result) {
  std::vector<std::string> lines;
  std::size_t width = 0;
  for (const State& s : result.states) {
    lines.push_back(s.line.empty() && !result.condition ? "nothing is observed" : s.line);
    width = std::max(width, lines.back().size());
  }
  std::string out = "\nFinal states:\n";
  bool some = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const State& s = result.states[i];
    const bool positive = s.positive.value_or(false);
    some = some || positive;
    out += fmt::format("  {} {:<{}}  {}\n", positive ? '*' : ' ', lines[i], width, executions(s.executions));
  }
  return out + (some ? "  (* satisfies the condition)\n" : "");
}

// How a finding comes about; empty if that is not to be shown.
std::string how(const Result& result, const Finding& f, const Painter& paint) {
  const Names& names = result.names;
  std::string title;
  std::string end;
  switch (f.kind) {
    case Finding::Kind::kReached:
    case Finding::Kind::kViolation:
      if (result.condition) {
        title = f.kind == Finding::Kind::kReached ? "How it can happen" : "How the condition is violated";
        end = fmt::format("  Final state: {}\n", result.condition->witness_line);
      } else if (f.kind == Finding::Kind::kViolation) {
        title = fmt::format("How \"{}\" ({}) is violated", f.message, places(names, f));
      } else {
        title = fmt::format("How exists \"{}\" is reached", f.message);
      }
      break;
    case Finding::Kind::kDeadlock:
      title = "How the deadlock comes about";
      for (const BlockedThread& b : f.blocked) end += fmt::format("  Then {}.\n", waiting_text(names, b));
      break;
    case Finding::Kind::kRace: {
      const std::vector<const Finding*> same = shown_by_same(result, f);
      if (same.front() != &f) return {};
      const std::string races = same.size() == 1 ? "the data race" : fmt::format("{} data races", same.size());
      title = fmt::format("An execution with {} on {}", races, locations_text(names, same));
      break;
    }
    case Finding::Kind::kFlag:
      break;
  }
  if (title.empty() || (f.witness == nullptr && !f.told)) return {};
  const std::string lines = f.told ? fmt::format("{}\n", fmt::join(f.told->schedule, "\n")) : story(names, *f.witness, paint, f.end);
  return fmt::format("\n{}:\n{}{}", title, lines, end);
}

}  // namespace

std::string waiting_text(const Names& names, const BlockedThread& blocked) {
  const std::string thread = names.thread(blocked.thread);
  const std::string place = names.place(blocked.pos);
  if (blocked.lock == kNoLocation) {
    return fmt::format("{} waits at {} for {} that never comes", thread, place, blocked.awaited);
  }
  const std::string lock = names.location(blocked.lock);
  if (blocked.behind != kInitThread) {
    return fmt::format("{} waits at {} for the lock {} behind {}, who waits for it as a writer", thread, place, lock,
                       names.thread(blocked.behind));
  }
  if (blocked.holders.empty()) {
    return fmt::format("{} waits at {} for the lock {}, which nobody gives back", thread, place, lock);
  }
  std::string holders;
  bool itself = false;
  for (const LockHolder& h : blocked.holders) {
    itself = itself || h.thread == blocked.thread;
    holders += fmt::format("{}{} took at {}", holders.empty() ? "" : " and ", h.thread == blocked.thread ? "it" : names.thread(h.thread),
                           names.place(h.pos));
  }
  return fmt::format("{} waits at {} for the lock {}, which {} and never {} back{}", thread, place, lock, holders,
                     blocked.holders.size() == 1 ? "gives" : "give", itself ? " (possible recursive locking detected)" : "");
}

std::string racing_text(const Names& names, const Event& access) {
  return fmt::format("{}{} by {} in {}", access.is_write() ? "written" : "read", access.tag != Tag::kPlain ? " (marked)" : "",
                     names.thread(access.thread), full_place(names, access.pos));
}

std::string race_text(const Names& names, const Event& first, const Event& second) {
  // Two accesses in one line are told apart by their columns.
  const bool same_line = full_place(names, first.pos) == full_place(names, second.pos);
  const auto access = [&](const Event& e) {
    return racing_text(names, e) + (same_line && e.pos.column > 0 ? fmt::format(":{}", e.pos.column) : "");
  };
  return fmt::format("{} is {} and {}", names.location(first.location), access(first), access(second));
}

std::string text_report(const Result& result, const TextOptions& options) {
  const Painter paint(options.colour);
  std::string out =
      fmt::format("{}: {}\n", paint(Paint::kStrong, result.name), result.condition ? answer(result, paint) : summary(result, paint));
  for (const auto& [name, times] : result.reached) {
    const std::string found = times > 0           ? fmt::format("reachable ({} of {})", times, executions(result.statistics.executions))
                              : result.complete() ? "not reachable"
                                                  : "not reached";
    out += fmt::format("  exists \"{}\": {}\n", name, found);
  }
  for (const Finding* race : result.of(Finding::Kind::kRace))
    out += fmt::format("  data race: {}\n", race_text(result.names, race->accesses[0], race->accesses[1]));
  for (const std::string& flag : result.flags) {
    if (!is_told(result, flag)) out += fmt::format("  flag: {}\n", paint(Paint::kBad, flag));
  }
  if (const Finding* deadlock = result.deadlock()) {
    out += fmt::format("  deadlock ({} that cannot end):\n", executions(result.statistics.blocked));
    for (const BlockedThread& b : deadlock->blocked) out += "    " + waiting_text(result.names, b) + '\n';
  }
  if (options.states) out += states_text(result);
  std::string stories;
  for (const Finding& f : result.findings) stories += how(result, f, paint);
  out += stories;
  return result.condition || options.states || !stories.empty() ? out + '\n' : out;
}

}  // namespace lkmc
