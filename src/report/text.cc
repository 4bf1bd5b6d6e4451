#include "src/report/text.h"

#include <algorithm>
#include <iterator>

#include "src/report/story.h"

namespace lkmc {
namespace {

std::string count_of(std::uint64_t n, std::string_view noun) {
  return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s");
}

// What the condition says and what was seen of it.
std::string claim(const TestResult& result) {
  const std::string& condition = result.test.condition_text();
  const std::uint64_t all = result.executions();
  const bool is_question = result.test.kind() == Quantifier::kExists;
  const bool is_forall = result.test.kind() == Quantifier::kForall;
  const std::uint64_t telling = is_forall ? result.tally.negative() : result.tally.positive();
  if (telling > 0) {
    return fmt::format("{} is {} ({} of {})", condition, is_question ? "reachable" : "violated", telling,
                       count_of(all, "execution"));
  }
  if (!result.complete()) {
    return fmt::format("{} was not {} in {}", condition, is_question ? "reached" : "violated", count_of(all, "execution"));
  }
  if (all == 0) return condition + ": the program has no complete execution";
  return fmt::format("{} {} ({})", condition, is_question ? "is not reachable" : "holds", count_of(all, "execution"));
}

std::string verdict_line(const TestResult& result, const Painter& paint) {
  const Paint colour = result.verdict() == Verdict::kViolated ? Paint::kBad : Paint::kGood;
  const std::string word = result.observation_is_final()    ? paint(colour, to_string(result.observation()))
                           : result.condition_violated() ? paint(colour, "violated")
                                                         : paint(Paint::kUnsure, "inconclusive");
  std::string line = fmt::format("{}: {}: {}", paint(Paint::kStrong, result.test.name()), word, claim(result));
  if (!result.complete()) {
    const bool undecided = !result.observation_is_final() && !result.condition_violated();
    line += undecided ? ", but " : fmt::format("; the count is {}: ", paint(Paint::kUnsure, "inconclusive"));
    line += result.why_incomplete();
  }
  if (result.tally.deadlock()) line += "; " + paint(Paint::kBad, "deadlock");
  return line + '\n';
}

std::string states_text(const TestResult& result) {
  std::string out = "\nFinal states:\n";
  const std::vector<State> states = result.tally.states();
  std::size_t width = 0;
  for (const State& s : states) width = std::max(width, s.line.size());
  for (const State& s : states) {
    fmt::format_to(std::back_inserter(out), "  {} {:<{}}  {}\n", s.positive ? '*' : ' ', s.line, width,
                   count_of(s.executions, "execution"));
  }
  if (std::any_of(states.begin(), states.end(), [](const State& s) { return s.positive; })) {
    out += "  (* satisfies the condition)\n";
  }
  return out;
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
    holders += fmt::format("{}{} took at {}", holders.empty() ? "" : " and ",
                           h.thread == blocked.thread ? "it" : names.thread(h.thread), names.place(h.pos));
  }
  return fmt::format("{} waits at {} for the lock {}, which {} and never {} back{}", thread, place, lock, holders,
                     blocked.holders.size() == 1 ? "gives" : "give", itself ? " (possible recursive locking detected)" : "");
}

std::string text_report(const TestResult& result, const TextOptions& options) {
  const Painter paint(options.colour);
  const LitmusTest& test = result.test;
  const LitmusNames names(test, result.file, result.text);
  std::string out = verdict_line(result, paint);
  for (const std::string& flag : result.flags) out += fmt::format("  flag: {}\n", paint(Paint::kBad, flag));
  const auto& deadlock = result.tally.deadlock();
  if (deadlock) {
    fmt::format_to(std::back_inserter(out), "  deadlock ({} that cannot end):\n",
                   count_of(result.statistics.blocked, "execution"));
    for (const BlockedThread& b : deadlock->blocked) out += "    " + waiting_text(names, b) + '\n';
  }
  if (options.states) out += states_text(result);
  if (const auto& witness = result.tally.witness()) {
    out += test.kind() == Quantifier::kExists ? "\nHow it can happen:\n" : "\nHow the condition is violated:\n";
    out += story(names, *witness, paint);
    out += "  Final state: " + test.state_line({witness->registers, witness->memory}) + '\n';
  }
  if (deadlock) {
    out += "\nHow the deadlock comes about:\n" + story(names, deadlock->witness, paint);
    for (const BlockedThread& b : deadlock->blocked) out += "  Then " + waiting_text(names, b) + ".\n";
  }
  return out + '\n';
}

}  // namespace lkmc
