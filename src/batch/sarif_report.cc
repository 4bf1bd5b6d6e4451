// SPDX-License-Identifier: Apache-2.0
// SARIF 2.1.0, as code scanners exchange it: each finding with its place, and its schedule as a code flow; with the first of a test
// why it has failed, and the smallest repair as a fix. A test that was not verified, because it is inconclusive or has not run, is a
// notification of the run, which is then not successful.
#include <fmt/format.h>
#include <cctype>

#include <array>
#include <map>
#include <utility>

#include "src/batch/explanation.h"
#include "src/batch/findings.h"
#include "src/batch/formats.h"
#include "src/report/printable.h"

namespace lkmc::batch {
namespace {

struct Rule {
  Found::Kind kind;
  const char* id;
  const char* text;
};
constexpr std::array<Rule, 4> kRules = {
    {{Found::Kind::kViolation, "violated", "A property of the test is violated, or its result is not the expected one."},
     {Found::Kind::kRace, "data-race", "Two accesses race."},
     {Found::Kind::kDeadlock, "deadlock", "Threads wait for each other."},
     {Found::Kind::kError, "error", "The test cannot be checked."}}};

// A path as a URI: relative to where lkmc was called, if it is.
std::string uri_of(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("-._~/").find(c) != std::string_view::npos;
    uri += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return uri;
}

Json location(const Place& place, const std::string& text = "") {
  Json json{
      {"physicalLocation",
       {{"artifactLocation", {{"uri", uri_of(place.file)}}}, {"region", {{"startLine", place.line}, {"startColumn", place.column}}}}}};
  if (!text.empty()) json["message"] = {{"text", printable(text)}};
  return json;
}

Json result_of(const Record& record, const Found& found) {
  Json json;
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (kRules[i].kind != found.kind) continue;
    json["ruleId"] = kRules[i].id;
    json["ruleIndex"] = i;
  }
  json["level"] = "error";
  json["message"] = {{"text", printable(record.name + ": " + found.message)}};
  json["locations"] = Json::array({location(found.place)});
  for (const Place& other : found.others) json["relatedLocations"].push_back(location(other, "the other access or thread"));
  json["partialFingerprints"] = {{"lkmcTest/v1", record.id + '/' + json["ruleId"].get<std::string>()}};
  if (!found.steps.empty()) {
    Json steps = Json::array();
    for (std::size_t i = 0; i < found.steps.size(); ++i) {
      steps.push_back({{"location", location(found.steps[i].place, found.steps[i].text)}, {"executionOrder", i + 1}});
    }
    Json flow{{"locations", std::move(steps)}};
    json["codeFlows"] = Json::array({{{"threadFlows", Json::array({std::move(flow)})}}});
  }
  return json;
}

void add_explanation(Json& result, const Record& record) {
  if (const std::string explanation = explanation_of(record); !explanation.empty()) {
    result["message"]["text"] = result["message"]["text"].get<std::string>() + "\n" + printable(explanation);
  }
  std::map<std::string, Json> changes;  // by their file
  for (const Edit& edit : repair_of(record)) {
    // From the beginning of its first line to that of the line behind the last.
    Json region{{"startLine", edit.line}, {"startColumn", 1}, {"endLine", edit.line + edit.removed}, {"endColumn", 1}};
    changes[edit.file].push_back({{"deletedRegion", std::move(region)}, {"insertedContent", {{"text", edit.text}}}});
  }
  if (changes.empty()) return;
  Json of_files = Json::array();
  for (auto& [file, replacements] : changes) {
    of_files.push_back({{"artifactLocation", {{"uri", uri_of(file)}}}, {"replacements", std::move(replacements)}});
  }
  result["fixes"] = Json::array({{{"description", {{"text", "the smallest repair"}}}, {"artifactChanges", std::move(of_files)}}});
}

}  // namespace

std::string sarif_report(const Report& report) {
  Json rules = Json::array();
  for (const Rule& rule : kRules) rules.push_back({{"id", rule.id}, {"shortDescription", {{"text", rule.text}}}});
  Json results = Json::array();
  Json notifications = Json::array();
  for (const Record& r : report.records) {
    bool is_first = true;
    for (const Found& found : findings_of(r)) {
      results.push_back(result_of(r, found));
      if (std::exchange(is_first, false)) add_explanation(results.back(), r);
    }
    if (r.outcome != Outcome::kInconclusive && r.outcome != Outcome::kNotRun) continue;
    Json where = Json::array({location({.file = printable(r.file), .line = r.line})});
    notifications.push_back({{"level", "warning"},
                             {"message", {{"text", fmt::format("{}: {}: {}", r.id, to_string(r.outcome), printable(r.message))}}},
                             {"locations", std::move(where)}});
  }
  Json invocation{{"executionSuccessful", notifications.empty() && count(report.records, Outcome::kError) == 0}};
  if (!notifications.empty()) invocation["toolExecutionNotifications"] = std::move(notifications);
  Json run{{"tool", {{"driver", {{"name", "lkmc"}, {"rules", std::move(rules)}}}}},
           {"invocations", Json::array({std::move(invocation)})},
           {"results", std::move(results)}};
  const Json log{
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"}, {"version", "2.1.0"}, {"runs", Json::array({std::move(run)})}};
  return log.dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace lkmc::batch
