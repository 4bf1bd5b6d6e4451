// SPDX-License-Identifier: Apache-2.0
#include "src/report/json.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "src/report/herd.h"
#include "src/report/schedule.h"
#include "src/report/shards.h"
#include "src/report/story.h"
#include "src/report/text.h"

namespace lkmc {
namespace {

using Json = nlohmann::ordered_json;

class Writer {
 public:
  explicit Writer(const Result& result) : r_(result), names_(result.names) {}

  [[nodiscard]] Json write() const {
    Json json{{"name", r_.name},
              {"file", r_.file},
              {"line", r_.line},
              {"model", r_.model},
              {"verdict", to_string(r_.verdict)},
              {"executions", r_.statistics.executions},
              {"blocked", r_.statistics.blocked},
              {"complete", r_.complete()}};
    if (!r_.complete()) json["incomplete_because"] = why_incomplete(r_.statistics);
    if (r_.condition) add_condition(json, *r_.condition);
    json["violations"] = list(Finding::Kind::kViolation);
    json["witnesses"] = list(Finding::Kind::kReached);
    json["races"] = list(Finding::Kind::kRace);
    json["flags"] = r_.flags;
    if (const Finding* found = r_.deadlock()) json["deadlock"] = finding(*found);
    json["reached"] = r_.reached;
    json["states"] = Json::array();
    for (const State& s : r_.states) {
      Json& state = json["states"].emplace_back(Json{{"state", s.line}, {"executions", s.executions}});
      if (s.positive) state["positive"] = *s.positive;
      if (r_.part) state["order"] = s.order;
    }
    json["expectations"] = Json::array();
    for (const Expected& e : r_.expectations) {
      json["expectations"].push_back({{"expected", e.text}, {"met", e.met == Verdict::kHolds}});
    }
    json["stats"] = statistics();
    if (r_.part) json["shard"] = shard(*r_.part);
    for (const auto& [key, object] : r_.more) json[key] = Json::parse(object);
    return json;
  }

 private:
  void add_condition(Json& json, const Condition& condition) const {
    json["kind"] = kind_name(condition.kind);
    json["condition"] = condition.text;
    json["observation"] = r_.observation_is_final() ? to_string(condition.observation()) : "Inconclusive";
    json["positive"] = condition.positive;
    json["negative"] = condition.negative;
  }

  [[nodiscard]] Json list(Finding::Kind kind) const {
    Json json = Json::array();
    for (const Finding* f : r_.of(kind)) json.push_back(finding(*f));
    return json;
  }

  void add_place(Json& json, SourcePos pos) const {
    json["file"] = names_.file(pos);
    json["line"] = pos.line;
    json["column"] = pos.column;
    if (pos.function != nullptr) json["function"] = pos.function;
  }

  [[nodiscard]] Json finding(const Finding& f) const {
    Json json = Json::object();
    if (!f.message.empty()) json["message"] = f.message;
    if (f.pos.line > 0) add_place(json, f.pos);
    if (!f.other.empty()) {
      json["other"] = {{"what", f.other}};
      add_place(json["other"], f.other_pos);
    }
    if (!f.accesses.empty()) json["location"] = names_.location(f.accesses.front().location);
    for (const Event& e : f.accesses) json["accesses"].push_back(access(e));
    for (const BlockedThread& b : f.blocked) json["waiting"].push_back(waiting(b));
    if (f.witness != nullptr || f.told) {
      const Told told = f.told ? *f.told : told_by(*f.witness, f.end);
      json["schedule"] = told.schedule;
      json["steps"] = Json::array();
      for (const StoryLine& line : told.steps) json["steps"].push_back(step(line));
    }
    if (r_.part) {
      json["key"] = key_of(f, names_);
      json["execution"] = execution_of(f);
      const bool is_of_condition = f.kind == Finding::Kind::kReached || f.kind == Finding::Kind::kViolation;
      if (r_.condition && is_of_condition) json["state"] = r_.condition->witness_line;
    }
    return json;
  }

  [[nodiscard]] Told told_by(const Witness& witness, const std::optional<StoryEnd>& end) const {
    Told told;
    const std::string text = story(names_, witness, Painter(Colour::kNever), end);
    for (const std::string_view line : lines_of(text)) told.schedule.emplace_back(line);
    told.steps = story_lines(names_, witness, derive_schedule(witness));
    std::erase_if(told.steps, [](const StoryLine& line) { return line.is_told; });
    return told;
  }

  // What a merge needs besides, see shards.h.
  [[nodiscard]] Json shard(const Part& part) const {
    const Statistics& s = r_.statistics;
    Json json{{"index", part.shard.index + 1},
              {"of", part.shard.count},
              {"lkmc", part.lkmc},
              {"program", part.program},
              {"model", part.model},
              {"unroll", r_.unroll},
              {"tree", {r_.program->locations().size(), r_.program->thread_count(), s.cuts[0], s.cuts[1]}},
              {"bound_hit", s.bound_hit},
              {"ended", name_of(s.interruption)}};
    if (r_.condition) json["hash"] = herd_hash(r_);
    return json;
  }

  [[nodiscard]] Json step(const StoryLine& line) const {
    Json json{{"thread", line.thread}};
    if (line.pos.line > 0) add_place(json, line.pos);
    json["text"] = line.effect;
    if (!line.remark.empty()) json["remark"] = line.remark;
    return json;
  }

  [[nodiscard]] Json access(const Event& e) const {
    Json json{{"kind", e.is_write() ? "write" : "read"}, {"marked", e.tag != Tag::kPlain}, {"thread", names_.thread(e.thread)}};
    add_place(json, e.pos);
    return json;
  }

  [[nodiscard]] Json waiting(const BlockedThread& b) const {
    Json json{{"thread", names_.thread(b.thread)}};
    add_place(json, b.pos);
    if (b.lock != kNoLocation) json["lock"] = names_.location(b.lock);
    for (const LockHolder& h : b.holders) {
      Json& holder = json["holders"].emplace_back(Json{{"thread", names_.thread(h.thread)}});
      add_place(holder, h.pos);
    }
    if (b.behind != kInitThread) json["behind"] = names_.thread(b.behind);
    if (b.lock == kNoLocation) json["awaited"] = b.awaited;
    json["text"] = waiting_text(names_, b);
    return json;
  }

  [[nodiscard]] Json statistics() const {
    const Statistics& s = r_.statistics;
    return {{"choices", s.choices},
            {"dead_ends", s.dead_ends},
            {"model_checks", s.checks},
            {"path_combinations", s.skeletons},
            {"fiber_runs", s.paths},
            {"prepare_seconds", r_.prepare_seconds},
            {"explore_seconds", r_.explore_seconds}};
  }

  const Result& r_;
  const Names& names_;
};

}  // namespace

// File names need not be UTF-8.
std::string json_report(const Result& result) { return Writer(result).write().dump(-1, ' ', false, Json::error_handler_t::replace) + '\n'; }

}  // namespace lkmc
