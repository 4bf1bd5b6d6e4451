// SPDX-License-Identifier: Apache-2.0
#include "src/batch/findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

std::string text_at(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

Place place_of(const Json& json, const Place& otherwise) {
  const std::string file = text_at(json, "file");
  if (file.empty()) return otherwise;
  return {.file = file, .line = std::max(json.value("line", 1), 1), .column = std::max(json.value("column", 1), 1)};
}

Found found_of(Found::Kind kind, const Json& json, const Place& test, std::string otherwise) {
  Found found{.kind = kind, .message = text_at(json, "message"), .place = place_of(json, test), .others = {}, .steps = {}};
  if (found.message.empty()) found.message = std::move(otherwise);
  std::vector<Place> places;
  for (const char* key : {"accesses", "waiting"}) {
    if (json.contains(key)) {
      for (const Json& each : json[key]) places.push_back(place_of(each, test));
    }
  }
  if (!places.empty()) {
    found.place = places.front();
    found.others.assign(places.begin() + 1, places.end());
  }
  if (json.contains("steps")) {
    for (const Json& step : json["steps"]) found.steps.push_back({text_at(step, "text"), place_of(step, test)});
  }
  return found;
}

std::string race_text(const Json& race) {
  std::string text = "data race on " + text_at(race, "location");
  if (!race.contains("accesses")) return text;
  std::vector<std::string> accesses;
  for (const Json& a : race["accesses"]) {
    accesses.push_back(fmt::format("{} {} by {}", a.value("marked", false) ? "marked" : "plain", text_at(a, "kind"), text_at(a, "thread")));
  }
  return text + fmt::format(": {}", fmt::join(accesses, ", "));
}

std::string deadlock_text(const Json& deadlock) {
  std::vector<std::string> texts;
  if (deadlock.contains("waiting")) {
    for (const Json& w : deadlock["waiting"]) texts.push_back(text_at(w, "text"));
  }
  return texts.empty() ? "deadlock" : fmt::format("deadlock: {}", fmt::join(texts, "; "));
}

// A line `FILE:LINE:COL: error: …` of lkmc or of a compiler.
bool add_diagnostic(std::string_view line, std::vector<Found>& all) {
  static constexpr std::string_view kMark = ": error: ";
  const std::size_t end = line.find(kMark);
  if (end == std::string_view::npos) return false;
  Place place;
  std::string_view where = line.substr(0, end);
  for (int* number : {&place.column, &place.line}) {
    const std::size_t colon = where.rfind(':');
    if (colon == std::string_view::npos) break;
    int value = 0;
    const std::string_view digits = where.substr(colon + 1);
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || stop != digits.data() + digits.size() || value < 1) break;
    *number = value;
    where = where.substr(0, colon);
  }
  place.file = where;
  all.push_back(
      {.kind = Found::Kind::kError, .message = std::string(line.substr(end + kMark.size())), .place = place, .others = {}, .steps = {}});
  return true;
}

}  // namespace

std::vector<Found> findings_of(const Record& record) {
  const Place test{.file = printable(record.file), .line = record.line, .column = 1};
  std::vector<Found> all;
  if (record.outcome == Outcome::kError) {
    std::istringstream lines(record.diagnostics);
    for (std::string line; std::getline(lines, line);) (void)add_diagnostic(line, all);
  }
  if (record.outcome == Outcome::kFailed) {
    const Json& details = record.details;
    const auto add = [&](const char* key, Found::Kind kind, auto&& text) {
      if (!details.contains(key)) return;
      for (const Json& each : details[key]) all.push_back(found_of(kind, each, test, text(each)));
    };
    add("violations", Found::Kind::kViolation, [&](const Json&) { return record.message; });
    add("races", Found::Kind::kRace, race_text);
    if (details.contains("deadlock")) {
      all.push_back(found_of(Found::Kind::kDeadlock, details["deadlock"], test, deadlock_text(details["deadlock"])));
    }
    // What a wrong answer to `exists` was reached by.
    if (all.empty()) add("witnesses", Found::Kind::kViolation, [&](const Json&) { return record.message; });
  }
  if (all.empty() && (record.outcome == Outcome::kError || record.outcome == Outcome::kFailed)) {
    const auto kind = record.outcome == Outcome::kError ? Found::Kind::kError : Found::Kind::kViolation;
    all.push_back({.kind = kind, .message = record.message, .place = test, .others = {}, .steps = {}});
  }
  return all;
}

std::string schedule_of(const Record& record) {
  for (const char* key : {"violations", "races", "deadlock", "witnesses"}) {
    if (!record.details.contains(key)) continue;
    const Json& found = record.details[key];
    const Json& first = found.is_array() ? (found.empty() ? Json::object() : found.front()) : found;
    if (!first.contains("schedule")) continue;
    std::string text;
    for (const Json& line : first["schedule"]) text += line.get<std::string>() + '\n';
    return text;
  }
  return {};
}

}  // namespace lkmc::batch
