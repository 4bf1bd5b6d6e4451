// SPDX-License-Identifier: Apache-2.0
#include "src/batch/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "src/batch/explanation.h"
#include "src/batch/markdown.h"

namespace lkmc::batch {
namespace {

bool is_reachable(const Record& r) { return r.result.starts_with("Sometimes") || r.result.starts_with("Always"); }

Change change_of(const Record* before, const Record* after) {
  if (after == nullptr) return Change::kMissing;
  const auto was = [&](Outcome outcome) { return before != nullptr && before->outcome == outcome; };
  switch (after->outcome) {
    case Outcome::kPassed:
      if (before == nullptr) return Change::kAdded;
      if (!was(Outcome::kPassed)) return Change::kFixed;
      return before->result.starts_with("Never") && is_reachable(*after) ? Change::kNewlyReachable : Change::kStillHolding;
    case Outcome::kFailed:
      return was(Outcome::kFailed) ? Change::kStillFailing : Change::kBroken;
    case Outcome::kError:
      return was(Outcome::kError) ? Change::kStillFailing : Change::kNewlyError;
    case Outcome::kInconclusive:
    case Outcome::kNotRun:
      return was(Outcome::kInconclusive) || was(Outcome::kNotRun) ? Change::kStillFailing : Change::kNewlyInconclusive;
  }
  return Change::kStillHolding;
}

// `passed` or `failed: Never, expected Sometimes`
std::string state_of(const Record* r) {
  if (r == nullptr) return "not there";
  const std::string what = r->result.empty() || r->outcome != Outcome::kPassed ? std::string(to_string(r->outcome)) : r->result;
  return r->message.empty() ? what : fmt::format("{}: {}", what, r->message);
}

std::size_t count(std::span<const Compared> all, Change change) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const Compared& c) { return c.change == change; }));
}

// What stands below a change: how it comes about, or what is wrong with the test.
std::string details_of(const Compared& c) {
  if (c.change == Change::kBroken || c.change == Change::kNewlyReachable) return how_and_why(*c.after);
  return c.change == Change::kNewlyError ? c.after->diagnostics : "";
}

}  // namespace

std::string_view to_string(Change change) {
  switch (change) {
    case Change::kBroken:
      return "broken";
    case Change::kNewlyError:
      return "newly an error";
    case Change::kMissing:
      return "missing";
    case Change::kNewlyInconclusive:
      return "newly inconclusive";
    case Change::kNewlyReachable:
      return "newly reachable";
    case Change::kStillFailing:
      return "still failing";
    case Change::kAdded:
      return "added";
    case Change::kFixed:
      return "fixed";
    case Change::kStillHolding:
      return "still holding";
  }
  return {};
}

std::vector<Compared> compare(std::span<const Record> before, std::span<const Record> after) {
  std::map<std::string_view, const Record*> old;
  for (const Record& r : before) old[r.id] = &r;
  std::vector<Compared> all;
  for (const Record& r : after) {
    const auto found = old.find(r.id);
    const Record* then = found != old.end() ? found->second : nullptr;
    all.push_back({.change = change_of(then, &r), .before = then, .after = &r});
    if (then != nullptr) old.erase(found);
  }
  for (const auto& [id, r] : old) all.push_back({.change = Change::kMissing, .before = r});
  std::stable_sort(all.begin(), all.end(), [](const Compared& a, const Compared& b) { return a.change < b.change; });
  return all;
}

int exit_status(std::span<const Compared> all, bool reachable_is_worse) {
  if (count(all, Change::kNewlyError) + count(all, Change::kMissing) > 0) return 2;
  if (count(all, Change::kBroken) > 0 || (reachable_is_worse && count(all, Change::kNewlyReachable) > 0)) return 1;
  return count(all, Change::kNewlyInconclusive) > 0 ? 3 : 0;
}

std::string comparison_text(std::span<const Compared> all) {
  std::string out;
  for (const Compared& c : all) {
    if (c.change == Change::kStillHolding) continue;
    out += fmt::format("{}: {}: {} -> {}\n", to_string(c.change), c.id(), state_of(c.before), state_of(c.after));
    if (!c.since.empty()) out += fmt::format("    since {}\n", c.since);
    const std::string details = details_of(c);
    for (std::size_t begin = 0; begin < details.size();) {
      const std::size_t end = std::min(details.find('\n', begin), details.size());
      out += "    " + details.substr(begin, end - begin) + '\n';
      begin = end + 1;
    }
  }
  std::string numbers;
  for (const Change change : kChanges) {
    const std::size_t n = count(all, change);
    if (n > 0) numbers += fmt::format("{}{} {}", numbers.empty() ? "" : ", ", n, to_string(change));
  }
  return out + fmt::format("{} tests: {}\n", all.size(), numbers);
}

std::string comparison_markdown(std::span<const Compared> all) {
  std::string out = fmt::format("### lkmc: {} tests, before and after\n\n| | tests |\n| --- | ---: |\n", all.size());
  for (const Change change : kChanges) {
    if (const std::size_t n = count(all, change); n > 0) out += fmt::format("| {} | {} |\n", to_string(change), n);
  }
  if (count(all, Change::kStillHolding) == all.size()) return out;
  out += "\n| test | | before | after |\n| --- | --- | --- | --- |\n";
  for (const Compared& c : all) {
    if (c.change == Change::kStillHolding) continue;
    const std::string since = c.since.empty() ? "" : " since " + c.since;
    out += fmt::format("| {} | {} | {} | {} |\n", markdown_text(c.id()), to_string(c.change), markdown_text(state_of(c.before)),
                       markdown_text(state_of(c.after) + since));
  }
  for (const Compared& c : all) {
    if (const std::string details = details_of(c); !details.empty()) out += markdown_details(c.id(), details);
  }
  return out;
}

}  // namespace lkmc::batch
