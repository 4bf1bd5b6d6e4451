// SPDX-License-Identifier: Apache-2.0
#include "src/inquiry/kcsan_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLine = "==================================================================\n";
constexpr Word kFirstAddress = static_cast<Word>(0xffff888100000000);

// "read-write (marked, reordered)"
std::string type_text(const KcsanAccess& a) {
  const auto is = [&](kcsan::AccessType bit) { return (a.type & bit) != 0; };
  std::string text;
  if (is(kcsan::kAssertBit)) {
    text = is(kcsan::kWriteBit) ? "assert no accesses" : "assert no writes";
  } else if (is(kcsan::kCompoundBit)) {
    text = "read-write";
  } else {
    text = is(kcsan::kWriteBit) ? "write" : "read";
  }
  std::vector<std::string> how;
  if (is(kcsan::kAtomicBit)) how.emplace_back("marked");
  if (a.reordered_to) {
    how.emplace_back("reordered");
  } else if (is(kcsan::kScopedBit)) {
    how.emplace_back("scoped");
  }
  return how.empty() ? text : fmt::format("{} ({})", text, fmt::join(how, ", "));
}

// As tools print it that decode stack traces: what is inlined has no address.
std::string frame_text(const KcsanFrame& f, const Names& names) {
  std::string text = f.is_inlined ? f.function : f.function + "+0x0/0x0";
  if (f.pos.line > 0) text += ' ' + full_place(names, f.pos);
  return f.is_inlined ? text + " [inline]" : text;
}

// The function whose symbol is found for the access: that into which others are inlined.
std::string top_function(const KcsanAccess& a) {
  const auto top = std::find_if(a.stack.begin(), a.stack.end(), [](const KcsanFrame& f) { return !f.is_inlined; });
  return top == a.stack.end() ? "?" : top->function;
}

std::string access_text(const KcsanAccess& a) {
  return fmt::format("{} to 0x{:x} of {} bytes by task {} on cpu {}:\n", type_text(a),
                     static_cast<std::uint64_t>(kFirstAddress) + 16 * static_cast<std::uint64_t>(a.location), a.bytes, a.thread + 1,
                     a.thread);
}

std::string stack_text(const KcsanAccess& a, const Names& names) {
  std::string text;
  for (const KcsanFrame& f : a.stack) text += ' ' + frame_text(f, names) + '\n';
  if (a.reordered_to) text += fmt::format("  |\n  +-> reordered to: {}\n", frame_text(*a.reordered_to, names));
  return text;
}

// Whether a report is about two accesses that race under the memory model.
bool is_about(const KcsanReport& report, const RacingPair& race) {
  if (report.watcher.location != race.location) return false;
  const auto is = [](const KcsanAccess& a, const RacingAccess& b) { return a.thread == b.thread && a.pos == b.pos; };
  return (is(report.watcher, race.first) && is(*report.finder, race.second)) ||
         (is(report.watcher, race.second) && is(*report.finder, race.first));
}

// Whether the memory model knows nothing of what is reported. It has no assertions, and what is of unknown origin cannot be
// told from what it knows.
bool is_surprise(const KcsanReport& report, const KcsanFindings& findings) {
  if (!findings.races || !findings.races_complete || report.is_assert() || !report.finder) return false;
  return std::none_of(findings.races->begin(), findings.races->end(), [&](const RacingPair& r) { return is_about(report, r); });
}

std::string_view answer_text(KcsanVerdict::Answer answer) {
  switch (answer) {
    case KcsanVerdict::Answer::kReported:
      return "reported";
    case KcsanVerdict::Answer::kNotReported:
      return "not reported";
    case KcsanVerdict::Answer::kUnknown:
      return "not known";
  }
  return {};
}

// A race of the memory model and what each configuration makes of it: a line each.
std::string race_text(const RacingPair& race, std::span<const KcsanRun> runs, const Names& names) {
  const auto place = [&](const RacingAccess& a) {
    const std::string function = kcsan::plain_name(a.pos.function);
    return fmt::format("{} ({}{})", names.thread(a.thread), full_place(names, a.pos), function.empty() ? "" : " in " + function);
  };
  std::string text =
      fmt::format("KCSAN on the race for {} between {} and {}:\n", names.location(race.location), place(race.first), place(race.second));
  for (const KcsanRun& run : runs) {
    const KcsanVerdict v = run.verdict(race);
    text += fmt::format("  {:<10}  {}{}\n", run.profile().name, answer_text(v.answer),
                        v.reason.empty() ? "" : (v.answer == KcsanVerdict::Answer::kReported ? ", " : ": ") + v.reason);
  }
  return text;
}

}  // namespace

