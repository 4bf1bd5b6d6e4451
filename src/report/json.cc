#include "src/report/json.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/report/hash.h"
#include "src/report/names.h"
#include "src/report/schedule.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTraceVersion = 1;

// File names need not be UTF-8.
std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// An object with each of its members, and each object in a list, on a line of its own.
std::string dump_in_lines(const Json& object) {
  std::string out = "{";
  for (const auto& [key, value] : object.items()) {
    out += fmt::format("{}\n {}: ", out.size() > 1 ? "," : "", dump(key));
    if (!value.is_array() || value.empty() || !value[0].is_object()) {
      out += dump(value);
      continue;
    }
    for (std::size_t i = 0; i < value.size(); ++i) out += fmt::format("{}\n  {}", i == 0 ? '[' : ',', dump(value[i]));
    out += "\n ]";
  }
  return out + "\n}\n";
}

Json value_json(const LitmusTest& test, Word value) {
  if (test.location_at(value) || Program::symbol_number(value)) return value_name(test, value);
  return value;
}

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

Json event_json(const LitmusTest& test, const Witness& w, int e) {
  const Event& event = w.event(e);
  Json json = {{"id", e},
               {"thread", event.is_initial() ? Json(nullptr) : Json(event.thread)},
               {"kind", name_of(event.kind)},
               {"tag", name_of(event.tag)}};
  if (event.location != kNoLocation) json["location"] = location_name(test, event.location);
  if (event.is_access()) json["value"] = value_json(test, w.value(e));
  if (event.pos.line > 0) {
    json["line"] = event.pos.line;
    json["column"] = event.pos.column;
  }
  return json;
}

Json pairs_json(const Relation& relation) {
  Json pairs = Json::array();
  for (int a = 0; a < relation.size(); ++a) {
    for_each_bit(relation.row(a), [&](int b) { pairs.push_back({a, b}); });
  }
  return pairs;
}

std::string_view name_of(Step::Action action) {
  switch (action) {
    case Step::Action::kPerform:
      return "perform";
    case Step::Action::kBuffer:
      return "buffer";
    case Step::Action::kDrain:
      return "drain";
  }
  return {};
}

Json step_json(const Step& step) {
  Json json = {{"action", name_of(step.action)}, {"event", step.event}};
  if (step.write >= 0 && step.write != step.event) json["write"] = step.write;
  if (step.from_own_buffer) json["from_own_buffer"] = true;
  if (!step.overtaken.empty()) json["before"] = step.overtaken;
  if (!step.hidden.empty()) json["hidden"] = step.hidden;
  if (!step.unseen.empty()) json["unseen"] = step.unseen;
  if (!step.beaten_by.empty()) json["overwritten_by"] = step.beaten_by;
  return json;
}

Json final_state_json(const LitmusTest& test, const Witness& w) {
  Json registers = Json::object();
  for (std::size_t slot = 0; slot < w.registers.size(); ++slot) {
    registers[test.slot_name(static_cast<int>(slot))] = value_json(test, w.registers[slot]);
  }
  Json memory = Json::object();
  for (std::size_t l = 0; l < w.memory.size(); ++l) {
    memory[location_name(test, static_cast<Location>(l))] = value_json(test, w.memory[l]);
  }
  return {{"registers", registers}, {"memory", memory}};
}

Json trace_json(const TestResult& result, const Witness& w) {
  const LitmusTest& test = result.test;
  Json events = Json::array();
  Json rf = Json::array();
  for (int e = 0; e < w.size(); ++e) {
    events.push_back(event_json(test, w, e));
    if (w.source_of(e) >= 0) rf.push_back({w.source_of(e), e});
  }
  Json co = Json::object();
  for (Location l = 0; l < static_cast<Location>(test.locations().size()); ++l) {
    if (const std::vector<int> writes = w.writes_in_order(l); !writes.empty()) co[location_name(test, l)] = writes;
  }
  Json schedule = Json::array();
  for (const Step& step : derive_schedule(w)) schedule.push_back(step_json(step));
  return {{"events", events},
          {"rf", rf},
          {"co", co},
          {"addr", pairs_json(w.graph.addr)},
          {"data", pairs_json(w.graph.data)},
          {"ctrl", pairs_json(w.graph.ctrl)},
          {"rmw", pairs_json(w.graph.rmw)},
          {"schedule", schedule}};
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
  return dump(json) + '\n';
}

std::optional<std::string> json_trace(const TestResult& result) {
  const LitmusTest& test = result.test;
  const auto& witness = result.tally.witness();
  const auto& deadlock = result.tally.deadlock();
  if (!witness && !deadlock) return std::nullopt;
  Json json = {{"lkmc_trace", kTraceVersion},
               {"program", {{"path", result.file}, {"name", test.name()}, {"md5", md5(result.text)}}},
               {"model", result.model},
               {"condition", test.condition_text()},
               {"shows", !witness ? "deadlock" : test.kind() == Quantifier::kExists ? "witness" : "violation"}};
  json.update(trace_json(result, witness ? *witness : deadlock->witness));
  if (witness) {
    json["final"] = final_state_json(test, *witness);
  } else {
    json["deadlock"] = deadlock_json(test, *deadlock);
  }
  return dump_in_lines(json);
}

}  // namespace lkmc
