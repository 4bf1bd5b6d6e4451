#include "src/report/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/report/hash.h"
#include "src/report/names.h"
#include "src/report/trace.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

// File names need not be UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json statistics_json(const TestResult& result) {
  const Statistics& s = result.statistics;
  return {{"choices", s.choices},       {"dead_ends", s.dead_ends},
          {"model_checks", s.checks},   {"path_combinations", s.skeletons},
          {"fiber_runs", s.paths},      {"parse_seconds", result.parse_seconds},
          {"explore_seconds", result.explore_seconds}};
}

Json states_json(const TestResult& result) {
  Json states = Json::array();
  for (const State& s : result.tally.states()) {
    states.push_back({{"state", s.line}, {"executions", s.executions}, {"positive", s.positive}});
  }
  return states;
}

Json waiting_json(const LitmusTest& test, const BlockedThread& blocked) {
  Json json = {{"thread", blocked.thread}, {"line", blocked.pos.line}};
  if (blocked.lock != kNoLocation) {
    json["lock"] = location_name(test, blocked.lock);
    json["holder"] = blocked.holders.front().thread;  // a spinlock has one
    json["holder_line"] = blocked.holders.front().pos.line;
  }
  return json;
}

Json deadlock_json(const LitmusTest& test, const FoundDeadlock& deadlock) {
  Json waiting = Json::array();
  for (const BlockedThread& b : deadlock.blocked) waiting.push_back(waiting_json(test, b));
  return waiting;
}

}  // namespace

std::string json_report(const TestResult& result) {
  const LitmusTest& test = result.test;
  Json json = {{"name", test.name()},
               {"file", result.file},
               {"model", result.model},
               {"kind", kind_name(test.kind())},
               {"condition", test.condition_text()},
               {"verdict", to_string(result.verdict())},
               {"observation", result.observation_is_final() ? to_string(result.observation()) : "Inconclusive"},
               {"positive", result.tally.positive()},
               {"negative", result.tally.negative()},
               {"states", states_json(result)},
               {"flags", result.flags},
               {"executions", result.statistics.executions},
               {"blocked", result.statistics.blocked},
               {"complete", result.complete()}};
  if (!result.complete()) json["incomplete_because"] = result.why_incomplete();
  if (const auto& deadlock = result.tally.deadlock()) json["deadlock"] = deadlock_json(test, *deadlock);
  json["stats"] = statistics_json(result);
  for (const auto& [key, object] : result.more) json[key] = Json::parse(object);
  return dump(json) + '\n';
}

std::optional<std::string> json_trace(const TestResult& result) {
  const auto& witness = result.tally.witness();
  const auto& deadlock = result.tally.deadlock();
  if (!witness && !deadlock) return std::nullopt;
  const LitmusTest& test = result.test;
  const LitmusNames names(test, result.file, result.text);
  TraceSubject subject{.path = result.file,
                       .name = test.name(),
                       .md5 = md5(result.text),
                       .model = result.model,
                       .unroll = result.unroll,
                       .condition = test.condition_text(),
                       .shows = {.kind = shown_by(test, witness.has_value())},
                       .program = test,
                       .names = names,
                       .witness = witness ? *witness : deadlock->witness};
  if (witness) {
    subject.final_state = final_state_of(test, *witness);
  } else {
    subject.shows.blocked = deadlock->blocked;
  }
  return trace_text(subject);
}

}  // namespace lkmc