std::string kcsan_report_text(const KcsanReport& r, const Names& names) {
  const std::string bug = r.is_assert() ? "assert: race" : "data-race";
  const std::string mine = top_function(r.watcher);
  std::string text(kLine);
  if (r.finder) {
    const std::string other = top_function(*r.finder);
    text += fmt::format("BUG: KCSAN: {} in {} / {}\n\n", bug, std::min(mine, other), std::max(mine, other));
    text += access_text(*r.finder) + stack_text(*r.finder, names) + '\n';
    text += access_text(r.watcher);
  } else {
    text += fmt::format("BUG: KCSAN: {} in {}+0x0/0x0\n\n", bug, mine);
    text += "race at unknown origin, with " + access_text(r.watcher);
  }
  text += stack_text(r.watcher, names) + '\n';
  if (r.value_changed) {
    const int digits = 2 * r.watcher.bytes;
    text += fmt::format("value changed: 0x{:0{}x} -> 0x{:0{}x}\n", static_cast<std::uint64_t>(r.before), digits,
                        static_cast<std::uint64_t>(r.after), digits);
    if (r.mask != 0) {
      text += fmt::format(" bits changed: 0x{:0{}x} with mask 0x{:0{}x}\n", static_cast<std::uint64_t>((r.before ^ r.after) & r.mask),
                          digits, static_cast<std::uint64_t>(r.mask), digits);
    }
    text += '\n';
  }
  text += fmt::format("Reported by Kernel Concurrency Sanitizer on:\nCPU: {} PID: {} Comm: {} Not tainted lkmc\n", r.watcher.thread,
                      r.watcher.thread + 1, names.thread(r.watcher.thread));
  return text + "Hardware name: a litmus test; it is about " + names.location(r.watcher.location) + '\n' + std::string(kLine);
}

std::string kcsan_text(const KcsanFindings& findings, const Names& names) {
  const KcsanRun& chosen = findings.runs.front();
  std::string text;
  for (const KcsanReport& report : chosen.reports()) {
    text += kcsan_report_text(report, names);
    if (is_surprise(report, findings))
      text += "No race under the memory model: it orders these accesses, or a property is violated wherever they race.\n";
  }
  if (findings.races) {
    for (const RacingPair& race : *findings.races) text += race_text(race, findings.runs, names);
  }
  if (chosen.reports().empty() && chosen.complete()) text += fmt::format("KCSAN ({}) reports nothing.\n", chosen.profile().name);
  for (const KcsanRun& run : findings.runs) {
    if (run.complete()) continue;
    text += fmt::format("KCSAN ({}): inconclusive: not all that it can see was explored\n", run.profile().name);
  }
  return text;
}

std::string kcsan_json(const KcsanFindings& findings, const Names& names) {
  const auto place = [&](ThreadId thread, const SourcePos& pos) {
    return Json{
        {"thread", names.thread(thread)}, {"file", names.file(pos)}, {"line", pos.line}, {"function", kcsan::plain_name(pos.function)}};
  };
  const auto access = [&](const KcsanAccess& a) {
    Json json = place(a.thread, a.pos);
    json["access"] = type_text(a);
    return json;
  };
  const KcsanRun& chosen = findings.runs.front();
  Json json{{"profile", chosen.profile().name}, {"complete", chosen.complete()}, {"reports", Json::array()}};
  for (const KcsanReport& r : chosen.reports()) {
    Json report{{"location", names.location(r.watcher.location)}, {"watcher", access(r.watcher)}};
    if (r.finder) report["finder"] = access(*r.finder);
    report["assertion"] = r.is_assert();
    if (findings.races) report["no_race_of_the_model"] = is_surprise(r, findings);
    report["text"] = kcsan_report_text(r, names);
    json["reports"].push_back(std::move(report));
  }
  if (findings.races) json["races"] = Json::array();
  for (const RacingPair& race : findings.races.value_or(std::vector<RacingPair>())) {
    Json profiles = Json::array();
    for (const KcsanRun& run : findings.runs) {
      const KcsanVerdict v = run.verdict(race);
      const bool is_known = v.answer != KcsanVerdict::Answer::kUnknown;
      const Json reported = is_known ? Json(v.answer == KcsanVerdict::Answer::kReported) : Json(nullptr);
      profiles.push_back({{"profile", run.profile().name}, {"complete", run.complete()}, {"reported", reported}});
      if (!v.reason.empty()) profiles.back()["reason"] = v.reason;
    }
    json["races"].push_back({{"location", names.location(race.location)},
                             {"accesses", {place(race.first.thread, race.first.pos), place(race.second.thread, race.second.pos)}},
                             {"profiles", std::move(profiles)}});
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace lkmc
